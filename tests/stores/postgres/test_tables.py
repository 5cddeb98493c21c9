"""The tables on a server: whose row it is comes first in every key, and older ones learn who belongs to whom."""

import asyncpg
import pytest

from telic.kernel.snapshot import Ancestor
from telic.stores.postgres import PostgresDatabase
from telic.stores.postgres.schema import MIGRATIONS
from telic.stores.postgres.schema_journals import JOURNALS
from tests.stores.desk import desk
from tests.stores.test_tables import FAMILY, NOT_OF_A_TENANT

INDEXES = """
    SELECT t.relname, i.relname, x.indisprimary, a.attname
    FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
    WHERE t.relnamespace = current_schema()::regnamespace AND t.relname LIKE 'telic%'
"""


@pytest.fixture
async def sql_before(url, schema):
    """A connection in the schema, before telic has made tables there."""
    connection = await asyncpg.connect(url, server_settings={"search_path": schema})
    yield connection
    await connection.close()


async def test_the_tenant_is_the_first_column_of_every_key_and_index(sql):
    rows = await sql.fetch(INDEXES)
    assert len({table for table, *_ in rows}) > 10
    assert {index for table, index, _, first in rows if first != "tenant" and table not in NOT_OF_A_TENANT} == set()
    tables = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    assert {table for (table,) in tables} == {table for table, _, primary, _ in rows if primary}


async def test_tables_from_before_families_learn_who_is_at_the_top_of_each(url, schema, sql_before):
    await sql_before.execute(f'CREATE SCHEMA "{schema}"')
    older = MIGRATIONS[: MIGRATIONS.index(JOURNALS)]
    for statement in (one for version in older for one in version):
        await sql_before.execute(statement.format(s=f'"{schema}"'))
    await sql_before.execute("CREATE TABLE telic_schema (version integer PRIMARY KEY)")
    await sql_before.execute("INSERT INTO telic_schema VALUES ($1)", len(older))
    for id, (parent, _) in FAMILY.items():
        await sql_before.execute(
            "INSERT INTO telic_instance (tenant, machine, id, revision, kind, version, status, state, parent, "
            "started_us, at_us) VALUES ('t', 'desk', $1, 1, 'draft', 1, 'running', '{}', $2, 1, 1)",
            id,
            parent,
        )
    async with PostgresDatabase(url, schema=schema) as database:
        page = await database.store(desk, tenant="t").find()
        assert {one.id: one.root for one in page.items} == {
            id: Ancestor(*root) if root is not None else None for id, (_, root) in FAMILY.items()
        }
