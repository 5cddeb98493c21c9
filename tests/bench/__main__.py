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

from tests.bench import postgres
from tests.bench.against_dbos import CASES as DBOS_CASES
from tests.bench.against_dbos import against_dbos
from tests.bench.claiming import claiming_postgres, claiming_sqlite
from tests.bench.exploring import exploring
from tests.bench.importing import importing
from tests.bench.latency import latencies, places
from tests.bench.measure import Rounds, Row, at_least
from tests.bench.memory import memory
from tests.bench.report import Part, as_json, as_tables, into_page, kept
from tests.bench.sqlite import CASES, durable, hot, one_instance
from tests.bench.where import about
from tests.services import postgres_or_none


class Scale(NamedTuple):
    """How much is measured.

    Attributes:
        rounds: How often each comparison is made at least.
        seconds: How long each may take.
        steps: How many steps a side takes in a round, where many are under way at once.
        single: How many, where each waits for the one before.
        items: How large the explored graph is.
        claimed: How many intents are open.
        asked: How often a latency is taken.
        idle_seconds: How long an idle worker is watched.
        dbos: How many of the cases beside DBOS are measured.
    """

    rounds: int
    seconds: float
    steps: int
    single: int
    items: int
    claimed: int
    asked: int
    idle_seconds: float
    dbos: int = len(DBOS_CASES)

    @property
    def turns(self) -> Rounds:
        """How often two sides take turns."""
        return Rounds(self.rounds, self.seconds)


FULL = Scale(rounds=5, seconds=12, steps=4000, single=400, items=9, claimed=1_000_000, asked=50, idle_seconds=10)
QUICK = Scale(rounds=2, seconds=1, steps=500, single=100, items=7, claimed=100_000, asked=10, idle_seconds=2)


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
    yield await hot("inline", scale.turns, scale.steps, at_least(0.6))
    yield await hot("thread", scale.turns, scale.steps, at_least(0.5))
    yield await one_instance(scale.turns, 500)


async def on_postgres(scale: Scale) -> AsyncIterator[Row]:
    """Compare steps with the statements by hand."""
    url = postgres_or_none()
    for case in postgres.CASES:
        count = scale.single if case.callers == 1 else scale.steps
        yield await postgres.against_driver(url, case, scale.turns, count)


async def beside_dbos(scale: Scale) -> AsyncIterator[Row]:
    """Compare durable steps with those of DBOS Transact."""
    async for row in against_dbos(postgres_or_none(), min(scale.rounds, 5), DBOS_CASES[: scale.dbos]):
        yield row


async def worker(scale: Scale) -> AsyncIterator[Row]:
    """Measure claims, latency, and what idling costs."""
    url = postgres_or_none()
    yield await claiming_sqlite(scale.claimed, scale.turns)
    yield await claiming_postgres(url, scale.claimed, scale.turns)
    for place in places(url):
        async for row in latencies(place, scale.asked, scale.idle_seconds):
            yield row


async def exploration(scale: Scale) -> AsyncIterator[Row]:
    """Measure exploration."""
    for row in exploring(scale.turns.at_most(5), scale.items):
        yield row


async def start_up(scale: Scale) -> AsyncIterator[Row]:
    """Measure imports."""
    for row in importing(scale.turns):
        yield row


Measure: TypeAlias = Callable[[Scale], AsyncIterator[Row]]
PARTS: dict[str, Measure] = {
    "In memory: what a step costs, as a multiple (less is better)": in_memory,
    "On SQLite: the share of the speed of raw statements (more is better)": on_sqlite,
    "On PostgreSQL: how many times as fast as the driver by hand (more is better)": on_postgres,
    "DBOS Transact: how many times as fast (more is better)": beside_dbos,
    "The worker (less is better)": worker,
    "Exploration": exploration,
    "Start-up: what an import costs, as a multiple (less is better)": start_up,
}
PLAN: dict[Measure, tuple[float, float]] = {
    in_memory: (0.7, 5),
    on_sqlite: (5, 30),
    on_postgres: (2, 15),
    worker: (3, 30),
    exploration: (1, 5),
    start_up: (0.7, 5),
}
"""How many minutes a part is expected to take, and how many seconds with ``--quick``."""


async def printed(parts: Mapping[str, Measure], scale: Scale) -> AsyncIterator[Part]:
    """Print each row as it is done; return part by part."""
    for heading, part in parts.items():
        print(heading, flush=True)
        where, rows, began = await about(postgres_or_none()), [], time.monotonic()
        async for row in part(scale):
            print(f"  {row}", flush=True)
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
    async for part in printed(parts, QUICK if chosen.quick else FULL):
        found[part.heading] = part
        there = [found[heading] for heading in PARTS if heading in found]
        chosen.json.write_text(as_json(there), encoding="utf-8")
        if chosen.page is not None:
            into_page(chosen.page, as_tables(there))


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
    parser.add_argument("--page", type=Path, help="the page to write the tables into")
    chosen = parser.parse_args()
    if chosen.quick and chosen.page is not None and chosen.json is None:
        parser.error("expected --json with --quick and --page, got none; do keep short runs apart from long ones")
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
