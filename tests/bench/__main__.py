"""Measure speed: ``python -m tests.bench [--quick] [--only WORD] [--json PATH] [--page PATH]``.

Each row sets telic beside what it is compared with, A B B A in one process or between two, and
shows the median of the ratios with their spread. What may never be here: an assertion about a
time.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import anyio
import asyncpg  # type: ignore[import-untyped]
import pydantic

from tests.bench import postgres
from tests.bench.against_dbos import CASES as DBOS_CASES
from tests.bench.against_dbos import against_dbos
from tests.bench.claiming import claiming_postgres, claiming_sqlite
from tests.bench.exploring import exploring
from tests.bench.importing import importing
from tests.bench.latency import latencies, places
from tests.bench.measure import Row, at_least
from tests.bench.memory import memory
from tests.bench.report import Part, as_json, as_tables, into_page, kept
from tests.bench.sqlite import CASES, durable, hot, journal_length, one_instance, sizes
from tests.services import postgres_or_none


class Scale(NamedTuple):
    """How much is measured."""

    rounds: int
    steps: int
    single: int
    held: tuple[int, ...]
    journal: int
    items: int
    claimed: int
    asked: int
    idle_seconds: float
    dbos: int = len(DBOS_CASES)


FULL = Scale(9, 4000, 400, (100_000, 1_000_000), 10_000, 9, 1_000_000, 50, 10)
QUICK = Scale(5, 1000, 300, (100_000,), 10_000, 8, 100_000, 15, 3)


async def in_memory(scale: Scale) -> AsyncIterator[Row]:
    """Compare a step with the bare transition."""
    yield await memory(scale.rounds, scale.steps)
    yield await memory(scale.rounds, scale.steps, kept=True)
    yield await memory(scale.rounds, scale.steps, named=True)


async def on_sqlite(scale: Scale) -> AsyncIterator[Row]:
    """Compare steps with the statements by hand."""
    for case in CASES:
        yield await durable(case, scale.rounds, scale.single if case.callers == 1 else scale.steps)
    yield await hot("inline", scale.rounds, scale.steps, at_least(0.6))
    yield await hot("thread", scale.rounds, scale.steps, at_least(0.5))
    for held in scale.held:
        yield await sizes(1000, held, min(scale.rounds, 5), scale.steps)
    yield await one_instance(scale.rounds, 500)
    yield await journal_length(scale.rounds, scale.journal)


async def on_postgres(scale: Scale) -> AsyncIterator[Row]:
    """Compare steps with the statements by hand."""
    url = postgres_or_none()
    for case in postgres.CASES:
        count = scale.single if case.callers == 1 else scale.steps
        yield await postgres.against_driver(url, case, scale.rounds, count)


async def beside_dbos(scale: Scale) -> AsyncIterator[Row]:
    """Compare durable steps with those of DBOS Transact."""
    async for row in against_dbos(postgres_or_none(), min(scale.rounds, 5), DBOS_CASES[: scale.dbos]):
        yield row


async def worker(scale: Scale) -> AsyncIterator[Row]:
    """Measure claims, latency, and what idling costs."""
    url = postgres_or_none()
    yield await claiming_sqlite(scale.claimed, scale.rounds)
    yield await claiming_postgres(url, scale.claimed, scale.rounds)
    for place in places(url):
        async for row in latencies(place, scale.asked, scale.idle_seconds):
            yield row


async def other(scale: Scale) -> AsyncIterator[Row]:
    """Measure exploration and import."""
    for row in exploring(min(scale.rounds, 3), scale.items):
        yield row
    for row in importing(2 * scale.rounds + 1):
        yield row


PARTS: dict[str, Callable[[Scale], AsyncIterator[Row]]] = {
    "In memory: what a step costs, as a multiple (less is better)": in_memory,
    "On SQLite: the share of the speed of raw statements (more is better)": on_sqlite,
    "On PostgreSQL: how many times as fast as the driver by hand (more is better)": on_postgres,
    "DBOS Transact: how many times as fast (more is better)": beside_dbos,
    "The worker (less is better)": worker,
    "Exploration and import": other,
}


async def printed(scale: Scale, only: str) -> AsyncIterator[Part]:
    """Print each row as it is done; return part by part."""
    for heading, part in PARTS.items():
        if only.casefold() not in heading.casefold():
            continue
        print(heading, flush=True)
        where, rows = await about(), []
        async for row in part(scale):
            print(f"  {row}", flush=True)
            rows.append(row)
        yield Part(heading, where, rows)


async def measured(chosen: argparse.Namespace) -> None:
    """Measure part by part, and write down what is there after each; parts that are not run stay as they were."""
    found = {one.heading: one for one in kept(chosen.json.read_text(encoding="utf-8"))} if chosen.only else {}
    async for part in printed(QUICK if chosen.quick else FULL, chosen.only):
        found[part.heading] = part
        parts = [found[heading] for heading in PARTS if heading in found]
        chosen.json.write_text(as_json(parts), encoding="utf-8")
        if chosen.page is not None:
            into_page(chosen.page, as_tables(parts))


async def about() -> dict[str, object]:
    """Return where this is measured."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "Python": platform.python_version(),
        "Pydantic": pydantic.VERSION,
        "SQLite": sqlite3.sqlite_version,
        "asyncpg": asyncpg.__version__,
        "PostgreSQL": await postgres.server_version(postgres_or_none()),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Measure, print the table, and write it as JSON, and into a page."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure speed, side by side in one run."
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller stores")
    parser.add_argument("--only", default="", help="only the parts with this word in their heading; others are kept")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where to write the figures")
    parser.add_argument("--page", type=Path, help="the page to write the tables into")
    chosen = parser.parse_args()
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    if chosen.only and not chosen.json.exists():
        chosen.json.write_text("[]", encoding="utf-8")
    postgres_or_none()  # it looks once, and needs a loop of its own
    anyio.run(measured, chosen)
    print(f"written to {chosen.json}")


if __name__ == "__main__":
    main()
