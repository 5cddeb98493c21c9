"""Measure speed: ``python -m tests.bench [--quick] [--json PATH]``.

Each row sets telic beside the bare work it cannot do without, A B A B in one process, and
shows the median of the ratios with their spread. What may never be here: an assertion.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import anyio
import pydantic

from telic import WorkflowId, WorkflowRuntime
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.bench.order import BeginOrder, Line, NoteCall, OrderId, OrderPaid, PayOrder, order

BEGIN = BeginOrder(
    order_id=OrderId("o-1"), lines=(Line(sku="book", price=Decimal("12.5")), Line(sku="pen", price=Decimal("1.2")))
)
NOTE = NoteCall()
PAY = PayOrder(amount=Decimal("13.7"))


class Row(NamedTuple):
    """One comparison."""

    name: str
    goal: str
    ratios: list[float]
    met: bool

    @property
    def median(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a piece of work takes, with the collector at rest."""
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    work()
    took = time.perf_counter() - began
    gc.enable()
    return took


async def timed_async(work: Callable[[], Awaitable[object]]) -> float:
    """Return the seconds that an awaitable piece of work takes."""
    gc.collect()
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def memory(rounds: int, count: int) -> Row:
    """Compare a step on the memory store with the bare construction of its state and intent."""
    ids = [WorkflowId(f"o-{number}") for number in range(count)]
    first, _ = order.states[0].begin(BEGIN)  # type: ignore[attr-defined]
    ratios: list[float] = []
    for _ in range(rounds):
        runtime = WorkflowRuntime(machine=order, store=MemoryStore(order))
        for id in ids:
            await runtime.run_step(id, BEGIN)

        async def steps(runtime: WorkflowRuntime[pydantic.BaseModel, PayOrder] = runtime) -> None:  # type: ignore[assignment]
            for id in ids:
                await runtime.run_step(id, PAY)

        gc.disable()
        telic = await timed_async(steps)
        bare = timed(lambda: [first.pay(PAY) and None for _ in ids])
        ratios.append(telic / bare)
    return Row("memory: run_step / bare transition", "<= 2", ratios, statistics.median(ratios) <= 2)


RAW = (
    "SELECT revision, kind, version, status, state, rest, key, parent, started_us, at_us FROM telic_instance"
    " WHERE tenant='' AND machine='order' AND id=?",
    "UPDATE telic_instance SET revision=2, kind='paid', state=?, at_us=? WHERE tenant='' AND machine='order' AND id=? AND revision=1",
)


class Raw:
    """The same tables and statements, by hand: read, update, journal, outbox."""

    def __init__(self, path: Path) -> None:
        """Open a file that telic has made and filled."""
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA synchronous=FULL")
        self.journal = self._copy("telic_journal")
        self.outbox = self._copy("telic_outbox")

    def _copy(self, table: str) -> tuple[str, list[object]]:
        """Return an insert for a table and one of its rows as a pattern."""
        cursor = self.connection.execute(f"SELECT * FROM {table} LIMIT 1")
        row = list(cursor.fetchone())
        names = [column[0] for column in cursor.description]
        marks = ", ".join("?" for _ in names)
        return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", [row, names]

    def step(self, id: str, state: bytes) -> None:
        """Do what one step does, inside a transaction."""
        self.connection.execute(RAW[0], (id,)).fetchone()
        self.connection.execute(RAW[1], (state, 1, id))
        for (statement, pattern), changes in (
            (self.journal, {"id": id, "revision": 2}),
            (self.outbox, {"id": id, "intent_id": f"{id}:2:0"}),
        ):
            row, names = pattern
            self.connection.execute(
                statement, [changes.get(name, value) for name, value in zip(names, row, strict=True)]
            )

    def run(self, ids: list[str], group: int) -> None:
        """Do one step for each id, so many in a transaction."""
        state = OrderPaid.__pydantic_serializer__.to_json(order.states[0].begin(BEGIN)[0].pay(PAY)[0])  # type: ignore[attr-defined]
        for at in range(0, len(ids), group):
            self.connection.execute("BEGIN IMMEDIATE")
            for id in ids[at : at + group]:
                self.step(id, state)
            self.connection.execute("COMMIT")


async def filled(path: Path, count: int, commit: str) -> SqliteDatabase:
    """Make a file with so many new orders, and one that is paid as a pattern for the raw rows."""
    database = SqliteDatabase(path, commit=commit)  # type: ignore[arg-type]
    runtime = WorkflowRuntime(machine=order, store=database.store(order))
    await callers(runtime, [WorkflowId(f"o-{number}") for number in range(count)], BEGIN, 200)
    await runtime.run_step(WorkflowId("pattern"), BEGIN)
    await runtime.run_step(WorkflowId("pattern"), PAY)
    return database


async def callers(runtime: object, ids: list[WorkflowId], event: object, width: int) -> None:
    """Send one event to each id, from so many callers."""
    waiting = iter(ids)

    async def caller() -> None:
        for id in waiting:
            await runtime.run_step(id, event)  # type: ignore[attr-defined]

    async with anyio.create_task_group() as group:
        for _ in range(width):
            group.start_soon(caller)


async def durable(commit: str, width: int, goal: float, rounds: int, count: int, held: int = 0) -> Row:
    """Compare steps on SQLite with the same statements by hand, both at synchronous=FULL."""
    ratios: list[float] = []
    group = 1 if width == 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            path = Path(folder) / f"{commit}-{width}-{number}.sqlite"
            database = await filled(path, max(2 * count, held), commit)
            runtime = WorkflowRuntime(machine=order, store=database.store(order))
            ids = [WorkflowId(f"o-{one}") for one in range(2 * count)]
            ours = await timed_async(lambda: callers(runtime, ids[:count], PAY, width))  # noqa: B023
            await database.aclose()
            raw = Raw(path)
            bare = timed(lambda: raw.run([str(one) for one in ids[count:]], group))  # noqa: B023
            raw.connection.close()
            ratios.append(bare / ours)
            path.unlink()
    name = f"SQLite FULL, {commit}, {width} callers / raw in groups of {group}" + (
        f", {held} instances" if held else ""
    )
    return Row(name, f">= {goal}", ratios, statistics.median(ratios) >= goal)


async def one_instance(rounds: int, count: int) -> Row:
    """Compare 64 callers on one instance with single steps that commit one by one."""
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            async with SqliteDatabase(Path(folder) / f"{number}.sqlite") as database:
                runtime = WorkflowRuntime(machine=order, store=database.store(order))
                await runtime.run_step(WorkflowId("hot"), BEGIN)
                hot = [WorkflowId("hot")] * count
                single = await timed_async(lambda: callers(runtime, hot, NOTE, 1))  # noqa: B023
                folded = await timed_async(lambda: callers(runtime, hot, NOTE, 64))  # noqa: B023
            ratios.append(single / folded)
    return Row("64 callers on one instance / one caller", ">= 5", ratios, statistics.median(ratios) >= 5)


async def journal_length(rounds: int, length: int) -> Row:
    """Compare a step of an instance with a long journal with one of a short journal."""
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with SqliteDatabase(Path(folder) / "long.sqlite", commit="inline") as database:
            runtime = WorkflowRuntime(machine=order, store=database.store(order))
            for id in ("long", "short"):
                await runtime.run_step(WorkflowId(id), BEGIN)
            await callers(runtime, [WorkflowId("long")] * length, NOTE, 200)
            for _ in range(rounds):
                long = await timed_async(lambda: callers(runtime, [WorkflowId("long")] * 100, NOTE, 1))
                short = await timed_async(lambda: callers(runtime, [WorkflowId("short")] * 100, NOTE, 1))
                ratios.append(long / short)
    return Row(f"a step after {length} records / after few", "about 1", ratios, statistics.median(ratios) <= 1.2)


def importing(rounds: int) -> Row:
    """Compare the import of telic with that of Pydantic, in fresh processes."""
    lines = ("from telic import State, Machine", "from pydantic import BaseModel, TypeAdapter")
    ratios: list[float] = []
    for _ in range(rounds):
        ours, bare = (timed(lambda: subprocess.run([sys.executable, "-c", line], check=True)) for line in lines)  # noqa: B023
        ratios.append(ours / bare)
    return Row("import telic / import pydantic", "<= 1.15", ratios, statistics.median(ratios) <= 1.15)


async def measured(quick: bool) -> list[Row]:
    """Run every comparison; print each as it is done."""
    rounds, count = (3, 1000) if quick else (7, 3000)
    rows: list[Row] = []

    def add(row: Row) -> None:
        rows.append(row)
        spread = f"{min(row.ratios):.2f} to {max(row.ratios):.2f}"
        print(
            f"{row.name:62}{row.median:8.2f}   ({spread:14}) goal {row.goal:8} {'met' if row.met else 'MISSED'}",
            flush=True,
        )

    add(await memory(rounds, count))
    for commit, width, goal in (
        ("inline", 1, 0.6),
        ("thread", 1, 0.45),
        ("inline", 100, 0.6),
        ("thread", 100, 0.5),
        ("inline", 1000, 0.6),
    ):
        add(await durable(commit, width, goal, rounds, 300 if width == 1 else count))
    for held in (100_000,) if quick else (100_000, 1_000_000):
        add(await durable("inline", 100, 0.6, 1, count, held))
    add(await one_instance(rounds, 500))
    add(await journal_length(rounds, 1000 if quick else 10_000))
    add(importing(rounds))
    return rows


def main() -> None:
    """Measure, print the table, and write it as JSON."""
    parser = argparse.ArgumentParser(description="Measure speed, side by side in one run.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller stores")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where to write the figures")
    chosen = parser.parse_args()
    about = {
        "at": datetime.now(UTC).isoformat(),
        "python": platform.python_version(),
        "pydantic": pydantic.VERSION,
        "sqlite": sqlite3.sqlite_version,
        "processors": os.cpu_count(),
    }
    print("  ".join(f"{name} {value}" for name, value in about.items()))
    rows = anyio.run(measured, chosen.quick)
    figures = [
        {"name": row.name, "goal": row.goal, "met": row.met, "median": row.median, "ratios": row.ratios} for row in rows
    ]
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps({"about": about, "rows": figures}, indent=2) + "\n", encoding="utf-8")
    print(f"written to {chosen.json}")


if __name__ == "__main__":
    main()
