"""Every single fault, and every pair of faults, at the points of a story; then the checker.

A story without faults tells its points. Each is then told again with each fault that these
points have, and for pairs once more with each second fault that the points after the first
one have, those of the recovery included. What may never be here: a fault that is left out.
"""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from telic import Machine
from tests.chaos.beds import Bed, Place
from tests.chaos.checker import Finding, Verdict, instances_of, judged
from tests.chaos.evidence import Evidence
from tests.chaos.points import Fault, Points

_FINDINGS_KEPT = 50
_TRIES = 3


class Told(NamedTuple):
    """What a story came to.

    Attributes:
        verdict: What the checker says.
        points: The points of the run.
        happened: The faults that happened in it.
    """

    verdict: Verdict
    points: tuple
    happened: tuple[Fault, ...]


class Tally(NamedTuple):
    """What many runs came to.

    Attributes:
        runs: How many there were.
        points: How many points the run without faults has.
        faults: How many faults happened.
        findings: What must never be.
        figures: The sums of the figures of all.
    """

    runs: int = 0
    points: int = 0
    faults: int = 0
    findings: tuple[Finding, ...] = ()
    figures: Counter[str] = Counter()

    def with_run(self, told: Told) -> "Tally":
        """This, and one more."""
        findings = (*self.findings, *told.verdict.findings)[:_FINDINGS_KEPT]
        figures = self.figures + Counter(told.verdict.figures)
        return Tally(self.runs + 1, self.points, self.faults + len(told.happened), findings, figures)

    def with_all(self, other: "Tally") -> "Tally":
        """This, and what another part of the runs came to."""
        findings = (*self.findings, *other.findings)[:_FINDINGS_KEPT]
        return Tally(
            self.runs + other.runs, max(self.points, other.points), self.faults + other.faults, findings,
            self.figures + other.figures,
        )  # fmt: skip


class Story(NamedTuple):
    """What is done to one store.

    Attributes:
        name: What it is about.
        machine: Whose instances.
        play: Does it, and returns what those outside know.
    """

    name: str
    machine: Machine
    play: Callable[[object, Points], Awaitable[Evidence]]


class Teller:
    """Tells one story on one bed, again and again."""

    def __init__(self, story: Story, bed: Bed, points: Points) -> None:
        self._story = story
        self._bed = bed
        self._points = points

    async def told(self, *faults: Fault) -> Told:
        """Tell it with some faults, and check what is left.

        What a database does beside, in its own time, may move a point beyond the end of a run:
        then it is told again.
        """
        for _ in range(_TRIES):
            told = await self._told_once(faults)
            if told.verdict.findings or len(told.happened) == len(faults):
                break
        return told

    async def _told_once(self, faults: tuple[Fault, ...]) -> Told:
        _, machine, play = self._story
        store = self._bed.store(machine)
        self._points.begin(faults)
        try:
            evidence = await play(store, self._points)
        except Exception as error:  # noqa: BLE001  (nothing but errors of the store may come through, and those are met)
            verdict = Verdict((Finding("I8", "story", f"ended by {error!r}"),), {})
        else:
            self._points.rest()
            verdict = judged(machine, await instances_of(store), await self._bed.rows(store, machine), evidence)
        self._points.rest()
        happened = tuple(self._points.happened)
        labelled = tuple(
            one._replace(where=f"{one.where} after {_told(self._points, happened)}") for one in verdict.findings
        )
        return Told(verdict._replace(findings=labelled), tuple(self._points.seen), happened)

    async def singles(self, step: int = 1) -> AsyncIterator[Told]:
        """Tell it with each single fault, or with one in so many."""
        for number, fault in enumerate(_faults((await self.told()).points)):
            if number % step == 0:
                yield await self.told(fault)

    async def pairs(self, part: int, parts: int) -> AsyncIterator[Told]:
        """Tell it with each pair of faults whose first belongs to a part of all."""
        for number, first in enumerate(_faults((await self.told()).points)):
            if number % parts != part:
                continue
            once = await self.told(first)
            yield once
            for second in _faults(once.points, after=first.at):
                yield await self.told(first, second)


async def every_single_fault(story: Story, place: Place, step: int = 1) -> Tally:
    """Tell a story with each single fault, or with one in so many."""
    points = Points()
    async with place.made(points) as bed:
        teller = Teller(story, bed, points)
        with _silent():
            return await _counted(await teller.told(), teller.singles(step))


async def every_pair_of_faults(story: Story, place: Place, part: int = 0, parts: int = 1) -> Tally:
    """Tell a story with each pair of faults, or with a part of them."""
    points = Points()
    async with place.made(points) as bed:
        teller = Teller(story, bed, points)
        with _silent():
            return await _counted(await teller.told(), teller.pairs(part, parts))


async def _counted(smooth: Told, runs: AsyncIterator[Told]) -> Tally:
    tally = Tally(points=len(smooth.points)).with_run(smooth)
    async for one in runs:
        tally = tally.with_run(one)
    return tally._replace(points=len(smooth.points))


def _faults(points: tuple, after: int = -1) -> Iterator[Fault]:
    for at, point in enumerate(points):
        if at > after:
            yield from (Fault(at, kind) for kind in point.kinds)


def _told(points: Points, happened: tuple[Fault, ...]) -> str:
    return " and ".join(f"point {at} ({points.seen[at].where}) {kind}" for at, kind in happened) or "no fault"


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the log free of what goes wrong on purpose."""
    log = logging.getLogger("telic")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)
