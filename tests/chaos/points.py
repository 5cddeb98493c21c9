"""Points: where something may go wrong between telic and a store or its driver, numbered as they come.

A run without faults tells how many there are. A run with faults has something go wrong at the
points that they name. What may never be here: a store, or what is done to one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple, TypeVar

import anyio

T = TypeVar("T")
_POINTS_MAX = 5_000
_TURNS = 25
"""After so many turns of the loop, what hangs and was not cancelled ends as a driver ends it: with a time limit."""


class Kind(StrEnum):
    """What goes wrong at a point."""

    REFUSED = "raises, and nothing was done"
    LOST = "raises after it was done"
    HUNG = "hangs, and the caller is cancelled; nothing was done"
    GONE = "hangs after it was done, and the caller is cancelled"


EVERY = tuple(Kind)


class Fault(NamedTuple):
    """Something that goes wrong.

    Attributes:
        at: The number of the point, from 0.
        kind: What goes wrong.
    """

    at: int
    kind: Kind


class Point(NamedTuple):
    """A moment at which something may go wrong.

    Attributes:
        where: What was going on.
        kinds: What may go wrong there.
    """

    where: str
    kinds: tuple[Kind, ...]


class Points:
    """The points of one run after the other.

    Attributes:
        seen: The points of this run, so far.
        happened: The faults of this run, so far.
        scope: Whoever is cancelled when something hangs.
    """

    def __init__(self) -> None:
        self.begin()
        self.rest()

    def begin(self, faults: Iterable[Fault] = ()) -> None:
        """Be as at the beginning of a run, and let things go wrong."""
        self.seen: list[Point] = []
        self.happened: list[Fault] = []
        self.scope: anyio.CancelScope | None = None
        self._told = {one.at: one.kind for one in faults}
        self._resting = False

    def rest(self) -> None:
        """Let nothing go wrong, and count nothing, until the next run."""
        self._resting = True

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Let nothing go wrong, and count nothing, until the end of the block."""
        before, self._resting = self._resting, True
        yield
        self._resting = before

    def met(self, where: str, kinds: tuple[Kind, ...]) -> Kind | None:
        """Return what goes wrong at this point, if anything does."""
        if self._resting:
            return None
        at = len(self.seen)
        if at == _POINTS_MAX:
            raise RuntimeError(f"expected an end, got {at} points")
        self.seen.append(Point(where, kinds))
        kind = self._told.get(at)
        if kind is not None:
            self.happened.append(Fault(at, kind))
        return kind

    def give_up(self) -> None:
        """Have the caller give up, wherever they wait."""
        if self.scope is not None:
            self.scope.cancel()

    async def around(
        self,
        where: str,
        call: Callable[[], Awaitable[T]],
        error: Callable[[], Exception],
        kinds: tuple[Kind, ...] = EVERY,
    ) -> T:
        """Await a call, unless something goes wrong.

        Args:
            where: What it is.
            call: Makes the call.
            error: Makes what is raised when it is refused or its answer is lost.
            kinds: What may go wrong.
        """
        kind = self.met(where, kinds)
        if kind is Kind.REFUSED:
            raise error()
        if kind is Kind.HUNG:
            await self._hang()
        done = await call()
        if kind is Kind.LOST:
            raise error()
        if kind is Kind.GONE:
            await self._hang()
        return done

    async def _hang(self) -> None:
        self.give_up()
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        raise TimeoutError
