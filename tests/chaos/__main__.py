"""Break things and look: ``python -m tests.chaos [--kills N] [--only NAME] [--store NAME] [--page PATH]``.

Each scenario runs on a place of its own, and one checker looks at what is left. Three kinds run side by side, for they
measure nothing: on each store, the faults of single calls, and the simulated seeds; on each store, what is done to a crew
other than kills. Kills, races and writers have the machine to themselves. What may never be here: a scenario that spares
the store because it failed before.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.chaos import beds, copies, enumerated, killing, races, seeds, servers, writers
from tests.chaos.beds import InFile, InMemory, OnServer
from tests.chaos.beside import Listed, Scenario, ran
from tests.chaos.lives import LIFE
from tests.chaos.places import SqliteFile, made
from tests.chaos.report import Run, as_json, as_table, into_page
from tests.chaos.scenario import Outcome

_STORES = ("memory", "sqlite", "postgres")
_NO_SERVER = "PostgreSQL: initdb is neither on the path nor under /usr/lib/postgresql"
_CALLS, _CREWS = "calls", "crews"
"""The groups of what runs side by side."""

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


At = Callable[..., Scenario]


def call_by_call(scale: Scale, stores: Sequence[str], server: servers.OwnServer | None) -> Iterator[Listed]:
    """What goes wrong in single calls, and what comes at the same instant."""
    if "memory" in stores:
        yield from with_faults(scale, "memory", lambda where: InMemory())
    if "sqlite" in stores:
        yield from with_faults(scale, "sqlite", InFile)
        yield from racing(scale, _in_file)
    if server is not None:
        if scale.whole:
            yield from with_faults(scale, "postgres", lambda where: OnServer(server.url))
        else:  # each fault costs a connection
            some = partial(enumerated.single_faults, stories=[LIFE], step=8)
            yield Listed("faults", lambda where: some(OnServer(server.url)), _CALLS, "postgres")
        yield from racing(scale, _on(server))


def with_faults(scale: Scale, store: str, place_in: Callable[[Path], beds.Place]) -> Iterator[Listed]:
    """Faults one by one, and two by two."""
    singles, pairs = enumerated.single_faults, enumerated.pairs_of_faults
    if not scale.whole:
        singles = partial(singles, stories=[LIFE])
        pairs = partial(pairs, parts=_SAMPLED_PARTS, most=1)
    yield Listed("faults", lambda where: singles(place_in(where)), _CALLS, store)
    yield Listed("pairs", lambda where: pairs(place_in(where)), _CALLS, store)


def racing(scale: Scale, at: At) -> Iterator[Listed]:
    """Two who come at the same instant."""
    yield Listed("races", at(races.published_and_waited, rounds=scale.rounds))
    yield Listed("races", at(races.claimed_and_released, rounds=scale.rounds))


def under_load(scale: Scale, stores: Sequence[str], server: servers.OwnServer | None) -> Iterator[Listed]:
    """What is done to a crew at work."""
    if "sqlite" in stores:
        yield from to_workers(scale, "sqlite", _in_file)
        yield Listed("full", _in_file(copies.filled, scale.fills), _CREWS, "sqlite")
        yield Listed("copy", _in_file(copies.copied_frozen, scale.copies), _CREWS, "sqlite")
        yield Listed("backup", _in_file(copies.copied_live, scale.copies), _CREWS, "sqlite")
        yield from by_writers(scale, _in_file)
        yield Listed("processes", _in_file(writers.contended, instances=4, each=scale.each, processes=8))
    if server is not None:
        yield from to_workers(scale, "postgres", _on(server))
        yield Listed("cut", partial(servers.cut, server, cuts=scale.cuts), _CREWS, "postgres")
        yield Listed("stop", partial(servers.stopped, server, stops=scale.stops), _CREWS, "postgres")
        yield from by_writers(scale, _on(server))


def to_workers(scale: Scale, store: str, at: At) -> Iterator[Listed]:
    """What is done to workers; after a kill it is measured how soon others take over."""
    yield Listed("kill", at(killing.killed, scale.kills))
    yield Listed("freeze", at(killing.frozen, scale.freezes), _CREWS, store)
    yield Listed("clock", at(killing.misled, scale.jumps), _CREWS, store)


def by_writers(scale: Scale, at: At) -> Iterator[Listed]:
    """Many writers on few instances."""
    for instances in (1, 4, 1000):
        yield Listed("writers", at(writers.contended, instances=instances, each=scale.each))


def _in_file(scenario: Callable[..., Outcome], *values: int, **named: int) -> Scenario:
    return lambda where: scenario(made(SqliteFile(str(where / "run.db"))), where, *values, **named)


def _on(server: servers.OwnServer) -> At:
    def at(scenario: Callable[..., Outcome], *values: int, **named: int) -> Scenario:
        return lambda where: scenario(made(servers.schema_of(server)), where, *values, **named)

    return at


def everything(scale: Scale, stores: Sequence[str], server: servers.OwnServer | None) -> Iterator[Listed]:
    """All scenarios of some stores, in the order of the report."""
    yield from call_by_call(scale, stores, server)
    yield from under_load(scale, stores, server)
    if "memory" in stores:
        yield Listed("seeds", lambda where: seeds.simulated(scale.seeds), _CALLS, "seeds")


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
    began = time.monotonic()
    found: dict[int, Outcome] = {}
    skipped: list[str] = []
    run = Run(given.kills)
    stores = [given.store] if given.store else _STORES
    with servers.own_server() if "postgres" in stores else nullcontext() as server:
        if server is not None:
            run = run._replace(server=server.version)
        elif "postgres" in stores:
            skipped.append(_NO_SERVER)
        listed = [
            one for one in everything(scale_of(given.kills), stores, server) if not given.only or one.name in given.only
        ]
        with closing(ran(listed)) as outcomes:
            for place, outcome in outcomes:
                print(outcome.told(), flush=True)
                found[place] = outcome
                run = run._replace(seconds=time.monotonic() - began)
                written(given, [found[one] for one in sorted(found)], skipped, run)  # whatever happens to this process
    failed = [one for one in found.values() if not one.ok]
    print(f"{len(found)} runs, {len(failed)} failed; {', '.join(skipped) or 'nothing left out'}")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
