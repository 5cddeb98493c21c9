"""Simulated seeds: whole worlds in virtual time, with chance for the order of turns and for what goes wrong.

A seed that does not hold is reported with the least faults that break it, as the call that
makes it happen again. What may never be here: a clock, or a seed that is left out.
"""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import NamedTuple

from telic.shell import Fate, Simulation, simulate
from tests.chaos.checker import ACCEPTED, Verdict
from tests.chaos.machine import Announce, Begin, Finished, Paid, Pay, Poke, Work, Worked, errand
from tests.chaos.scenario import Outcome

SHARE = 0.05
"""How probable a fault is at each point of a run; at most three happen in one."""
_CHUNK = 250
_FIGURES = ("instances", "records", "accepted", "known_again", "effects", "run_again", "open")


class Held(NamedTuple):
    """What some seeds came to.

    Attributes:
        seeds: How many there were.
        faults: How many faults happened in them.
        figures: What the worlds held at their ends, summed up.
        failure: The first that did not hold, as text.
    """

    seeds: int
    faults: int
    figures: Counter[str]
    failure: str = ""


def one_errand(fate: Fate, figures: Counter[str] | None = None) -> None:
    """One errand: commands while a worker is at work, a deadline, and all kinds of effects.

    Args:
        fate: The chance of the run.
        figures: Is added to.
    """
    answers = {
        Work: lambda intent: Worked(ref=intent.ref),
        Pay: lambda intent: Paid(ref=intent.ref),
        Announce: None,
    }
    with closing(Simulation(errand, answers=answers, fate=fate, lease_seconds=60.0)) as world:
        one = world.start(errand, Begin(rounds=1), key="e")
        told = [one.result.kind, *(one.send(Poke(number=number)).kind for number in (1, 2))]
        world.skip(timedelta(minutes=5))
        world.settle()
        assert isinstance(one.state, Finished), f"expected it to end, got {one.state!r}"
        taken = tuple(number for number in (1, 2) if told[number] in ACCEPTED)  # else it had come to its end
        assert one.state.pokes == taken, f"expected the pokes {taken}, got {one.state.pokes}"
        if figures is not None:
            keys = {attempted.key for attempted in world.attempts}
            figures.update(
                instances=1, records=len(one.journal), effects=len(world.attempts), open=0,
                run_again=len(world.attempts) - len(keys), known_again=told.count("duplicate"),
                accepted=sum(kind in ACCEPTED for kind in told),
            )  # fmt: skip


def held(seeds: range) -> Held:
    """Run some seeds in this process."""
    figures: Counter[str] = Counter()
    report = simulate(lambda fate: one_errand(fate, figures), seeds=seeds, share=SHARE)
    return Held(report.runs, report.faults, figures, "" if report.passed else str(report))


def simulated(count: int, *, processes: int | None = None) -> Outcome:
    """Run so many seeds on all cores, until one does not hold.

    Args:
        count: How many.
        processes: On how many processes; as many as there are cores by default.
    """
    began = time.monotonic()
    chunks = [range(first, min(first + _CHUNK, count)) for first in range(0, count, _CHUNK)]
    found = Held(0, 0, Counter(dict.fromkeys(_FIGURES, 0)))
    for one in _on_cores(chunks, processes or os.cpu_count() or 1):
        figures = Counter({name: found.figures[name] + one.figures[name] for name in _FIGURES})
        found = Held(found.seeds + one.seeds, found.faults + one.faults, figures, found.failure or one.failure)
        if found.failure:
            break
    problems = (found.failure,) if found.failure else ()
    if not problems and found.seeds != count:
        problems = (f"expected {count} seeds, got {found.seeds}",)
    seconds = time.monotonic() - began
    verdict = Verdict((), {name: found.figures[name] for name in _FIGURES})
    return Outcome(
        "simulated seeds", "memory", found.seeds, verdict, seconds, None, {"faults": found.faults}, problems
    )  # fmt: skip


def _on_cores(chunks: list[range], processes: int) -> Iterator[Held]:
    if processes == 1 or len(chunks) == 1:
        yield from map(held, chunks)
        return
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap_unordered(held, chunks)
