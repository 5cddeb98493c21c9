"""A till on PostgreSQL, whose driver knows asyncio only."""

import pytest

from telic.stores.postgres import PostgresDatabase
from tests.services import postgres_schema, postgres_url
from tests.shell.till import till


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def url():
    return postgres_url()


@pytest.fixture
async def database(url):
    async with postgres_schema(url) as schema, PostgresDatabase(url, schema=schema) as opened:
        yield opened


@pytest.fixture
def chore_stores(database):
    return database.store


@pytest.fixture
def stores(database):
    return database.store


@pytest.fixture
def books(database):
    return database.store(till)
