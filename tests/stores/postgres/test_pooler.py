"""Behind PgBouncer in transaction mode, where each transaction may meet another session."""

import asyncpg
import pytest

from telic.stores.postgres import PostgresDatabase
from telic.testing.store_contract import StoreContract
from tests.services import postgres_schema, postgres_url
from tests.stores.postgres.pooler import pooled, program

pytestmark = pytest.mark.skipif(program() is None, reason="PgBouncer is not installed")


@pytest.fixture(scope="module")
def pooler():
    with pooled(postgres_url()) as url:
        yield url


async def test_the_pooler_gives_a_session_to_others_between_transactions(pooler):
    clients = [await asyncpg.connect(pooler, statement_cache_size=0) for _ in range(6)]
    served = {await each.fetchval("SELECT pg_backend_pid()") for each in clients}
    for each in clients:
        await each.close()
    assert len(served) <= 3


class TestStoreBehindAPooler(StoreContract):
    @pytest.fixture(autouse=True)
    def _server(self, pooler):
        type(self).pooler = pooler

    async def open(self, machine):
        async with postgres_schema(postgres_url()) as schema:
            type(self).schema = schema
            async with PostgresDatabase(self.pooler, schema=schema, prepared=False) as db:
                yield db.store(machine)

    async def reopen(self, machine):
        async with PostgresDatabase(self.pooler, schema=self.schema, prepared=False) as db:
            yield db.store(machine)
