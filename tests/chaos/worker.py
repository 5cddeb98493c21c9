"""A process that works and feeds, until it is told to stop, or killed.

It serves the errands of one place with a ``Worker``, and begins new ones. What its
predecessor in the same slot has sent without being told what came of it, it sends again
under the same id. What may never be here: anything that spares the store.
"""

import asyncio
import logging
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import anyio
import asyncpg

from telic import EventId, Handlers, System, Worker, WorkflowId, WorkflowRuntime
from telic.kernel.errors import StoreError
from telic.stores.sqlite import SqliteDatabase
from tests.chaos.evidence import EFFECTS, SENT, TAKEN, TOLD, Effect, Ledger, Sent, Taken, lines
from tests.chaos.machine import Announce, Begin, Paid, Pay, Poke, Work, Worked, errand
from tests.chaos.marks import Marks, Phase
from tests.chaos.places import Place

_log = logging.getLogger("chaos")
_TICK_SECONDS = 0.02
ROUNDS = 2
POKES = 2


class Setting(NamedTuple):
    """How a worker works, and how much it is given to do."""

    lease_seconds: float = 1.5
    poll_seconds: float = 0.2
    concurrency: int = 8
    feeders: int = 2
    pause_seconds: float = 0.15
    handler_seconds: float = 0.03


class JumpingClock:
    """The clock of the machine, as wrong as the marks say."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._marks.clock_seconds)


class Post(NamedTuple):
    """One worker process: where it works, as whom, and what it writes down."""

    place: Place
    slot: int
    folder: Path
    marks: Marks
    setting: Setting


def forked(folder: Path, name: str, work: Callable[[], Coroutine[None, None, None]]) -> int:
    """Fork a process that does some work and ends, and return its number."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        log = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(log, 2)
        logging.basicConfig(stream=sys.stderr, force=True, format="%(process)d %(asctime)s %(message)s")
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        random.seed()
        anyio.run(work)
        status = 0
    except BaseException:  # noqa: BLE001  (whoever waits for it reads the log)
        _log.exception("the process ended")
    finally:
        os._exit(status)


def forked_worker(post: Post) -> int:
    """Fork a worker and return its number."""
    post.marks.clear(post.slot)
    return forked(post.folder, f"worker-{post.slot}", partial(_work, post, os.getpid()))


async def _work(post: Post, parent: int) -> None:
    _mark_commits(post)
    async with post.place.database() as database:
        store = database.store(errand)
        store.claim = _noted(post, _marked(post, Phase.CLAIM, store.claim))
        store.save = _marked(post, Phase.SAVE, store.save)
        runtime = WorkflowRuntime(machine=errand, store=store, clock=JumpingClock(post.marks))
        worker = Worker(
            System(runtimes=[runtime], handlers=_handlers(post)),
            concurrency=post.setting.concurrency,
            lease_seconds=post.setting.lease_seconds,
            poll_seconds=post.setting.poll_seconds,
            max_crashes=50,
        )
        async with anyio.create_task_group() as group:
            group.start_soon(_outlive_nobody, parent)
            group.start_soon(_note_lateness, post)
            group.start_soon(_feed, post, runtime)
            if isinstance(database, SqliteDatabase):
                group.start_soon(_heed_full_disk, post, database)
            post.marks.set(post.slot, Phase.UP, 1)
            await worker.run(signals=True)
            group.cancel_scope.cancel()


def _marked(post: Post, phase: Phase, method: Callable) -> Callable:
    async def called(*values, **named):
        with post.marks.within(post.slot, phase):
            return await method(*values, **named)

    return called


def _noted(post: Post, claim: Callable) -> Callable:
    taken = Ledger(post.folder, TAKEN)

    async def claimed(*values, **named):
        claims = await claim(*values, **named)
        for one in claims:
            if one.crashes:
                taken.add(*Taken(one.id, time.time()))
        return claims

    return claimed


def _mark_commits(post: Post) -> None:
    """Mark, in this process alone, when a driver is asked to make something last."""
    marks, slot = post.marks, post.slot

    class Connection(sqlite3.Connection):
        def execute(self, text, *values):
            if text != "COMMIT":
                return super().execute(text, *values)
            with marks.within(slot, Phase.COMMIT):
                return super().execute(text, *values)

    class Session(asyncpg.Connection):
        async def fetch(self, query, *values, timeout=None):  # noqa: ASYNC109  (it is the driver's)
            if "telic_journal" not in query or "INSERT" not in query:
                return await super().fetch(query, *values, timeout=timeout)
            with marks.within(slot, Phase.COMMIT):  # one statement, which commits by itself
                return await super().fetch(query, *values, timeout=timeout)

    sqlite3.connect = partial(sqlite3.connect, factory=Connection)
    asyncpg.connect = partial(asyncpg.connect, connection_class=Session)


def _handlers(post: Post) -> Handlers:
    effects = Ledger(post.folder, EFFECTS)

    async def acted(intent, call):
        with post.marks.within(post.slot, Phase.HANDLER):
            effect = Effect(call.key, type(intent).__name__, call.attempt, os.getpid(), time.time())
            effects.add(*effect, durable=True)
            await anyio.sleep(random.uniform(0, 2 * post.setting.handler_seconds))
            if not isinstance(intent, Pay) and random.random() < 0.03:
                raise RuntimeError("flaky, on purpose")
        return Worked(ref=intent.ref) if isinstance(intent, Work) else None

    async def pay(intent, call):
        await acted(intent, call)
        return Paid(ref=intent.ref)

    return Handlers(Work.handled_by(acted), Pay.handled_by(pay), Announce.handled_by(acted))


async def _outlive_nobody(parent: int) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110  (nobody could tell)
        await anyio.sleep(0.5)
    os._exit(3)


async def _note_lateness(post: Post) -> None:
    """Note by how much this process goes on too late, for want of a processor or for its own doing."""
    while True:
        until = time.monotonic() + _TICK_SECONDS
        await anyio.sleep(_TICK_SECONDS)
        late = int(1000 * (time.monotonic() - until))
        if late > post.marks.count(post.slot, Phase.LATE):
            post.marks.set(post.slot, Phase.LATE, late)


async def _heed_full_disk(post: Post, database: SqliteDatabase) -> None:
    """Let the file grow, or not, as the marks say; SQLite then reports a full disk."""
    full = False
    while True:
        await anyio.sleep(0.02)
        if post.marks.disk_full is full:
            continue
        pages = 2**30 if full else 1  # no fewer than there are, says SQLite, and takes that number

        def limit(connection: sqlite3.Connection, pages: int = pages) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}")

        try:
            await database.carry_out("limit", limit)
        except StoreError:  # what was to be written together with this found no room
            continue
        full = not full


async def _feed(post: Post, runtime: WorkflowRuntime) -> None:
    """Send what is in doubt again, then begin new errands for as long as that is wanted."""
    post.marks.set(post.slot, Phase.FEEDING, 1)
    own = f'"e-{post.slot}-'
    told = {tuple(line[:2]) for line in lines(post.folder, TOLD, own)}
    mine = [Sent(*line) for line in lines(post.folder, SENT, own)]
    sender = _Sender(post, runtime)
    for one in mine:
        if tuple(one) not in told:
            await sender.send(one)
    numbers = [int(one.workflow.split("-")[2]) for one in mine]
    taken = max(numbers, default=0)
    async with anyio.create_task_group() as group:
        for feeder in range(post.setting.feeders):
            group.start_soon(_begin_errands, post, sender, taken + 1 + feeder)
    post.marks.set(post.slot, Phase.FEEDING, 0)


async def _begin_errands(post: Post, sender: "_Sender", number: int) -> None:
    await anyio.sleep(random.uniform(0, post.setting.pause_seconds))
    while post.marks.feeding:
        for event in range(POKES + 1):
            await sender.send(Sent(f"e-{post.slot}-{number}", f"feeder#{event}"), first=True)
        number += post.setting.feeders
        await anyio.sleep(random.uniform(0.5, 1.5) * post.setting.pause_seconds)


class _Sender:
    """Sends events, again and again until told what came of them."""

    def __init__(self, post: Post, runtime: WorkflowRuntime) -> None:
        self._post = post
        self._sent = Ledger(post.folder, SENT)
        self._told = Ledger(post.folder, TOLD)
        self._runtime = runtime

    async def send(self, one: Sent, *, first: bool = False) -> None:
        number = int(one.event.partition("#")[2])
        event = Poke(number=number) if number else Begin(rounds=ROUNDS)
        if first:
            self._sent.add(*one)
        while True:
            try:
                result = await self._runtime.run_step(WorkflowId(one.workflow), event, event_id=EventId(one.event))
            except StoreError:
                self._post.marks.add(self._post.slot, Phase.REFUSED, 1)
                _log.warning("%s of %s is in doubt, and is sent again", one.event, one.workflow)
                await asyncio.sleep(0.05)
            else:
                self._told.add(*one, result.kind)
                return
