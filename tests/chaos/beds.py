"""Where lives are lived while things go wrong: a store of its own for each, and a look past telic at its rows.

In a file and on a server, a store of its own is a tenant: the tables are made once. What may
never be here: what goes wrong.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import asyncpg

from telic import Machine
from telic.kernel.codec import microseconds
from telic.kernel.waits import Topic
from telic.runtime.claims import IntentState
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from tests.chaos.checker import ROWS, Rows, rows_of
from tests.chaos.drivers import WatchedMemoryStore, watched_postgres, watched_sqlite
from tests.chaos.points import Points
from tests.services import postgres_schema

_ALL = 1_000_000
_FAR = datetime(9000, 1, 1, tzinfo=UTC)


class Bed(Protocol):
    """Gives a store to each life."""

    name: str

    def store(self, machine: Machine):
        """An empty store."""
        ...

    async def rows(self, store, machine: Machine) -> Rows:
        """The rows that follow from states, past telic where there is a way."""
        ...


class Place(Protocol):
    """Makes a bed, in any process."""

    name: str

    def made(self, points: Points):
        """The bed, as an async context manager."""
        ...


class InMemory:
    """Stores in memory."""

    name = "memory"

    @asynccontextmanager
    async def made(self, points: Points) -> AsyncIterator[Bed]:
        self._points = points
        yield self

    def store(self, machine: Machine):
        return WatchedMemoryStore(machine, self._points)

    async def rows(self, store, machine: Machine) -> Rows:
        dead = {one.opened.id for one in await store.dead_letters(limit=_ALL)}
        outbox = [
            (opened.id, id, opened.withdrawn, IntentState.DEAD if opened.id in dead else IntentState.READY)
            for id, opened in await store.outbox(_ALL)
        ]
        declared = {
            (id, one.key): one for id in await store.ids(limit=_ALL) for one in (await store.load(id)).waits
        }  # fmt: skip
        waits = [(id, key, "topic", one.since, None) for (id, key), one in store.topics._open.items()]
        for id, key, at in await store.due_deadlines(_FAR, _ALL):
            known = declared.get((id, key))
            waits.append((id, key, "deadline", known.since if known else -1, microseconds(at)))
        assert all(isinstance(declared[id, key].wait, Topic) for id, key, kind, *_ in waits if kind == "topic")
        ids = [(id, event_id, revision) for id, some in store._known.items() for event_id, revision in some.items()]
        return rows_of(outbox, waits, ids)


class InFile:
    """One file, which is written to in the loop."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    @asynccontextmanager
    async def made(self, points: Points) -> AsyncIterator[Bed]:
        path = self._folder / f"{uuid4().hex}.db"
        with watched_sqlite(points):
            async with SqliteDatabase(path, commit="inline", durability="normal") as self._database:
                yield self

    def store(self, machine: Machine):
        return self._database.store(machine, tenant=f"life-{next(self._numbers)}")

    async def rows(self, store, machine: Machine) -> Rows:
        with closing(sqlite3.connect(self._database.path)) as connection:
            return rows_of(*(connection.execute(_of(text, store, machine, "")).fetchall() for text in ROWS))


class OnServer:
    """One schema of a server."""

    name = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = count()

    @asynccontextmanager
    async def made(self, points: Points) -> AsyncIterator[Bed]:
        async with AsyncExitStack() as stack:
            self._look = await asyncpg.connect(self._url)
            stack.push_async_callback(self._look.close)
            self._schema = await stack.enter_async_context(postgres_schema(self._url))
            stack.enter_context(watched_postgres(points))
            database = PostgresDatabase(self._url, schema=self._schema, connections=2)
            self._database = await stack.enter_async_context(database)
            yield self

    def store(self, machine: Machine):
        return self._database.store(machine, tenant=f"life-{next(self._numbers)}")

    async def rows(self, store, machine: Machine) -> Rows:
        schema = f"{self._schema}."
        found = [await self._look.fetch(_of(text, store, machine, schema)) for text in ROWS]
        return rows_of(*([tuple(row) for row in some] for some in found))


def _of(text: str, store, machine: Machine, schema: str) -> str:
    return text.format(machine=machine.name, tenant=store.tenant).format(s=schema)
