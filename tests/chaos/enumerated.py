"""Scenarios of faults one by one and two by two, on all cores."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Sequence
from typing import NamedTuple

from tests.chaos.beds import Place
from tests.chaos.checker import Verdict
from tests.chaos.faults import Story, Tally, every_pair_of_faults, every_single_fault
from tests.chaos.households import HOUSEHOLDS
from tests.chaos.lives import LIFE, SHORT_LIFE
from tests.chaos.scenario import Outcome

STORIES = (LIFE, *HOUSEHOLDS)
_PARTS_PER_CORE = 4
_FIGURES = ("instances", "records", "accepted", "known_again", "effects", "run_again", "open")


class _Part(NamedTuple):
    """What one process does at a time; a story goes by its number, for it cannot be sent."""

    story: int
    place: Place
    part: int
    parts: int


def single_faults(place: Place, stories: Sequence[Story] = STORIES, step: int = 1) -> Outcome:
    """Every single fault of some stories, or one in so many."""
    began = time.monotonic()
    works = [_Part(STORIES.index(story), place, 0, step) for story in stories]
    tallies = _on_cores(_singly, works)
    points = sum(one.points for one in tallies)
    some = "every single fault" if step == 1 else f"one in {step} of the single faults"
    return _outcome(f"{some} at {points} points", place, tallies, points, time.monotonic() - began)


def pairs_of_faults(place: Place, parts: int | None = None, most: int | None = None) -> Outcome:
    """Every pair of faults in a step, an answer, a publication and a deadline.

    Args:
        place: Where.
        parts: Into how many parts they are divided.
        most: How many of the parts are tried; all by default.
    """
    began = time.monotonic()
    count = parts or _PARTS_PER_CORE * (os.cpu_count() or 1)
    works = [_Part(0, place, part, count) for part in range(count)][:most]
    tallies = _on_cores(_in_pairs, works)
    points = max(one.points for one in tallies)
    some = "every pair" if most is None else f"{most} in {count} of the pairs"
    return _outcome(f"{some} of faults at {points} points", place, tallies, points, time.monotonic() - began)


def _singly(work: _Part) -> Tally:
    return asyncio.run(every_single_fault(STORIES[work.story], work.place, work.parts))


def _in_pairs(work: _Part) -> Tally:
    return asyncio.run(every_pair_of_faults(SHORT_LIFE, work.place, work.part, work.parts))


def _on_cores(act, works: list[_Part]) -> list[Tally]:
    processes = min(os.cpu_count() or 1, len(works))
    if processes == 1:
        return [act(work) for work in works]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        return pool.map(act, works, chunksize=1)


def _outcome(name: str, place: Place, tallies: list[Tally], points: int, seconds: float) -> Outcome:
    tally = Tally()
    for one in tallies:
        tally = tally.with_all(one)
    figures = dict.fromkeys(_FIGURES, 0) | dict(tally.figures)
    details = {"points": points, "runs": tally.runs}
    problems = () if tally.faults else ("expected faults, got none",)
    return Outcome(name, place.name, tally.faults, Verdict(tally.findings, figures), seconds, None, details, problems)
