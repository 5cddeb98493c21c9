"""The tables of a file: whose row it is comes first in every key, and older files learn who belongs to whom."""

import sqlite3
from contextlib import closing

import pytest

from telic.kernel.snapshot import Ancestor
from telic.stores.sqlite import SqliteDatabase
from telic.stores.sqlite.schema import MIGRATIONS, migrate
from telic.stores.sqlite.schema_journals import JOURNALS
from tests.stores.desk import desk

# The version of the tables; and what hooks are told, in one order for all.
NOT_OF_A_TENANT = {"telic_schema", "telic_happening"}


@pytest.fixture
def sql(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, str(path))
        yield connection


def tables(sql):
    return {row[0] for row in sql.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'telic%'")}


def test_the_tenant_is_the_first_column_of_every_key(sql):
    assert len(tables(sql)) > 10
    for table in tables(sql) - NOT_OF_A_TENANT:
        keys = {row[5]: row[1] for row in sql.execute(f"PRAGMA table_info({table})") if row[5]}
        assert keys[1] == "tenant", table


def test_the_tenant_is_the_first_column_of_every_index(sql):
    for table in tables(sql):
        for _, index, *_ in sql.execute(f"PRAGMA index_list({table})"):
            first = sql.execute(f"PRAGMA index_info({index})").fetchone()
            assert first[2] == "tenant" or table in NOT_OF_A_TENANT, index


# Who was spawned by whom: a child's id is the machine of its parent, and the intent.
FAMILY = {
    "desk/a:1:0": ("a:1:0", ("desk", "a")),
    "desk/desk/a:1:0:22:3": ("desk/a:1:0:22:3", ("desk", "a")),
    "other/a:1:0": ("a:1:0", ("other", "a")),
    "desk/p:q:3:0": ("p:q:3:0", ("desk", "p:q")),
    "desk/gone:1:0:4:5": ("gone:1:0:4:5", ("desk", "gone:1:0")),
    "named as it liked": ("a:1:0", None),
    "a": (None, None),
}


async def test_files_from_before_families_learn_who_is_at_the_top_of_each(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        older = MIGRATIONS[: MIGRATIONS.index(JOURNALS)]
        for statement in (one for version in older for one in version):
            sql.execute(statement)
        sql.execute("CREATE TABLE telic_schema (version INTEGER PRIMARY KEY) STRICT")
        sql.execute("INSERT INTO telic_schema VALUES (?)", (len(older),))
        for id, (parent, _) in FAMILY.items():
            sql.execute(
                "INSERT INTO telic_instance (tenant, machine, id, revision, kind, version, status, state, parent, "
                "started_us, at_us) VALUES ('t', 'desk', ?, 1, 'draft', 1, 'running', CAST('{}' AS BLOB), ?, 1, 1)",
                (id, parent),
            )
    async with SqliteDatabase(path) as database:
        page = await database.store(desk, tenant="t").find()
        assert {one.id: one.root for one in page.items} == {
            id: Ancestor(*root) if root is not None else None for id, (_, root) in FAMILY.items()
        }
