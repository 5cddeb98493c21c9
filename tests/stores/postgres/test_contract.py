"""The PostgreSQL store against the contract of all stores, as a user's own store would be."""

import pytest

from telic.stores.postgres import PostgresDatabase
from telic.testing.store_contract import StoreContract
from tests.services import postgres_schema


class TestPostgresStore(StoreContract):
    @pytest.fixture(autouse=True)
    def _server(self, url):
        type(self).url = url

    async def open(self, machine):
        async with postgres_schema(self.url) as schema:
            type(self).schema = schema
            async with PostgresDatabase(self.url, schema=schema) as db:
                yield db.store(machine)

    async def reopen(self, machine):
        async with PostgresDatabase(self.url, schema=self.schema) as db:
            yield db.store(machine)
