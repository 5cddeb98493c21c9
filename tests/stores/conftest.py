"""A fresh database in both ways of committing, and a runtime over it."""

import pytest

from telic.runtime.runtime import WorkflowRuntime
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.stores.desk import desk


@pytest.fixture
def path(tmp_path):
    return tmp_path / "desk.db"


@pytest.fixture(params=["thread", "inline"])
def commit(request):
    return request.param


@pytest.fixture
async def db(path, commit):
    async with SqliteDatabase(path, commit=commit) as db:
        yield db


@pytest.fixture
def store(db):
    return db.store(desk)


@pytest.fixture
def runtime(store):
    return WorkflowRuntime(machine=desk, store=store)


@pytest.fixture(params=["memory", "thread", "inline"])
async def durable(request, path):
    """A store with the books of a worker, of each kind."""
    if request.param == "memory":
        yield MemoryStore(desk)
        return
    async with SqliteDatabase(path, commit=request.param) as db:
        yield db.store(desk)
