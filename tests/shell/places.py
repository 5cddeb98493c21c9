"""Stores of each kind for tests that run on all of them: in memory, in a file, on a server."""

from contextlib import asynccontextmanager

import pytest

from telic.stores.memory import MemoryStore
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from tests.services import postgres_schema

PLACES = ("memory", "sqlite", "postgres")


@asynccontextmanager
async def store_in(place, machine, tmp_path, url, backend):
    """An empty store of one machine; the driver of PostgreSQL knows asyncio only.

    The URL is looked for outside of any event loop, by `postgres_url`.
    """
    if place == "memory":
        yield MemoryStore(machine)
    elif place == "sqlite":
        async with SqliteDatabase(tmp_path / "place.db") as db:
            yield db.store(machine)
    elif backend != "asyncio":
        pytest.skip("the driver of PostgreSQL knows asyncio only")
    else:
        async with postgres_schema(url) as schema, PostgresDatabase(url, schema=schema) as db:
            yield db.store(machine)
