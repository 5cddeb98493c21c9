"""Where the scenarios run: in memory and in a SQLite file."""

import pytest

from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.examples.scenarios.stage import Stage


@pytest.fixture(params=["memory", "sqlite"])
async def stage(request, tmp_path):
    """Makes a stage for machines, handlers and triggers, over stores of one kind."""
    if request.param == "memory":
        yield lambda *machines, **rest: Stage(MemoryStore, machines, **rest)
        return
    async with SqliteDatabase(tmp_path / "stage.db") as database:
        yield lambda *machines, **rest: Stage(database.store, machines, **rest)
