"""Join: what many instances answer, gathered until enough of them have.

A part of a state: it counts, and the state's transitions say what follows. The instances may
be fixed in the code, known when the work begins, or join in while it goes on; all of them may
be needed, or some. What may never be here: an intent, or what a state does once enough have
answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from pydantic import model_validator

from telic.kernel.events import Fact
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.intents import Intent, Many
from telic.kernel.orders import Withdraw
from telic.kernel.values import Value
from telic.patterns.refusing import AnsweredAlready, BadDefinition, NotAsked, NotGrowing

__all__ = ["Join", "Joined", "Unjoinable"]

K = TypeVar("K")
V = TypeVar("V")
I = TypeVar("I", bound="Intent[Fact]")  # noqa: E741  (an intent, as everywhere in telic)


@dataclass(frozen=True)
class Joined(Generic[K, V]):
    """Enough have answered.

    Attributes:
        join: The join, with who has not answered yet.
    """

    join: Join[K, V]

    @property
    def results(self) -> FrozenMap[K, V]:
        """What came, by key."""
        return self.join.results

    @property
    def rest(self) -> FrozenSet[K]:
        """Who has not answered: to be called off, waited for, or ignored."""
        return self.join.waiting


@dataclass(frozen=True)
class Unjoinable(Generic[K, V]):
    """So many have failed that the rest cannot be enough.

    Attributes:
        join: The join, with who has not answered yet.
    """

    join: Join[K, V]

    @property
    def failed(self) -> FrozenSet[K]:
        """Who has failed."""
        return self.join.failed

    @property
    def rest(self) -> FrozenSet[K]:
        """Who has not answered: to be called off, waited for, or ignored."""
        return self.join.waiting


class Join(Value, Generic[K, V]):
    """Gathers the answers of many instances, each under its key, until there are enough.

    Made by :meth:`of` from keys in the code, by :meth:`over` from keys that come with an event.

    Attributes:
        waiting: The keys that have not answered.
        results: What came, by key.
        failed: The keys from which nothing will come.
        need: How many results are needed; ``None`` for all, 0 for an answer of each, of whatever kind.
        growing: Whether further keys may come; as long as they may, all have never answered.

    Example:
        >>> both = Join[str, int].of("a", "b")
        >>> half = both.answered("a", 1)
        >>> assert isinstance(half, Join)
        >>> half.answered("b", 2)
        Joined(join=Join[str, int](waiting=FrozenSet([]), results=FrozenMap({'a': 1, 'b': 2}), \
failed=FrozenSet([]), need=None, growing=False))
        >>> half.answered("c", 3)
        NotAsked(who='c', asked=('b',))
    """

    waiting: FrozenSet[K]
    results: FrozenMap[K, V] = FrozenMap()
    failed: FrozenSet[K] = FrozenSet()
    need: int | None = None
    growing: bool = False

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        keys = [*self.waiting, *self.results, *self.failed]
        problem = _problem(keys, self.need, growing=self.growing)
        if problem:
            raise ValueError(problem)
        return self

    @classmethod
    def of(cls, *keys: K, need: int | None = None) -> Self:
        """Return a join over keys that stand in the code.

        Args:
            keys: At least one, each once.
            need: How many results are needed; all, unless said.

        Raises:
            ValueError: For no key, a key twice, or a need that cannot be met.
        """
        made = cls.over(keys, need)
        if isinstance(made, BadDefinition):
            raise ValueError(made.why)  # noqa: TRY004  (the value is wrong, not its type)
        return made

    @classmethod
    def over(cls, keys: Iterable[K], need: int | None = None, *, growing: bool = False) -> Self | BadDefinition:
        """Return a join over keys that came with an event, or why there can be none.

        Args:
            keys: At least one, unless more may come; each once.
            need: How many results are needed; all, unless said.
            growing: Whether further keys may come, until :meth:`close`.
        """
        given = tuple(keys)
        problem = _problem(given, need, growing=growing)
        if problem:
            return BadDefinition(what="join", problem=problem)
        return cls(waiting=FrozenSet(given), need=need, growing=growing)

    @property
    def done(self) -> bool:
        """Whether enough have answered."""
        if self.need:
            return len(self.results) >= self.need
        return self.settled and not self.growing and (self.need == 0 or not self.failed)

    @property
    def settled(self) -> bool:
        """Whether nobody is waited for any more: what a join that blocks asks for."""
        return not self.waiting

    @property
    def hopeless(self) -> bool:
        """Whether those that are left cannot be enough."""
        if self.need is None:
            return bool(self.failed)
        return not self.growing and len(self.results) + len(self.waiting) < self.need

    def fan_out(self, ask: Callable[[K], I], keys: Iterable[K] | None = None) -> Many[I]:
        """Return an intent for each key that is waited for.

        Args:
            ask: Makes the intent from the key.
            keys: Only for these, where the others have been asked before.
        """
        return Many.of(ask(key) for key in (self.waiting if keys is None else keys))

    def withdraw(self, ask: Callable[[K], Intent[Fact]]) -> Withdraw:
        """Return the order that takes back what is still open, here and in no other join.

        Args:
            ask: Makes the intent from the key, as for :meth:`fan_out`.
        """
        return Withdraw(each=[ask(key) for key in self.waiting])

    def answered(self, key: K, value: V) -> Self | Joined[K, V] | NotAsked | AnsweredAlready:
        """Note a result; :class:`Joined` comes once, with the result that was missing.

        Args:
            key: Who answers.
            value: The result.
        """
        refusal = self._refusal(key)
        if refusal is not None:
            return refusal
        after = self.evolve(waiting=self.waiting.without(key), results=self.results.put(key, value))
        return Joined(after) if after.done and not self.done else after

    def gave_up(self, key: K) -> Self | Joined[K, V] | Unjoinable[K, V] | NotAsked | AnsweredAlready:
        """Note that nothing will come from a key; :class:`Unjoinable` comes once.

        Args:
            key: Who has failed.
        """
        refusal = self._refusal(key)
        if refusal is not None:
            return refusal
        return self._changed(self.evolve(waiting=self.waiting.without(key), failed=self.failed.put(key)))

    def grow(self, *keys: K) -> Self | BadDefinition | NotGrowing:
        """Return a join that waits for these keys as well.

        Args:
            keys: New ones.
        """
        if not self.growing:
            return NotGrowing()
        known = (*self.waiting, *self.results, *self.failed)
        problem = _problem((*known, *keys), self.need, growing=True)
        if problem:
            return BadDefinition(what="join", problem=problem)
        return self.evolve(waiting=self.waiting.put(*keys))

    def close(self) -> Self | Joined[K, V] | Unjoinable[K, V] | NotGrowing | BadDefinition:
        """Say that no further key will come; a join over nothing is refused."""
        if not self.growing:
            return NotGrowing()
        if not (self.waiting or self.results or self.failed):
            return BadDefinition(what="join", problem=_problem((), None, growing=False))
        # No more can come than has: what is lacking now is lacking for good.
        need = self.need
        if need is not None and need > len(self.waiting) + len(self.results) + len(self.failed):
            return Unjoinable(self)
        return self._changed(self.evolve(growing=False))

    def needing(self, need: int) -> Self | Joined[K, V] | Unjoinable[K, V] | BadDefinition:
        """Return a join that needs so many results from now on.

        Args:
            need: How many.
        """
        known = (*self.waiting, *self.results, *self.failed)
        problem = _problem(known, need, growing=self.growing)
        if problem:
            return BadDefinition(what="join", problem=problem)
        return self._changed(self.evolve(need=need))

    def _changed(self, after: Self) -> Self | Joined[K, V] | Unjoinable[K, V]:
        if after.done and not self.done:
            return Joined(after)
        return Unjoinable(after) if after.hopeless and not self.hopeless else after

    def _refusal(self, key: K) -> NotAsked | AnsweredAlready | None:
        if key in self.waiting:
            return None
        if key in self.results or key in self.failed:
            return AnsweredAlready(who=str(key))
        return NotAsked(who=str(key), asked=tuple(str(one) for one in self.waiting))


def _problem(keys: Iterable[object], need: int | None, *, growing: bool) -> str:
    """Return what is wrong with the keys of a join, or nothing."""
    count = Counter(keys)
    twice = sorted(str(key) for key, times in count.items() if times > 1)
    if twice:
        return f"expected each key once, got {', '.join(twice)} twice; do name each once"
    if not count and not growing:
        return "expected at least one key, got none; do go on without a join where there is nothing to wait for"
    if need is not None and (need < 0 or (need > len(count) and not growing)):
        return f"expected a need from 0 to {len(count)}, got {need}; do ask for as many as there are keys"
    return ""
