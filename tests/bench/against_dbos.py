"""Durable steps beside those of DBOS Transact, each in a process of its own, in turn.

A step of DBOS records what it returned in its own commit. The step of telic beside it takes the
answer to an intent, changes the state, writes the journal and asks for the next: one commit,
too. Begin and end of the workflows are timed on both sides. What may never be here: an
assertion about a time.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import uuid4

import anyio
import anyio.to_thread

from telic import WorkflowId
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from tests.bench.measure import Goal, Row, at_least
from tests.bench.peer import Absent, Peer, Spent
from tests.bench.relay import Relays, begun, relay, served
from tests.services import database_of_its_own

Place = Literal["PostgreSQL", "SQLite"]
Mode = Literal["threads", "loop"]
MODES: tuple[Mode, ...] = ("threads", "loop")


class Case(NamedTuple):
    """How steps are taken on either side.

    Attributes:
        place: On what.
        callers: How many workflows are under way at once.
        steps: How many steps each takes, on the side of DBOS.
        more: How many times as many telic takes, so that either side is at work for some while.
        goal: What the ratio should come to.
        served: A worker of telic carries out the intents; else whoever steps gives the answers.
        wal: The file of DBOS has a write-ahead log, as that of telic has; it has none by default.
    """

    place: Place
    callers: int
    steps: int
    more: int
    goal: Goal | None = None
    served: bool = False
    wal: bool = False

    @property
    def name(self) -> str:
        """What a reader calls it."""
        whose = "a worker of telic, intents under way" if self.served else "callers"
        log = ", its file with a write-ahead log" if self.wal else ""
        return f"{self.place}, {whose}: {self.callers} / DBOS{log}"


CASES = (
    Case("PostgreSQL", 1, 100, 4, at_least(5)),
    Case("PostgreSQL", 50, 10, 8, at_least(20)),
    Case("PostgreSQL", 50, 10, 4, served=True),
    Case("SQLite", 1, 100, 4, at_least(8)),
    Case("SQLite", 1, 100, 4, wal=True),
    Case("SQLite", 100, 4, 20, at_least(60)),
    Case("SQLite", 100, 4, 20, wal=True),
    Case("SQLite", 100, 4, 10, served=True),
)


async def against_dbos(url: str, rounds: int, cases: Sequence[Case] = CASES) -> AsyncIterator[Row]:
    """Compare steps per second, case by case; where DBOS cannot be had, the row says why.

    Args:
        url: The server; without one, cases on PostgreSQL are left to the row that says so.
        rounds: How often.
        cases: What to compare.
    """
    for case in cases:
        try:
            async with _two_sides(case, url) as (peer, relays):
                by_clock, by_processor = await _ratios(case, peer, relays, rounds)
                yield Row(f"{case.name} {peer.version}", by_clock, case.goal)
                yield Row(f"{case.name}, by the processor time of the two programs", by_processor)
        except Absent as absent:
            yield Row(case.name, [], case.goal, absent=str(absent))


async def _ratios(case: Case, peer: Peer, relays: Relays, rounds: int) -> tuple[list[float], list[float]]:
    mode = await _quicker(case, peer)
    await _telic(case, relays)
    found: list[tuple[float, float]] = []
    for number in range(rounds):
        if number % 2:
            theirs = await _dbos(case, peer, mode)
            ours = await _telic(case, relays)
        else:
            ours = await _telic(case, relays)
            theirs = await _dbos(case, peer, mode)
        found.append((theirs.seconds / ours.seconds, theirs.processor / ours.processor))
    by_clock, by_processor = zip(*found, strict=True)
    return list(by_clock), list(by_processor)


async def _quicker(case: Case, peer: Peer) -> Mode:
    """Return the way in which DBOS is quicker here: in threads, or in an event loop."""
    took = {mode: min([(await _dbos(case, peer, mode)).seconds for _ in range(2)]) for mode in MODES}
    return min(MODES, key=lambda mode: took[mode])


async def _dbos(case: Case, peer: Peer, mode: Mode) -> Spent:
    """Return what a step of DBOS takes."""
    spent = await anyio.to_thread.run_sync(lambda: peer.carry_out(callers=case.callers, steps=case.steps, mode=mode))
    count = case.callers * case.steps
    return Spent(spent.seconds / count, spent.processor / count)


async def _telic(case: Case, relays: Relays) -> Spent:
    """Return what a step of telic takes."""
    steps = case.steps * case.more
    ids = [WorkflowId(f"r-{uuid4().hex}") for _ in range(case.callers)]
    began, used = time.perf_counter(), time.process_time()
    async with anyio.create_task_group() as group:
        if case.served:
            group.start_soon(served(relays, case.callers).run)
        await begun(relays, ids, steps, answers=not case.served)
    count = case.callers * steps
    return Spent((time.perf_counter() - began) / count, (time.process_time() - used) / count)


@asynccontextmanager
async def _two_sides(case: Case, url: str) -> AsyncIterator[tuple[Peer, Relays]]:
    """Begin with empty tables on either side."""
    async with AsyncExitStack() as stack:
        database: PostgresDatabase | SqliteDatabase
        if case.place == "PostgreSQL":
            if not url:
                raise Absent("there is no server")
            own = await stack.enter_async_context(database_of_its_own(url))
            database = PostgresDatabase(own)
            theirs = [own.replace("postgresql://", "postgresql+psycopg://", 1)]
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            database = SqliteDatabase(folder / "telic.sqlite", commit="inline")
            theirs = [f"sqlite:///{folder / 'dbos.sqlite'}", *(["wal"] if case.wal else [])]
        peer = stack.enter_context(Peer.running("dbos", *theirs))
        await stack.enter_async_context(database)
        yield peer, Relays(machine=relay, store=database.store(relay))
