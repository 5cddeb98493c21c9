"""Break things and look: ``python -m tests.chaos [--kills N] [--only NAME] [--store NAME] [--page PATH]``.

Each scenario runs on a place of its own, and one checker looks at what is left. What may
never be here: a scenario that spares the store because it failed before.
"""

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.chaos import beds, copies, enumerated, killing, races, seeds, servers, writers
from tests.chaos.beds import InFile, InMemory, OnServer
from tests.chaos.checker import Verdict
from tests.chaos.lives import LIFE
from tests.chaos.places import SqliteFile, made
from tests.chaos.report import Run, as_json, as_table, into_page
from tests.chaos.scenario import Outcome, folder

_FIGURES = ("instances", "records", "known_again", "effects", "run_again")
_STORES = ("memory", "sqlite", "postgres")
_NO_SERVER = "PostgreSQL: initdb is neither on the path nor under /usr/lib/postgresql"


_WHOLE_KILLS = 100
"""From so many kills on, faults are enumerated to the end."""
_SAMPLED_PARTS = 400


class Scale(NamedTuple):
    """How much is done."""

    kills: int
    freezes: int
    jumps: int
    cuts: int
    stops: int
    each: int
    copies: int
    fills: int
    rounds: int
    seeds: int
    whole: bool


def scale_of(kills: int) -> Scale:
    """All in proportion to the number of kills, and the shortest of it so short that it is a test."""
    return Scale(
        kills=kills,
        freezes=max(1, kills // 25),
        jumps=max(4, kills // 25),
        cuts=max(5, kills // 2),
        stops=max(1, kills // 25),
        each=max(5, kills // 20),
        copies=max(2, kills // 20),
        fills=max(1, kills // 40),
        rounds=max(100, kills * 10),
        seeds=kills * 100 if kills >= _WHOLE_KILLS else 100,
        whole=kills >= _WHOLE_KILLS,
    )


Scenario = Callable[[Path], Outcome]
At = Callable[..., Scenario]


def call_by_call(
    scale: Scale, stores: Sequence[str], server: servers.OwnServer | None
) -> Iterator[tuple[str, Scenario]]:
    """What goes wrong in single calls, and what comes at the same instant."""
    if "memory" in stores:
        yield from with_faults(scale, lambda where: InMemory())
    if "sqlite" in stores:
        yield from with_faults(scale, InFile)
        yield from racing(scale, _in_file)
    if server is not None:
        if scale.whole:
            yield from with_faults(scale, lambda where: OnServer(server.url))
        else:  # each fault costs a connection
            yield "faults", lambda where: enumerated.single_faults(OnServer(server.url), [LIFE], step=8)
        yield from racing(scale, _on(server))


def with_faults(scale: Scale, place_in: Callable[[Path], beds.Place]) -> Iterator[tuple[str, Scenario]]:
    """Faults one by one, and two by two."""
    if scale.whole:
        yield "faults", lambda where: enumerated.single_faults(place_in(where))
        yield "pairs", lambda where: enumerated.pairs_of_faults(place_in(where))
    else:
        yield "faults", lambda where: enumerated.single_faults(place_in(where), [LIFE])
        yield "pairs", lambda where: enumerated.pairs_of_faults(place_in(where), _SAMPLED_PARTS, most=1)


def racing(scale: Scale, at: At) -> Iterator[tuple[str, Scenario]]:
    """Two who come at the same instant."""
    yield "races", at(races.published_and_waited, rounds=scale.rounds)
    yield "races", at(races.claimed_and_released, rounds=scale.rounds)


def under_load(scale: Scale, stores: Sequence[str], server: servers.OwnServer | None) -> Iterator[tuple[str, Scenario]]:
    """What is done to a crew at work."""
    if "sqlite" in stores:
        yield from to_workers(scale, _in_file)
        yield "full", _in_file(copies.filled, scale.fills)
        yield "copy", _in_file(copies.copied_frozen, scale.copies)
        yield "backup", _in_file(copies.copied_live, scale.copies)
        yield from by_writers(scale, _in_file)
        yield "processes", _in_file(writers.contended, instances=4, each=scale.each, processes=8)
    if server is not None:
        yield from to_workers(scale, _on(server))
        yield "cut", partial(servers.cut, server, cuts=scale.cuts)
        yield "stop", partial(servers.stopped, server, stops=scale.stops)
        yield from by_writers(scale, _on(server))


def to_workers(scale: Scale, at: At) -> Iterator[tuple[str, Scenario]]:
    """What is done to workers."""
    yield "kill", at(killing.killed, scale.kills)
    yield "freeze", at(killing.frozen, scale.freezes)
    yield "clock", at(killing.misled, scale.jumps)


def by_writers(scale: Scale, at: At) -> Iterator[tuple[str, Scenario]]:
    """Many writers on few instances."""
    for instances in (1, 4, 1000):
        yield "writers", at(writers.contended, instances=instances, each=scale.each)


def _in_file(scenario: Callable[..., Outcome], *values: int, **named: int) -> Scenario:
    return lambda where: scenario(made(SqliteFile(str(where / "run.db"))), where, *values, **named)


def _on(server: servers.OwnServer) -> At:
    def at(scenario: Callable[..., Outcome], *values: int, **named: int) -> Scenario:
        return lambda where: scenario(made(servers.schema_of(server)), where, *values, **named)

    return at


def ran(scenarios: Iterator[tuple[str, Scenario]], only: Sequence[str]) -> Iterator[Outcome]:
    """Run those that are wanted, telling what came of each."""
    for name, run in scenarios:
        if only and name not in only:
            continue
        began = time.monotonic()
        try:
            with folder() as where:
                outcome = run(where)
        except Exception:  # noqa: BLE001  (the others are run, and this one has failed)
            problems = (traceback.format_exc(),)
            figures = dict.fromkeys(_FIGURES, 0)
            outcome = Outcome(name, "-", 0, Verdict((), figures), time.monotonic() - began, problems=problems)
        print(outcome.told(), flush=True)
        yield outcome


def everything(scale: Scale, stores: Sequence[str], server: servers.OwnServer | None) -> Iterator[tuple[str, Scenario]]:
    """All scenarios of some stores."""
    yield from call_by_call(scale, stores, server)
    yield from under_load(scale, stores, server)
    if "memory" in stores:
        yield "seeds", lambda where: seeds.simulated(scale.seeds)


def written(given: argparse.Namespace, outcomes: Sequence[Outcome], skipped: Sequence[str], run: Run) -> None:
    """Write the figures so far, and the table into the page."""
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(as_json(outcomes, skipped, run), encoding="utf-8")
    if given.page is not None:
        into_page(given.page, as_table(outcomes, skipped, run))


def main() -> int:
    """Run, report, and say by the exit whether everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000, help="on each store; the rest is in proportion")
    parser.add_argument("--only", action="append", default=[], help="a scenario by name; may be repeated")
    parser.add_argument("--store", choices=_STORES, help="on this store alone")
    parser.add_argument("--json", type=Path, default=Path("build/chaos.json"), help="where to write the figures")
    parser.add_argument("--page", type=Path, help="the page to write the table into")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # no process is left behind
    scale = scale_of(given.kills)
    outcomes: list[Outcome] = []
    skipped: list[str] = []
    run = Run(given.kills)
    stores = [given.store] if given.store else _STORES
    with servers.own_server() if "postgres" in stores else nullcontext() as server:
        if server is not None:
            run = run._replace(server=server.version)
        elif "postgres" in stores:
            skipped.append(_NO_SERVER)
        for outcome in ran(everything(scale, stores, server), given.only):
            outcomes.append(outcome)
            written(given, outcomes, skipped, run)  # what is known stays known, whatever happens to this process
    failed = [one for one in outcomes if not one.ok]
    print(f"{len(outcomes)} runs, {len(failed)} failed; {', '.join(skipped) or 'nothing left out'}")
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
