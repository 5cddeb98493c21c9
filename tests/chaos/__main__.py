"""Break things and look: ``python -m tests.chaos [--kills N] [--only NAME] [--store NAME] [--page PATH]``.

Each scenario runs on a place of its own, and one checker looks at what is left. What may
never be here: a scenario that spares the store because it failed before.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.chaos import copies, enumerated, killing, races, seeds, servers, writers
from tests.chaos.beds import InFile, InMemory, OnServer, Place
from tests.chaos.lives import LIFE
from tests.chaos.places import SqliteFile, made
from tests.chaos.report import Run, as_json, as_table, into_page
from tests.chaos.scenario import Outcome, folder

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


def with_faults(scale: Scale, place_in: Callable[[Path], Place]) -> Iterator[tuple[str, Scenario]]:
    """What goes wrong call by call."""
    if scale.whole:
        yield "faults", lambda where: enumerated.single_faults(place_in(where))
        yield "pairs", lambda where: enumerated.pairs_of_faults(place_in(where))
    else:
        yield "faults", lambda where: enumerated.single_faults(place_in(where), [LIFE])
        yield "pairs", lambda where: enumerated.pairs_of_faults(place_in(where), _SAMPLED_PARTS, most=1)


def with_some_faults(server: servers.OwnServer, scale: Scale) -> Iterator[tuple[str, Scenario]]:
    """As above; on a server, where each fault costs a connection, the shortest form tries a few."""
    if scale.whole:
        yield from with_faults(scale, lambda where: OnServer(server.url))
    else:
        yield "faults", lambda where: enumerated.single_faults(OnServer(server.url), [LIFE], step=8)


def in_memory(scale: Scale) -> Iterator[tuple[str, Scenario]]:
    """What needs no database."""
    yield "seeds", lambda where: seeds.simulated(scale.seeds)
    yield from with_faults(scale, lambda where: InMemory())


def on_sqlite(scale: Scale) -> Iterator[tuple[str, Scenario]]:
    """What is done to a file."""

    def at(scenario: Callable[..., Outcome], *values: int, **named: int) -> Scenario:
        return lambda where: scenario(made(SqliteFile(str(where / "run.db"))), where, *values, **named)

    yield from with_faults(scale, InFile)
    yield "races", at(races.published_and_waited, rounds=scale.rounds)
    yield "races", at(races.claimed_and_released, rounds=scale.rounds)
    yield "kill", at(killing.killed, scale.kills)
    yield "freeze", at(killing.frozen, scale.freezes)
    yield "clock", at(killing.misled, scale.jumps)
    yield "full", at(copies.filled, scale.fills)
    yield "copy", at(copies.copied_frozen, scale.copies)
    yield "backup", at(copies.copied_live, scale.copies)
    yield "writers", at(writers.contended, instances=1, each=scale.each)
    yield "writers", at(writers.contended, instances=4, each=scale.each)
    yield "writers", at(writers.contended, instances=1000, each=scale.each)
    yield "processes", at(writers.contended, instances=4, each=scale.each, processes=8)


def on_postgres(server: servers.OwnServer, scale: Scale) -> Iterator[tuple[str, Scenario]]:
    """What is done to a server."""

    def at(scenario: Callable[..., Outcome], *values: int, **named: int) -> Scenario:
        return lambda where: scenario(made(server.schema()), where, *values, **named)

    yield from with_some_faults(server, scale)
    yield "races", at(races.published_and_waited, rounds=scale.rounds)
    yield "races", at(races.claimed_and_released, rounds=scale.rounds)
    yield "kill", at(killing.killed, scale.kills)
    yield "freeze", at(killing.frozen, scale.freezes)
    yield "clock", at(killing.misled, scale.jumps)
    yield "cut", partial(servers.cut, server, cuts=scale.cuts)
    yield "stop", partial(servers.stopped, server, stops=scale.stops)
    yield "writers", at(writers.contended, instances=1, each=scale.each)
    yield "writers", at(writers.contended, instances=4, each=scale.each)
    yield "writers", at(writers.contended, instances=1000, each=scale.each)


def ran(scenarios: Iterator[tuple[str, Scenario]], only: Sequence[str]) -> Iterator[Outcome]:
    """Run those that are wanted, telling what came of each."""
    for name, run in scenarios:
        if only and name not in only:
            continue
        with folder() as where:
            outcome = run(where)
        print(outcome.told(), flush=True)
        yield outcome


def main() -> int:
    """Run, report, and say by the exit whether everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000, help="on each store; the rest is in proportion")
    parser.add_argument("--only", action="append", default=[], help="a scenario by name; may be repeated")
    parser.add_argument("--store", choices=("memory", "sqlite", "postgres"), help="on this store alone")
    parser.add_argument("--json", type=Path, default=Path("build/chaos.json"), help="where to write the figures")
    parser.add_argument("--page", type=Path, help="the page to write the table into")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # no process is left behind
    scale = scale_of(given.kills)
    outcomes: list[Outcome] = []
    skipped: list[str] = []
    run = Run(given.kills)
    if given.store in (None, "memory"):
        outcomes += ran(in_memory(scale), given.only)
    if given.store in (None, "sqlite"):
        outcomes += ran(on_sqlite(scale), given.only)
    if given.store in (None, "postgres"):
        with servers.own_server() as server:
            if server is None:
                skipped.append(_NO_SERVER)
            else:
                run = run._replace(server=server.version)
                outcomes += ran(on_postgres(server, scale), given.only)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(as_json(outcomes, skipped, run), encoding="utf-8")
    if given.page is not None:
        into_page(given.page, as_table(outcomes, skipped, run))
    failed = [one for one in outcomes if not one.ok]
    print(f"{len(outcomes)} runs, {len(failed)} failed; {', '.join(skipped) or 'nothing left out'}")
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
