"""How long an idle worker takes to begin with what a step has asked for, and what idling costs.

From the moment in which the step has returned, and so was committed, to the first line of the
handler: in the same process, and in another one. What may never be here: an assertion about a time.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import anyio
import anyio.to_thread

from telic import WorkflowId
from tests.bench.measure import Row, at_most
from tests.bench.order import OrderId
from tests.bench.relay import BeginRelay, Relays, relay
from tests.bench.serving import opened, worker_of
from tests.services import postgres_schema


class Place(NamedTuple):
    """Where it is measured.

    Attributes:
        name: What a reader calls it.
        across: The goal across processes, in milliseconds.
        url: The server; none for a file.
    """

    name: str
    across: float
    url: str = ""


def places(url: str) -> tuple[Place, ...]:
    """Return a file, and the server if there is one."""
    file = Place("SQLite", 60)
    return (file, Place("PostgreSQL", 30, url)) if url else (file,)


async def latencies(place: Place, count: int, idle_seconds: float) -> AsyncIterator[Row]:
    """Measure in process, across processes, and what an idle worker costs."""
    async with _tables(place) as (where, schema):
        name = f"{place.name}: milliseconds from commit to handler"
        yield Row(f"{name}, in process", await _in_process(where, schema, count), at_most(5))
        yield Row(f"{name}, across processes", await _across(where, schema, count), at_most(place.across))
        idle = await anyio.to_thread.run_sync(_idle_percent, where, schema, idle_seconds)
        yield Row(f"{place.name}: an idle worker, per cent of a core", [idle], at_most(1))


@asynccontextmanager
async def _tables(place: Place) -> AsyncIterator[tuple[str, str]]:
    if place.url:
        async with postgres_schema(place.url) as schema:
            yield place.url, schema
        return
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder) / "relay.sqlite"), "-"


async def _in_process(where: str, schema: str, count: int) -> list[float]:
    begun: dict[str, float] = {}
    complete = anyio.Event()

    def note(id: str) -> None:
        begun[id] = time.monotonic()
        if len(begun) == count:
            complete.set()

    async with opened(where, schema) as database, anyio.create_task_group() as group:
        relays = Relays(machine=relay, store=database.store(relay))
        group.start_soon(worker_of(relays, note).run)
        await anyio.sleep(1)
        committed = await _asked(relays, count)
        await complete.wait()
        group.cancel_scope.cancel()
    return [1000 * (begun[id] - at) for id, at in committed.items()]


async def _across(where: str, schema: str, count: int) -> list[float]:
    begun: dict[str, float] = {}
    async with opened(where, schema) as database:
        relays = Relays(machine=relay, store=database.store(relay))
        with _serving(where, schema) as process:
            assert process.stdout is not None
            lines = process.stdout
            assert (await anyio.to_thread.run_sync(lines.readline)).strip() == "ready"
            committed = await _asked(relays, count)
            while len(begun) < count:
                id, at = (await anyio.to_thread.run_sync(lines.readline)).split()
                begun[id] = float(at)
            process.kill()
    return [1000 * (begun[id] - at) for id, at in committed.items()]


async def _asked(relays: Relays, count: int) -> dict[str, float]:
    """Ask for something now and then, at no regular times; return when it was committed."""
    found: dict[str, float] = {}
    for _ in range(count):
        await anyio.sleep(random.uniform(0.05, 0.15))
        id = os.urandom(8).hex()
        result = await relays.run_step(WorkflowId(id), BeginRelay(order_id=OrderId(id), steps=1))
        found[id] = time.monotonic()
        assert result.kind == "started", result
    return found


def _idle_percent(where: str, schema: str, seconds: float) -> float:
    with _serving(where, schema, str(seconds)) as process:
        told, _ = process.communicate()
    return 100 * float(told.split()[-1])


def _serving(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "tests.bench.serving", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
