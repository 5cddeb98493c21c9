"""Threads: what is owed in a world, followed from step to step until it is done.

An intent that stays open is the same intent whatever it looks like later: instants in it are
relative to a clock that moves, and fresh names are given anew in each world. To ask whether
*it* is answered in the end is to follow it, not to wait for its look. What may never be here:
whether a way is fair.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from telic.kernel.events import Fact
from telic.kernel.intents import Intent
from telic.verify.keys import key_of
from telic.verify.moves import How, Move
from telic.verify.rebuilding import moved, renamed, renamed_text
from telic.verify.search import Graph

__all__ = ["Thread", "Threads"]

_ANSWERS = frozenset({How.ANSWER, How.FAILURE, How.END, How.CHILD, How.SIGNAL, How.PUBLICATION})


class Thread(NamedTuple):
    """Something owed: the answer to an open intent, or the firing of a deadline.

    Attributes:
        who: The instance that owes it, where there are several.
        look: The key of the intent as it looks in the world, or that of the deadline.
    """

    who: str
    look: Hashable


class Threads:
    """Follows what is owed through a graph."""

    def __init__(self, graph: Graph) -> None:
        """Begin with nothing followed."""
        self._graph = graph
        self._owed: dict[int, frozenset[Thread]] = {}
        self._owing: dict[int, Thread | None] = {}
        self._intents: dict[Thread, Intent[Fact]] = {}
        self._names: dict[tuple[int, int, int], Mapping[UUID, UUID]] = {}

    def owed(self, place: int) -> frozenset[Thread]:
        """Return what is owed in a world and can be done there.

        Only a step counts that leads to a world: an answer that lies outside the limits that
        the user set, or on which the code fails, does not keep a way from standing still.
        """
        known = self._owed.get(place)
        if known is None:
            found = {self._done_by(label) for label, _ in self._graph.steps(place)}
            known = self._owed[place] = frozenset(one for one in found if one is not None)
        return known

    def after(self, thread: Thread, place: int, label: int, target: int) -> Thread | None:
        """Return a thread as it looks after a step; ``None`` if it is done, or cannot be done for a while.

        Args:
            thread: What is owed before the step.
            place: The place of the world before it.
            label: The number of the move.
            target: The place of the world after it.
        """
        move = self._graph.move(label)
        if self._done_by(label) == thread or (thread.who == move.who and thread.look in move.rearms):
            return None
        following = self._seen_from(thread, move, self._naming(place, label, target))
        return following if following in self.owed(target) else None

    def doomed(self, part: Collection[int]) -> set[int]:
        """Return the worlds of a part in which something is owed that is never done within the part."""
        before: dict[tuple[int, Thread], list[tuple[int, Thread]]] = defaultdict(list)
        owed = {(place, thread) for place in part for thread in self.owed(place)}
        done: set[tuple[int, Thread]] = set()
        for place, thread, label, target in self._steps_within(part, owed):
            following = self.after(thread, place, label, target)
            if following is None:
                done.add((place, thread))
            else:
                before[target, following].append((place, thread))
        todo = list(done)
        while todo:
            for one in before.pop(todo.pop(), ()):
                done.add(one)
                todo.append(one)
        return {place for place, _ in owed - done}

    def left(self, threads: Iterable[Thread], place: int, way: Iterable[tuple[int, int]]) -> set[Thread]:
        """Return what of some threads is still owed at the end of a way.

        Args:
            threads: What is owed at its beginning.
            place: The place of the world where it begins.
            way: Each move with the world after it.
        """
        found = set(threads)
        for label, target in way:
            followed = {self.after(one, place, label, target) for one in found}
            found = {one for one in followed if one is not None}
            place = target
        return found

    def way_to_done(self, part: Collection[int], place: int, thread: Thread) -> list[tuple[int, int]]:
        """Return a shortest way inside a part that does what is owed; there has to be one."""
        came: dict[tuple[int, Thread], list[tuple[int, int]]] = {(place, thread): []}
        todo = deque(came)
        while todo:
            at, one = todo.popleft()
            for label, target in self._graph.steps(at):
                if target not in part:
                    continue
                following = self.after(one, at, label, target)
                way = [*came[at, one], (label, target)]
                if following is None:
                    return way
                if (target, following) not in came:
                    came[target, following] = way
                    todo.append((target, following))
        raise AssertionError(f"expected a way on which {thread} is done, got none")

    def _steps_within(
        self, part: Collection[int], owed: Iterable[tuple[int, Thread]]
    ) -> Iterator[tuple[int, Thread, int, int]]:
        for place, thread in owed:
            for label, target in self._graph.steps(place):
                if target in part:
                    yield place, thread, label, target

    def _done_by(self, label: int) -> Thread | None:
        """Return the answer or the deadline that a move is."""
        if label not in self._owing:
            move = self._graph.move(label)
            thread = None
            if move.how in _ANSWERS and move.intent is not None:
                thread = self._of_intent(move.who, move.intent)
            elif move.how is How.DEADLINE:
                thread = Thread(move.who, move.wait)
            self._owing[label] = thread
        return self._owing[label]

    def _of_intent(self, who: str, intent: Intent[Fact]) -> Thread:
        thread = Thread(who, key_of(intent))
        self._intents[thread] = intent
        return thread

    def _seen_from(self, thread: Thread, move: Move, names: Mapping[UUID, UUID]) -> Thread:
        """Return how a thread looks from the world after a move."""
        if thread.who != move.who or not (move.after or names):
            return thread
        intent = self._intents.get(thread)
        if intent is None:
            return thread._replace(look=renamed_text(str(thread.look), names))
        return self._of_intent(thread.who, renamed(moved(intent, -move.after), names))

    def _naming(self, place: int, label: int, target: int) -> Mapping[UUID, UUID]:
        key = (place, label, target)
        if key not in self._names:
            worlds = self._graph.worlds
            self._names[key] = self._graph.walked.naming(worlds[place], label, worlds[target])
        return self._names[key]
