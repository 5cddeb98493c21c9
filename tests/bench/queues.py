"""From outbox to handler and back, beside queues: each in a process of its own, in turn.

*Many*: jobs are asked for by several callers at once, and as many may be at work at once; the clock
stops when each outcome is recorded. A job of telic is an intent that a step asks for and a worker
carries out; its answer is a step, and ends the instance. *One after the other*: each handler's outcome asks for
the next job, which is what a process with several steps does; what is taken is the time from the
beginning of one handler to that of the next. In telic the answer asks, in the transaction that
records it; with a queue the handler asks, and may be heard twice. What may never be here: an
assertion about a time.
"""

from __future__ import annotations

import math
import os
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import anyio
import anyio.to_thread

from telic import Call, Handlers, System, Worker, WorkflowId
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from tests.bench.measure import Rounds, Row
from tests.bench.order import OrderId
from tests.bench.peer import Absent, Peer
from tests.bench.relay import BeginRelay, DoWork, Relays, Worked, relay
from tests.services import database_of_its_own

__all__ = ["CASES", "Case", "Servers", "against_queues", "percentiles"]

CALLERS = 50
PERCENTILES = (50, 95, 99)
_IDLE_SECONDS = 0.2
_REDIS = "keeps jobs in memory, where Redis is not told to write them down; asks beside the transaction"


class Servers(NamedTuple):
    """Where the servers are.

    Attributes:
        postgres: The URL of one; nothing where there is none.
        redis: Likewise, whether it runs or not.
        amqp: Likewise.
    """

    postgres: str
    redis: str = os.environ.get("TELIC_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    amqp: str = os.environ.get("TELIC_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")


class Case(NamedTuple):
    """A queue.

    Attributes:
        program: Its program.
        environment: The environment that has it.
        name: What a reader calls it.
        place: Where it keeps its jobs.
        differs: What it does differently.
        most: How many jobs it is given at most in a round.
    """

    program: str
    environment: str
    name: str
    place: str
    differs: str
    most: int = 1000

    @property
    def ours(self) -> str:
        """Where telic keeps its own."""
        return "SQLite" if self.place == "SQLite" else "PostgreSQL"

    def named(self, version: str = "") -> str:
        """Return what a reader calls the comparison."""
        return f"{self.ours} / {' '.join(filter(None, (self.name, version)))} on {self.place}"


CASES = (
    Case("saq", "queues", "SAQ", "Redis", _REDIS),
    Case("saq", "queues", "SAQ", "PostgreSQL", "keeps no state; asks beside the transaction"),
    Case("arq", "arq", "ARQ", "Redis", f"{_REDIS}; polls every 10 ms, by default every 500"),
    Case("celery", "queues", "Celery", "Redis", f"{_REDIS}; one asks; works in threads of a second process"),
    Case(
        "celery",
        "queues",
        "Celery",
        "RabbitMQ",
        "keeps outcomes in Redis, in memory; asks beside the transaction; "
        "one asks; works in threads of a second process",
    ),
    Case(
        "procrastinate",
        "queues",
        "procrastinate",
        "PostgreSQL",
        "keeps no state and no results; asks beside the transaction; polls every 50 ms besides, by default every 5000",
    ),
    Case(
        "pynenc",
        "pynenc",
        "pynenc",
        "SQLite",
        "keeps no state; asks beside the transaction; "
        "one asks, two threads work; polls every 1 ms, by default every 100",
        40,
    ),
)


class _Spent(NamedTuple):
    """Seconds for a job, where there are many, and the percentiles from handler to handler."""

    job: float
    hops: list[float]


async def against_queues(
    servers: Servers, rounds: Rounds, jobs: int, hops: int, cases: Sequence[Case] = CASES
) -> AsyncIterator[Row]:
    """Compare jobs per second and the time from handler to handler; where a queue cannot be had, rows say why.

    Args:
        servers: Where the servers are.
        rounds: How often.
        jobs: How many, where there are many at once.
        hops: How many, one after the other.
        cases: What to compare with.
    """
    for case in cases:
        for row in await _compared(case, servers, rounds, jobs, hops):
            yield row


async def _compared(case: Case, servers: Servers, rounds: Rounds, jobs: int, hops: int) -> list[Row]:
    try:
        async with _two_sides(case, servers) as (peer, relays):
            found = [one async for one in _found(peer, relays, rounds, min(jobs, case.most), hops)]
            return _rows(case.named(peer.version), found, case)
    except Absent as absent:
        return [row._replace(absent=str(absent)) for row in _rows(case.named(), [], case)]


def percentiles(values: Sequence[float]) -> list[float]:
    """Return the 50th, 95th and 99th of each hundred."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return [cuts[one - 1] for one in PERCENTILES]


def _rows(name: str, found: Sequence[tuple[_Spent, _Spent]], case: Case) -> list[Row]:
    rows = [
        Row(f"{name}: many jobs", [theirs.job / ours.job for ours, theirs in found], note=f"differs: {case.differs}")
    ]
    for place, percentile in enumerate(PERCENTILES):
        ratios = [theirs.hops[place] / ours.hops[place] for ours, theirs in found]
        rows.append(Row(f"{name}: from handler to handler, p{percentile}", ratios, note=_seconds(found, place)))
    return rows


def _seconds(found: Sequence[tuple[_Spent, _Spent]], place: int) -> str:
    """Return what a percentile came to, in words: seconds mean less than ratios, but somebody waits for them."""
    if not found:
        return ""
    ours, theirs = (1000 * statistics.median(side.hops[place] for side in sides) for sides in zip(*found, strict=True))
    return f"telic {ours:.1f} ms, the other {theirs:.1f} ms"


async def _found(
    peer: Peer, relays: Relays, rounds: Rounds, jobs: int, hops: int
) -> AsyncIterator[tuple[_Spent, _Spent]]:
    await _theirs(peer, jobs, hops)
    await _telic(relays, jobs, hops)
    for number in rounds.numbers():
        if number % 2:
            theirs = await _theirs(peer, jobs, hops)
            yield await _telic(relays, jobs, hops), theirs
        else:
            ours = await _telic(relays, jobs, hops)
            yield ours, await _theirs(peer, jobs, hops)


async def _theirs(peer: Peer, jobs: int, hops: int) -> _Spent:
    many = await anyio.to_thread.run_sync(lambda: peer.told(kind="many", count=jobs, callers=CALLERS))
    chain = await anyio.to_thread.run_sync(lambda: peer.told(kind="chain", count=hops + 1, callers=1))
    assert len(chain["hops"]) == hops
    return _Spent(many["seconds"] / jobs, percentiles(chain["hops"]))


async def _telic(relays: Relays, jobs: int, hops: int) -> _Spent:
    began, ended, _ = await _worked(relays, jobs, 1)
    _, _, begun = await _worked(relays, 1, hops + 1)
    between = [later - sooner for sooner, later in pairwise(begun)]
    assert len(between) == hops
    return _Spent((ended - began) / jobs, percentiles(between))


async def _worked(relays: Relays, count: int, steps: int) -> tuple[float, float, list[float]]:
    """Have instances of so many steps begun and worked off; return begin, end, and when handlers began.

    The worker is idle before, and has ended in the end, when each answer is on disk.
    """
    begun: list[float] = []
    began, left = math.nan, [count]

    async def work(intent: DoWork, call: Call) -> Worked:
        begun.append(time.perf_counter())
        if intent.last:
            left[0] -= 1
            if not left[0]:
                worker.stop()
        return Worked(calls=intent.calls + 1)

    worker = Worker(System(runtimes=[relays], handlers=Handlers(DoWork.handled_by(work))), concurrency=CALLERS)
    waiting = iter([WorkflowId(f"r-{uuid4().hex}") for _ in range(count)])

    async def caller() -> None:
        for id in waiting:
            await relays.run_step(id, BeginRelay(order_id=OrderId(id), steps=steps))

    async with anyio.create_task_group() as group:
        group.start_soon(worker.run)
        await anyio.sleep(_IDLE_SECONDS)
        began = time.perf_counter()
        for _ in range(min(CALLERS, count)):
            group.start_soon(caller)
    return began, time.perf_counter(), begun


@asynccontextmanager
async def _two_sides(case: Case, servers: Servers) -> AsyncIterator[tuple[Peer, Relays]]:
    """Begin with empty tables and queues on either side."""
    _require_servers(case, servers)
    async with AsyncExitStack() as stack:
        database: PostgresDatabase | SqliteDatabase
        if case.ours == "SQLite":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            database = SqliteDatabase(folder / "telic.sqlite", commit="inline", durability="normal")
            theirs = [str(folder / "theirs.sqlite")]
        else:
            database = PostgresDatabase(await stack.enter_async_context(database_of_its_own(servers.postgres)))
            theirs = [*await _place(case, servers, stack), str(CALLERS)]
        peer = stack.enter_context(Peer.running(case.program, *theirs, environment=case.environment))
        await stack.enter_async_context(database)
        yield peer, Relays(machine=relay, store=database.store(relay))


async def _place(case: Case, servers: Servers, stack: AsyncExitStack) -> list[str]:
    """Return what names the server of a queue."""
    if case.place == "PostgreSQL":
        return [await stack.enter_async_context(database_of_its_own(servers.postgres))]
    if case.program == "celery":
        return [servers.amqp if case.place == "RabbitMQ" else servers.redis, servers.redis]
    return [servers.redis]


def _require_servers(case: Case, servers: Servers) -> None:
    if case.place == "RabbitMQ":
        _require("RabbitMQ", servers.amqp)
    if case.place in ("RabbitMQ", "Redis"):
        _require("Redis", servers.redis)
    if case.ours == "PostgreSQL" and not servers.postgres:
        raise Absent("there is no server: PostgreSQL")


def _require(name: str, url: str) -> None:
    at = urlsplit(url)
    try:
        socket.create_connection((at.hostname or "", at.port or 0), timeout=2).close()
    except OSError as error:
        raise Absent(f"there is no server: {name}, {error.strerror or error}") from None
