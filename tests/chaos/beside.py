"""Scenarios alone or side by side, and what came of each, with its place in the list.

Those of one group run at the same time: each lane of it in a process of its own, one after another there. Whoever
measures how soon something happens belongs to no group, and has the machine to themselves. What may never be here: a
scenario, or one that fails without being told.
"""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from tests.chaos.checker import Verdict
from tests.chaos.scenario import Outcome, folder

FIGURES = ("instances", "records", "known_again", "effects", "run_again")
Scenario = Callable[[Path], Outcome]
_FORK = multiprocessing.get_context("fork")
_LOOK_SECONDS = 1.0
_END_SECONDS = 60.0


class Listed(NamedTuple):
    """One of the scenarios of a run.

    Attributes:
        name: What it is asked for by.
        run: Does it.
        group: What it may run beside; with an empty one, it runs alone.
        lane: Which of its group never run at the same time as it.
    """

    name: str
    run: Scenario
    group: str = ""
    lane: str = ""


class _Lane(NamedTuple):
    process: BaseProcess
    places: list[int]


def ran(listed: Sequence[Listed]) -> Iterator[tuple[int, Outcome]]:
    """Run all of a list, and tell what came of each with its place there; those of a group in their order."""
    for places in _rounds(listed):
        lanes: dict[str, list[int]] = {}
        for place in places:
            lanes.setdefault(listed[place].lane, []).append(place)
        if len(lanes) == 1:
            yield from ((place, outcome_of(listed[place])) for place in places)
        else:
            yield from _side_by_side(listed, list(lanes.values()))


def outcome_of(one: Listed) -> Outcome:
    """Run one in a folder of its own; where it raises, it has failed, and the others are run."""
    began = time.monotonic()
    try:
        with folder() as where:
            return one.run(where)
    except Exception:  # noqa: BLE001  (whatever it is, it is told)
        return _failed(one, traceback.format_exc(), time.monotonic() - began)


def _rounds(listed: Sequence[Listed]) -> list[list[int]]:
    """Return what runs at a time, as places of the list, in the order of their first."""
    rounds: dict[str | int, list[int]] = {}
    for place, one in enumerate(listed):
        rounds.setdefault(one.group or place, []).append(place)
    return list(rounds.values())


def _side_by_side(listed: Sequence[Listed], lanes: list[list[int]]) -> Iterator[tuple[int, Outcome]]:
    found: dict[int, Outcome] = {}
    ahead = sorted(place for lane in lanes for place in lane)
    with _running(listed, lanes) as running:
        for place, outcome in _heard(listed, running):
            found[place] = outcome
            while ahead and ahead[0] in found:
                following = ahead.pop(0)
                yield following, found[following]


@contextmanager
def _running(listed: Sequence[Listed], lanes: list[list[int]]) -> Iterator[dict[Connection, _Lane]]:
    """Begin a process for each lane; none of them is left at the end."""
    running: dict[Connection, _Lane] = {}
    try:
        for places in lanes:
            receiver, sender = _FORK.Pipe(duplex=False)
            process = _FORK.Process(target=_run, args=(sender, [(place, listed[place]) for place in places]))
            process.start()
            running[receiver] = _Lane(process, places)
            sender.close()
        yield running
    finally:
        for lane in running.values():
            lane.process.terminate()  # it ends what it has begun, as this one does
        for lane in running.values():
            _ended(lane.process)


def _run(sender: Connection, lane: list[tuple[int, Listed]]) -> None:
    for place, one in lane:
        sender.send((place, outcome_of(one)))


def _heard(listed: Sequence[Listed], running: dict[Connection, _Lane]) -> Iterator[tuple[int, Outcome]]:
    """Tell what comes of each as it comes, and that those have failed whose process is gone."""
    began = time.monotonic()
    missing = {receiver: list(lane.places) for receiver, lane in running.items()}
    while missing:
        heard = wait(list(missing), _LOOK_SECONDS)
        # Children of a process that was killed may hold its end of the pipe: then only a look at it helps.
        gone = [one for one in missing if not (running[one].process.is_alive() or one.poll())] if not heard else []
        for receiver in heard:
            try:
                place, outcome = receiver.recv()
            except EOFError:
                gone.append(receiver)
            else:
                missing[receiver].remove(place)
                yield place, outcome
        for receiver in gone:
            status = _ended(running[receiver].process)
            for place in missing.pop(receiver):
                problem = f"expected what came of it, got a process that ended with {status}"
                yield place, _failed(listed[place], problem, time.monotonic() - began)


def _ended(process: BaseProcess) -> int | None:
    """Wait for the end of a process, and make one if need be; return its status."""
    process.join(_END_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode


def _failed(one: Listed, problem: str, seconds: float) -> Outcome:
    return Outcome(one.name, "-", 0, Verdict((), dict.fromkeys(FIGURES, 0)), seconds, problems=(problem,))
