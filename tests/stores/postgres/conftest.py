"""A fresh schema, in both ways of using sessions, and a runtime over it. The driver knows asyncio only."""

import asyncpg
import pytest

from telic.runtime.runtime import WorkflowRuntime
from telic.stores.postgres import PostgresDatabase
from tests.services import postgres_schema, postgres_url
from tests.stores.desk import desk


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def url():
    return postgres_url()


@pytest.fixture(params=[True, False], ids=["prepared", "pooled"])
def prepared(request):
    return request.param


@pytest.fixture
async def schema(url):
    async with postgres_schema(url) as name:
        yield name


@pytest.fixture
def opened(url, schema, prepared):
    """Makes one more database object over the same tables."""

    def make(**more):
        return PostgresDatabase(url, **({"schema": schema, "prepared": prepared} | more))

    return make


@pytest.fixture
async def db(opened):
    async with opened() as db:
        yield db


@pytest.fixture
async def sql(url, schema, db):
    """A connection of the test's own, in the schema."""
    connection = await asyncpg.connect(url, server_settings={"search_path": schema})
    yield connection
    await connection.close()


@pytest.fixture
def store(db):
    return db.store(desk)


@pytest.fixture
def runtime(store):
    return WorkflowRuntime(machine=desk, store=store)
