"""Measure speed: ``python -m tests.bench [--quick] [--only WORD] [--log PATH] [--json PATH] [--page PATH]``.

Each row sets telic beside what it is compared with, A B B A in one process or between two, and
shows the median of the ratios with their spread. A comparison goes on until its time is used. What
may never be here: an assertion about a time.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import anyio
from anyio import to_thread

from tests.bench import counts, postgres
from tests.bench.against_dbos import CASES as DBOS_CASES
from tests.bench.against_dbos import against_dbos
from tests.bench.against_psycopg import against_psycopg
from tests.bench.bank_log import bank_log
from tests.bench.claiming import claiming
from tests.bench.crew import crews
from tests.bench.durable_peers import against_engines
from tests.bench.exploring import exploring
from tests.bench.homes import homes
from tests.bench.importing import importing
from tests.bench.latency import latencies, places
from tests.bench.machines import against_machines
from tests.bench.measure import Rounds, Row
from tests.bench.memory import memory
from tests.bench.plots import drawn, pictured
from tests.bench.queues import Servers, against_queues
from tests.bench.report import Part, as_json, as_tables, into_page, kept
from tests.bench.sizes import deadlines, instances, journals
from tests.bench.sqlite import CASES, GROUP, durable, hot, one_instance
from tests.bench.storage import storage
from tests.bench.weight import weights
from tests.bench.where import about
from tests.services import postgres_or_none

_LOG = "TELIC_BENCH_LOG"
_PICTURES = "../pictures"


class Scale(NamedTuple):
    """How much is measured.

    Attributes:
        rounds: How often each comparison is made at least.
        seconds: How long each may take.
        steps: How many steps a side takes in a round, where many are under way at once.
        single: How many, where each waits for the one before.
        items: How large the explored graph is.
        held: How many instances there are, size by size.
        journals: How many records an instance has, length by length.
        claimed: How many intents are open.
        open: How many deadlines are open.
        asked: How often a latency is taken.
        idle_seconds: How long an idle worker is watched.
        crews: How many worker processes there are, besides one.
        cases: How many cases of the bank's log are read.
        dbos: How many of the cases beside DBOS are measured.
        log: Where the bank's log is, if it was given.
        counts: Whether instructions are counted.
    """

    rounds: int
    seconds: float
    steps: int
    single: int
    items: int
    held: tuple[int, ...]
    journals: tuple[int, ...]
    claimed: int
    open: int
    asked: int
    idle_seconds: float
    crews: tuple[int, ...]
    cases: int
    dbos: int = len(DBOS_CASES)
    log: Path | None = None
    counts: bool = False

    @property
    def turns(self) -> Rounds:
        """How often two sides take turns."""
        return Rounds(self.rounds, self.seconds)


FULL = Scale(
    rounds=5,
    seconds=12,
    steps=4000,
    single=400,
    items=8,
    held=(100_000, 1_000_000),
    journals=(1_000, 100_000),
    claimed=1_000_000,
    open=1_000_000,
    asked=50,
    idle_seconds=10,
    crews=(2, 4),
    cases=100_000,
    counts=True,
)
QUICK = Scale(
    rounds=2,
    seconds=1,
    steps=500,
    single=100,
    items=6,
    held=(20_000,),
    journals=(1_000,),
    claimed=20_000,
    open=20_000,
    asked=10,
    idle_seconds=2,
    crews=(2,),
    cases=100,
)


async def in_memory(scale: Scale) -> AsyncIterator[Row]:
    """Compare a step with the bare transition."""
    yield await memory(scale.turns, scale.steps)
    yield await memory(scale.turns, scale.steps, kept=True)
    yield await memory(scale.turns, scale.steps, named=True)


async def on_sqlite(scale: Scale) -> AsyncIterator[Row]:
    """Compare steps with the statements by hand."""
    for case in CASES:
        for row in await durable(case, scale.turns, scale.single if case.callers == 1 else scale.steps):
            yield row
    for case in CASES:
        if case.durability == "full" and case.callers in (1, GROUP):
            yield await hot(case, scale.turns, 5 * scale.single if case.callers == 1 else scale.steps)
    yield await one_instance(scale.turns, 500)


async def on_postgres(scale: Scale) -> AsyncIterator[Row]:
    """Compare steps with the statements by hand."""
    url = postgres_or_none()
    for case in postgres.CASES:
        count = scale.single if case.callers == 1 else scale.steps
        yield await postgres.against_driver(url, case, scale.turns, count)
    async for row in against_psycopg(url, scale.turns, scale.single, scale.steps):
        yield row


async def beside_machines(scale: Scale) -> AsyncIterator[Row]:
    """Compare steps in memory with those of state machine libraries."""
    async for row in against_machines(scale.turns.lasting(0.5), min(scale.steps, 1000)):
        yield row


async def beside_dbos(scale: Scale) -> AsyncIterator[Row]:
    """Compare durable steps with those of DBOS Transact."""
    async for row in against_dbos(postgres_or_none(), min(scale.rounds, 5), DBOS_CASES[: scale.dbos]):
        yield row


async def beside_engines(scale: Scale) -> AsyncIterator[Row]:
    """Compare durable steps with those of other engines."""
    async for row in against_engines(scale.turns, scale.single):
        yield row


async def beside_queues(scale: Scale) -> AsyncIterator[Row]:
    """Compare the way from outbox to handler and back with that through queues."""
    jobs, hops = max(scale.single // 2, 2), 2 * scale.asked
    async for row in against_queues(Servers(postgres_or_none()), scale.turns, jobs, hops):
        yield row


async def worker(scale: Scale) -> AsyncIterator[Row]:
    """Measure claims, latency, and what idling costs."""
    url = postgres_or_none()
    for home in homes(url):
        yield await claiming(home, scale.claimed, scale.turns)
    for place in places(url):
        async for row in latencies(place, scale.asked, scale.idle_seconds):
            yield row


async def many(scale: Scale) -> AsyncIterator[Row]:
    """Measure steps where there is much else, and several worker processes."""
    for home in homes(postgres_or_none()):
        async for row in instances(home, scale.held, scale.turns.lasting(2)):
            yield row
        async for row in journals(home, scale.journals, scale.turns):
            yield row
        yield await deadlines(home, scale.open, scale.turns)
        async for row in crews(home, scale.turns.lasting(2), scale.steps, scale.crews):
            yield row


async def sizes(scale: Scale) -> AsyncIterator[Row]:
    """Measure bytes, on disk and in memory."""
    for home in homes(postgres_or_none()):
        async for row in storage(home, max(scale.steps, 100)):
            yield row
    async for row in weights(max(10 * scale.steps, 100)):
        yield row


async def exploration(scale: Scale) -> AsyncIterator[Row]:
    """Measure exploration."""
    for row in exploring(scale.turns.at_most(5), scale.items):
        yield row


async def start_up(scale: Scale) -> AsyncIterator[Row]:
    """Measure imports."""
    for row in importing(scale.turns):
        yield row


async def real_log(scale: Scale) -> AsyncIterator[Row]:
    """Measure a log from end to end."""
    async for row in bank_log(scale.log, scale.cases, scale.rounds):
        yield row


async def counted(scale: Scale) -> AsyncIterator[Row]:
    """Count instructions, and make that the record."""
    name = "the instructions of a step"
    if not scale.counts:
        yield Row(name, [], absent="a short run does not count; `make count` does")
        return
    try:
        now = await to_thread.run_sync(counts.count, postgres_or_none())
    except counts.Uncounted as why:
        yield Row(name, [], absent=str(why))
        return
    for line, dearer in counts.compared(now, counts.read()):
        print(f"    {line}{'  DEARER than the record' if dearer else ''}", flush=True)
    counts.write(now)
    for row in counts.rows(now):
        yield row


Measure: TypeAlias = Callable[[Scale], AsyncIterator[Row]]
PARTS: dict[str, Measure] = {
    "In memory: what a step costs, as a multiple (less is better)": in_memory,
    "On SQLite: the share of the speed of raw statements (more is better)": on_sqlite,
    "On PostgreSQL: how many times as fast as the driver by hand (more is better)": on_postgres,
    "State machine libraries: how many times as fast (more is better)": beside_machines,
    "DBOS Transact: how many times as fast (more is better)": beside_dbos,
    "Workflow engines: how many times as fast (more is better)": beside_engines,
    "Queues: how many times as fast from outbox to handler and back (more is better)": beside_queues,
    "The worker (less is better)": worker,
    "Scale: much of it, and how much telic minds": many,
    "Size: how many bytes a step and an instance take": sizes,
    "A real log, from end to end": real_log,
    "Exploration": exploration,
    "Start-up: what an import costs, as a multiple (less is better)": start_up,
    "Counted: thousands of instructions for one step (less is better)": counted,
}
PLAN: dict[Measure, tuple[float, float]] = {
    in_memory: (0.7, 5),
    on_sqlite: (4, 30),
    on_postgres: (3.5, 35),
    beside_machines: (1.5, 30),
    beside_dbos: (6, 25),
    beside_engines: (1, 15),
    beside_queues: (5, 45),
    worker: (4, 30),
    many: (11, 40),
    sizes: (1, 10),
    real_log: (6, 10),
    exploration: (2, 10),
    start_up: (0.7, 5),
    counted: (2.5, 0.1),
}
"""How many minutes a part is expected to take, and how many seconds with ``--quick``."""


async def printed(parts: Mapping[str, Measure], scale: Scale) -> AsyncIterator[Part]:
    """Print each row as it is done; return part by part."""
    for heading, part in parts.items():
        print(heading, flush=True)
        where, rows = await about(postgres_or_none()), []
        began = last = time.monotonic()
        async for row in part(scale):
            now = time.monotonic()
            print(f"  {row}  {now - last:3.0f} s", flush=True)
            last = now
            rows.append(row._replace(load=round(os.getloadavg()[0], 1)))
        minutes = (time.monotonic() - began) / 60
        print(f"  ({minutes:.1f} minutes)", flush=True)
        yield Part(heading, {**where, "minutes": round(minutes, 1)}, rows)


def chosen_parts(words: Sequence[str]) -> dict[str, Measure]:
    """Return the parts whose headings have one of these words; all, where there is none."""
    return {
        heading: part
        for heading, part in PARTS.items()
        if not words or any(word.casefold() in heading.casefold() for word in words)
    }


def plan(parts: Mapping[str, Measure], *, quick: bool) -> str:
    """Return which parts are to be measured, and how long that should take."""
    lines, total = [], 0.0
    for heading, part in parts.items():
        minutes, seconds = PLAN.get(part, (0.0, 0.0))
        expected = seconds / 60 if quick else minutes
        total += expected
        lines.append(f"  {expected:5.1f}  {heading}" if expected else f"      ?  {heading}")
    return "\n".join(["Minutes that this should take:", *lines, f"  {total:5.1f}  in all"])


async def measured(chosen: argparse.Namespace) -> None:
    """Measure part by part, and write down what is there after each; parts that are not run stay as they were."""
    found = {one.heading: one for one in kept(chosen.json.read_text(encoding="utf-8"))} if chosen.only else {}
    parts = chosen_parts(chosen.only)
    print(plan(parts, quick=chosen.quick), flush=True)
    scale = (QUICK if chosen.quick else FULL)._replace(log=chosen.log)
    async for part in printed(parts, scale):
        found[part.heading] = part
        written([found[heading] for heading in PARTS if heading in found], chosen)
    there = [found[heading] for heading in PARTS if heading in found]
    if chosen.page is not None and chosen.plots:
        print(f"pictures: {drawn(there, chosen.page.parent / _PICTURES) or 'drawn'}")
        written(there, chosen)


def written(parts: Sequence[Part], chosen: argparse.Namespace) -> None:
    """Write down what is there: the figures, and the page, with the pictures that there are."""
    chosen.json.write_text(as_json(parts), encoding="utf-8")
    if chosen.page is not None:
        into_page(chosen.page, as_tables(parts, pictures(parts, chosen.page)))


def pictures(parts: Sequence[Part], page: Path) -> dict[str, list[tuple[str, str]]]:
    """Return title and path of each picture, as the page names it."""
    there = pictured(parts, page.parent / _PICTURES)
    return {heading: [(title, f"{_PICTURES}/{file}") for title, file in some] for heading, some in there.items()}


def asked() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure speed, side by side in one run."
    )
    parser.add_argument("--quick", action="store_true", help="less time for each comparison, smaller stores")
    parser.add_argument(
        "--only", action="append", default=[], help="only the parts with this word in their heading; others are kept"
    )
    parser.add_argument("--json", type=Path, help="where to write the figures; by default beside the page, or in build")
    parser.add_argument("--log", type=Path, help=f"the event log of a bank; else what {_LOG} names, if it is set")
    parser.add_argument("--page", type=Path, help="the page to write the tables into")
    parser.add_argument("--plots", action="store_true", help="draw pictures of the figures, for the page")
    chosen = parser.parse_args()
    if chosen.quick and chosen.page is not None and chosen.json is None:
        parser.error("expected --json with --quick and --page, got none; do keep short runs apart from long ones")
    if chosen.log is None and os.environ.get(_LOG):
        chosen.log = Path(os.environ[_LOG])
    if chosen.log is not None and not chosen.log.is_file():
        parser.error(f"expected a log, got no file: {chosen.log}")
    if chosen.json is None:
        here = Path("build") / ("bench-quick.json" if chosen.quick else "bench.json")
        chosen.json = here if chosen.page is None else chosen.page.with_suffix(".json")
    return chosen


def main() -> None:
    """Measure, print the table, and write it as JSON, and into a page."""
    chosen = asked()
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    if chosen.only and not chosen.json.exists():
        chosen.json.write_text("[]", encoding="utf-8")
    postgres_or_none()  # it looks once, and needs a loop of its own
    anyio.run(measured, chosen)
    print(f"written to {chosen.json}")


if __name__ == "__main__":
    main()
