"""Turns: activities that are carried out once each, one at a time, in an order that is left open.

A part of a state: it knows what is under way and what may come next, and the state's
transitions say who chooses. Some activities may have to come after others. What may never be
here: an intent, or a choice; whichever may come next, the world outside chooses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from pydantic import model_validator

from telic.kernel.errors import nearest
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.values import Value
from telic.patterns.refusing import BadDefinition, DoneAlready, HeldAlready, NotAsked, NotYet

__all__ = ["AllDone", "Turns"]

K = TypeVar("K")


@dataclass(frozen=True)
class AllDone(Generic[K]):
    """The last activity has ended.

    Attributes:
        turns: The turns, with nothing left.
    """

    turns: Turns[K]


class Turns(Value, Generic[K]):
    """Lets activities take turns: each has one, and no two have theirs at a time.

    Made by :meth:`of` from names in the code, by :meth:`over` from those that come with an event.
    It is *Interleaved Routing*, and with ``after`` *Interleaved Parallel Routing*, of Russell, ter
    Hofstede, van der Aalst and Mulyar, *Workflow Control-Flow Patterns: A Revised View* (2006).

    Attributes:
        left: Which have not begun.
        running: Which is under way.
        done: Which have ended.
        after: What has to be done before, of those that have to wait for others.

    Example:
        >>> visit = Turns[str].of("weigh", "groom", "vaccinate", after={"vaccinate": ["weigh"]})
        >>> visit.begin("vaccinate")
        NotYet(what='vaccinate', missing=('weigh',))
        >>> weighing = visit.begin("weigh")
        >>> assert isinstance(weighing, Turns)
        >>> weighing.begin("groom")
        HeldAlready(holder='weigh')
        >>> weighed = weighing.end()
        >>> assert isinstance(weighed, Turns)
        >>> weighed.ready
        FrozenSet(['groom', 'vaccinate'])
    """

    left: FrozenSet[K]
    running: K | None = None
    done: FrozenSet[K] = FrozenSet()
    after: FrozenMap[K, FrozenSet[K]] = FrozenMap()

    @model_validator(mode="after")
    def _can_be_done(self) -> Self:
        keys = [*self.left, *self.done, *([] if self.running is None else [self.running])]
        problem = _problem(keys, self.after)
        if problem:
            raise ValueError(problem)
        return self

    @classmethod
    def of(cls, *keys: K, after: Mapping[K, Iterable[K]] | None = None) -> Self:
        """Return turns of activities that stand in the code.

        Args:
            keys: At least one, each once.
            after: What has to be done before, of those that have to wait for others.

        Raises:
            ValueError: For no key, a key twice, or an order that cannot be kept.
        """
        made = cls.over(keys, after=after)
        if isinstance(made, BadDefinition):
            raise ValueError(made.why)  # noqa: TRY004  (the value is wrong, not its type)
        return made

    @classmethod
    def over(cls, keys: Iterable[K], *, after: Mapping[K, Iterable[K]] | None = None) -> Self | BadDefinition:
        """Return turns of activities that came with an event, or why there can be none.

        Args:
            keys: At least one, each once.
            after: What has to be done before, of those that have to wait for others.
        """
        given = tuple(keys)
        order = {key: FrozenSet(before) for key, before in (after or {}).items()}
        problem = _problem(given, order)
        if problem:
            return BadDefinition(what="turns", problem=problem)
        return cls(left=FrozenSet(given), after=FrozenMap(order))

    @property
    def ready(self) -> FrozenSet[K]:
        """What may begin now; nothing while one is under way."""
        if self.running is not None:
            return FrozenSet()
        return FrozenSet(key for key in self.left if not self._missing(key))

    def begin(self, key: K) -> Self | HeldAlready | DoneAlready | NotYet | NotAsked:
        """Let one have its turn.

        Args:
            key: Which.
        """
        if self.running is not None:
            return HeldAlready(holder=str(self.running))
        if key in self.done:
            return DoneAlready(what=str(key))
        if key not in self.left:
            return NotAsked(who=str(key), asked=tuple(str(one) for one in self.left))
        missing = self._missing(key)
        if missing:
            return NotYet(what=str(key), missing=tuple(str(one) for one in missing))
        return self.evolve(left=self.left.without(key), running=key)

    def end(self) -> Self | AllDone[K] | NotAsked:
        """Note that the one that is under way has ended."""
        if self.running is None:
            return NotAsked(who="", asked=tuple(str(one) for one in self.left))
        after = self.evolve(running=None, done=self.done.put(self.running))
        return after if after.left else AllDone(after)

    def _missing(self, key: K) -> FrozenSet[K]:
        return self.after.get(key, FrozenSet[K]()).without(*self.done)


def _problem(keys: Iterable[K], after: Mapping[K, Iterable[K]]) -> str:
    """Return what is wrong with the activities and their order, or nothing."""
    count = Counter(keys)
    twice = sorted(str(key) for key, times in count.items() if times > 1)
    if twice:
        return f"expected each once, got {', '.join(twice)} twice; do name each once"
    if not count:
        return "expected at least one activity, got none; do go on without turns where there is nothing to do"
    names = [str(key) for key in count]
    unknown = sorted({str(one) for key, before in after.items() for one in (key, *before) if one not in count})
    if unknown:
        return f"expected an order of {', '.join(names)}, got {unknown[0]}{nearest(unknown[0], names)}; do name these"
    circle = _circle(after)
    if circle:
        return f"expected an order that can be kept, got {' after '.join(circle)}; do leave one of these out"
    return ""


def _circle(after: Mapping[K, Iterable[K]]) -> list[str]:
    """Return activities of which each waits for the next and the last for the first, or nothing."""
    waiting = {key: [*before] for key, before in after.items()}
    while free := [key for key, before in waiting.items() if not any(one in waiting for one in before)]:
        waiting = {key: before for key, before in waiting.items() if key not in free}
    if not waiting:
        return []
    way = [next(iter(waiting))]
    while way[-1] not in way[:-1]:
        way.append(next(one for one in waiting[way[-1]] if one in waiting))
    return [str(one) for one in way[way.index(way[-1]) :]]
