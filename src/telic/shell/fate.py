"""``Fate``: what goes wrong in a simulated world, by chance of a seed or as it is told.

Each moment at which something may go wrong is a *point*; the points of a run are numbered.
The same seed and the same faults make the same run. What may never be here: a clock, or how
a fault comes about.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

__all__ = ["EVERY_KIND", "Fate", "Fault", "FaultKind", "Point"]


class FaultKind(StrEnum):
    """What may go wrong at a point."""

    CRASH = "crash"
    """The process is gone, in the midst of what it did; another one begins."""
    FAIL = "fail"
    """The call raises: nothing was done yet, or the word that it was done is lost."""
    LATE = "late"
    """A handler takes so long that its lease would end."""
    TWICE = "twice"
    """An answer comes twice, the second time later."""


EVERY_KIND = frozenset(FaultKind)


class Point(NamedTuple):
    """A moment at which something may go wrong.

    Attributes:
        where: What was going on.
        kinds: What may go wrong there.
    """

    where: str
    kinds: tuple[FaultKind, ...]


class Fault(NamedTuple):
    """Something that goes wrong.

    Attributes:
        at: The number of the point, from 0.
        kind: What goes wrong.
        where: What was going on, for readers.
    """

    at: int
    kind: FaultKind
    where: str = ""


class Fate:
    """The chance of one run: the order of turns, and what goes wrong.

    Attributes:
        seed: What all chance derives from.
        share: How probable a fault is at each point.
        most: How many faults there are at most.
        kinds: What may go wrong.
        told: The faults that are to happen; then none happens by chance.
        points: The points of the run, so far.
        happened: The faults of the run, so far.
        calm: Nothing goes wrong any more.

    Example:
        ``Simulation(order, handlers=handlers, fate=Fate(17, faults=[Fault(12, FaultKind.CRASH)]))``
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        faults: Iterable[Fault] | None = None,
        share: float = 0.0,
        most: int = 3,
        kinds: Iterable[FaultKind] = EVERY_KIND,
    ) -> None:
        """Say what goes wrong: nothing, what is told, or a share of what may.

        Args:
            seed: What all chance derives from.
            faults: What goes wrong; by chance when it is left out.
            share: How probable a fault is at each point.
            most: How many faults there are at most; more would use up what a worker endures.
            kinds: What may go wrong by chance.
        """
        self.seed = seed
        self.share = share
        self.most = most
        self.kinds = frozenset(kinds)
        self.told = tuple(faults) if faults is not None else None
        self.begin()

    def begin(self) -> None:
        """Be as at the beginning of a run."""
        self.points: list[Point] = []
        self.happened: list[Fault] = []
        self.calm = False
        self._turns = random.Random(f"turns {self.seed}")
        self._faults = random.Random(f"faults {self.seed}")
        self._schedule = {fault.at: fault.kind for fault in self.told or ()}

    @property
    def troubled(self) -> bool:
        """Whether anything may go wrong at all."""
        return bool(self.share or self.told)

    def decide(self, where: str, kinds: tuple[FaultKind, ...]) -> FaultKind | None:
        """Return what goes wrong at a point, if anything does.

        Args:
            where: What is going on.
            kinds: What may go wrong here.
        """
        if self.calm:
            return None
        at = len(self.points)
        self.points.append(Point(where, kinds))
        kind = self._schedule.get(at) if self.told is not None else self._by_chance(kinds)
        if kind is None or kind not in kinds:
            return None
        self.happened.append(Fault(at, kind, where))
        return kind

    def turns(self) -> int:
        """Return how many turns somebody waits before going on, so that others may come first."""
        return self._turns.randrange(4)

    def seconds(self, longest: float) -> float:
        """Return how long something takes."""
        return self._turns.uniform(0, longest)

    def one_of(self, count: int) -> int:
        """Return which of so many it is."""
        return self._turns.randrange(count)

    def _by_chance(self, kinds: tuple[FaultKind, ...]) -> FaultKind | None:
        if not self.share or len(self.happened) >= self.most or self._faults.random() >= self.share:
            return None
        possible = [kind for kind in kinds if kind in self.kinds]
        return self._faults.choice(possible) if possible else None

    def __repr__(self) -> str:
        """Return the call that makes the run happen again."""
        if not self.happened:
            return f"Fate({self.seed})"
        faults = ", ".join(f"Fault({one.at}, FaultKind.{one.kind.name})" for one in self.happened)
        return f"Fate({self.seed}, faults=[{faults}])"

    def __str__(self) -> str:
        """Return seed and faults as a text of some lines."""
        lines = [f"seed {self.seed}, {len(self.happened) or 'no'} fault{'s' * (len(self.happened) != 1)}"]
        lines += [f"  point {one.at}, {one.where}: {one.kind}" for one in self.happened]
        return "\n".join([*lines, f"  again: {self!r}"])
