"""Many runs of one story: with each seed, or with each single fault; and the least that breaks it.

What may never be here: what a story does, or what must hold.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

from telic.kernel.errors import TelicError
from telic.shell.fate import EVERY_KIND, Fate, Fault, FaultKind

__all__ = ["Failure", "Report", "SimulationFailed", "Story", "every_fault", "simulate"]

Story: TypeAlias = "Callable[[Fate], object]"


class Failure(NamedTuple):
    """A run that did not hold.

    Attributes:
        fate: The seed and the least faults that make it happen again.
        error: What was raised.
        removed: How many faults happened that did not matter.
    """

    fate: Fate
    error: Exception
    removed: int


class SimulationFailed(TelicError):
    """A story does not hold in every run.

    Attributes:
        report: The report as text.
    """

    def __init__(self, report: str) -> None:
        """Keep the report."""
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        """Return the report."""
        return self.report


class Report(NamedTuple):
    """What many runs of a story came to.

    Attributes:
        runs: How many there were.
        faults: How many faults happened in them.
        failure: The first that did not hold.
    """

    runs: int
    faults: int
    failure: Failure | None = None

    @property
    def passed(self) -> bool:
        """Whether every run held."""
        return self.failure is None

    def check(self) -> None:
        """Raise the failure, with all that is needed to make it happen again.

        Raises:
            SimulationFailed: When a run did not hold.
        """
        if self.failure is not None:
            raise SimulationFailed(str(self)) from self.failure.error

    def __str__(self) -> str:
        """Return the report as text."""
        told = f"{self.runs} runs with {self.faults} faults"
        if self.failure is None:
            return f"{told}: all held"
        fate, error, removed = self.failure
        spared = f" ({removed} more did not matter)" if removed else ""
        return f"{told}: one did not hold{spared}\n{type(error).__name__}: {error}\n{fate}"


def simulate(
    story: Story, *, seeds: Iterable[int] = range(100), share: float = 0.05, most: int = 3,
    kinds: Iterable[FaultKind] = EVERY_KIND,
) -> Report:  # fmt: skip
    """Run a story with many seeds; the first run that does not hold ends it.

    Args:
        story: Makes a :class:`Simulation` with the fate that it is given, acts in it, and
            raises when something does not hold. The same fate has to make the same run.
        seeds: The seeds.
        share: How probable a fault is at each point of a run.
        most: How many faults there are in a run, at most.
        kinds: What may go wrong.

    Returns:
        A report; ``report.check()`` raises what was found.
    """
    chosen = tuple(kinds)
    return _report(story, (Fate(seed, share=share, most=most, kinds=chosen) for seed in seeds))


def every_fault(story: Story, *, seed: int = 0, kinds: Iterable[FaultKind] = EVERY_KIND) -> Report:
    """Run a story once with each single fault that its run without faults has a point for.

    Args:
        story: As in :func:`simulate`.
        seed: What all chance derives from.
        kinds: What may go wrong.
    """
    chosen = frozenset(kinds)
    smooth = Fate(seed, faults=())
    report = _report(story, [smooth])
    if not report.passed:
        return report
    single = [
        Fault(at, kind, point.where)
        for at, point in enumerate(tuple(smooth.points))
        for kind in point.kinds
        if kind in chosen
    ]
    after = _report(story, (Fate(seed, faults=[fault]) for fault in single))
    return after._replace(runs=after.runs + 1)


def _report(story: Story, fates: Iterable[Fate]) -> Report:
    runs = faults = 0
    with _silent():
        for fate in fates:
            runs += 1
            error = _error(story, fate)
            faults += len(fate.happened)
            if error is not None:
                return Report(runs, faults, _least(story, fate, error))
    return Report(runs, faults)


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


def _least(story: Story, fate: Fate, error: Exception) -> Failure:
    """Leave out one fault after the other, for as long as the story still breaks."""
    seed, faults = fate.seed, list(fate.happened)
    least, at = fate, 0
    while at < len(faults):
        tried = Fate(seed, faults=_without(faults, at))
        found = _error(story, tried)
        if found is None:
            at += 1
        else:
            least, error, faults = tried, found, list(tried.happened)
            at = 0 if len(faults) < at else at
    return Failure(least, error, len(fate.happened) - len(least.happened))


def _without(faults: Sequence[Fault], at: int) -> list[Fault]:
    return [fault for number, fault in enumerate(faults) if number != at]


def _error(story: Story, fate: Fate) -> Exception | None:
    try:
        story(fate)
    except Exception as error:  # whatever it is, the run does not hold  # noqa: BLE001
        return error
    return None
