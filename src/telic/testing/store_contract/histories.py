"""Histories of concurrent calls, and whether one order of them explains all answers.

A history is linearizable when its calls can be put in one order that keeps apart what did
not overlap, and in which a dict would have given every answer. The search is that of Wing
and Gong, with the memory of Lowe. What may never be here: a store.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ABSENT", "Called", "Instance", "explained", "told"]


class Instance(NamedTuple):
    """What the model knows of the one instance: its revision, and who has written it.

    Attributes:
        revision: How many records it has.
        mark: The mark of the last save.
    """

    revision: int
    mark: int


ABSENT = Instance(0, 0)


class Called(NamedTuple):
    """One call of a history.

    Attributes:
        client: Who called.
        save: What it wanted to write; ``None`` for a load.
        expected: The revision that a save was based on.
        loaded: What a load has returned.
        saved: Whether a save was taken; the alternative is a conflict.
        invoked: When it began, in the order of the history.
        returned: When it ended.
    """

    client: int
    save: int | None
    expected: int
    loaded: Instance | None
    saved: bool
    invoked: int
    returned: int

    def after(self, held: Instance) -> Instance | None:
        """Return what the model holds after this call, or ``None`` where its answer was another.

        Args:
            held: What the model holds before it.
        """
        if self.save is None:
            return held if self.loaded == held else None
        if self.saved != (held.revision == self.expected):
            return None
        return Instance(self.expected + 1, self.save) if self.saved else held

    def __str__(self) -> str:
        """Return the call and its answer in words."""
        if self.save is None:
            held = self.loaded or ABSENT
            return f"client {self.client} loads revision {held.revision} with mark {held.mark}"
        answer = "is taken" if self.saved else "is refused"
        return f"client {self.client} saves mark {self.save} on revision {self.expected} and {answer}"


def explained(history: list[Called], begin: Instance) -> bool:
    """Say whether one order of the calls explains all answers.

    Args:
        history: The calls.
        begin: What the model holds before them.
    """
    tried: set[tuple[frozenset[int], Instance]] = set()
    stack: list[tuple[frozenset[int], Instance]] = [(frozenset(), begin)]
    while stack:
        done, held = stack.pop()
        if len(done) == len(history):
            return True
        if (done, held) in tried:
            continue
        tried.add((done, held))
        left = [at for at in range(len(history)) if at not in done]
        # Only a call that began before every other one of them ended can be the next.
        first_end = min(history[at].returned for at in left)
        for at in left:
            after = history[at].after(held) if history[at].invoked < first_end else None
            if after is not None:
                stack.append((done | {at}, after))
    return False


def told(history: list[Called]) -> str:
    """Return a history as one sentence, in the order in which the calls ended."""
    return "; ".join(str(one) for one in sorted(history, key=lambda one: one.returned))
