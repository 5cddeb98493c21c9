"""Measure speed: ``python -m tests.bench [--quick] [--json PATH]``.

Each row sets telic beside the bare work that it cannot do without, A B B A in one process,
and shows the median of the ratios with their spread. What may never be here: an assertion
about a time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import anyio
import pydantic

from tests.bench.exploring import exploring
from tests.bench.importing import importing
from tests.bench.measure import Row, at_least
from tests.bench.memory import memory
from tests.bench.sqlite import CASES, durable, hot, journal_length, one_instance, sizes


class Scale(NamedTuple):
    """How much is measured."""

    rounds: int
    steps: int
    single: int
    held: tuple[int, ...]
    journal: int
    items: int


FULL = Scale(rounds=9, steps=4000, single=400, held=(100_000, 1_000_000), journal=10_000, items=9)
QUICK = Scale(rounds=5, steps=1000, single=300, held=(100_000,), journal=10_000, items=8)


async def measured(scale: Scale) -> AsyncIterator[Row]:
    """Make every comparison, one after the other."""
    rounds = scale.rounds
    yield await memory(rounds, scale.steps)
    yield await memory(rounds, scale.steps, kept=True)
    yield await memory(rounds, scale.steps, named=True)
    for case in CASES:
        yield await durable(case, rounds, scale.single if case.callers == 1 else scale.steps)
    yield await hot("inline", rounds, scale.steps, at_least(0.6))
    yield await hot("thread", rounds, scale.steps, at_least(0.5))
    for held in scale.held:
        yield await sizes(1000, held, min(rounds, 5), scale.steps)
    yield await one_instance(rounds, 500)
    yield await journal_length(rounds, scale.journal)
    for row in exploring(min(rounds, 3), scale.items):
        yield row
    for row in importing(2 * rounds + 1):
        yield row


async def printed(scale: Scale) -> list[Row]:
    """Print each row as it is done; return them all."""
    rows: list[Row] = []
    async for row in measured(scale):
        print(row, flush=True)
        rows.append(row)
    return rows


def main() -> None:
    """Measure, print the table, and write it as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure speed, side by side in one run."
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller stores")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where to write the figures")
    chosen = parser.parse_args()
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "pydantic": pydantic.VERSION,
        "sqlite": sqlite3.sqlite_version,
        "processors": os.cpu_count(),
    }
    print("  ".join(f"{name} {value}" for name, value in about.items()))
    rows = anyio.run(printed, QUICK if chosen.quick else FULL)
    figures = [
        {
            "name": row.name,
            "median": row.median,
            "ratios": row.ratios,
            "goal": row.goal and str(row.goal),
            "verdict": row.verdict,
        }
        for row in rows
    ]
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps({"about": about, "rows": figures}, indent=2) + "\n", encoding="utf-8")
    print(f"written to {chosen.json}")


if __name__ == "__main__":
    main()
