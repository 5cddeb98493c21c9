"""The triggers of a SQLite file are there where a hook is, and nowhere else: they cost each step something."""

import sqlite3
from contextlib import closing

from telic.kernel.values import WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase
from telic.stores.sqlite.schema import MIGRATIONS, migrate
from telic.stores.sqlite.schema_happenings import HAPPENINGS, SILENT, TELLING
from tests.stores.desk import Add, Begin, desk

ID = WorkflowId("d-1")


def triggers(path):
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}


def before(path):
    """A file as it was before triggers came with the first hook."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE telic_schema (version INTEGER PRIMARY KEY) STRICT")
    older = MIGRATIONS.index(SILENT)
    for number, statements in enumerate(MIGRATIONS[:older], 1):
        for statement in statements:
            connection.execute(statement)
        connection.execute("INSERT INTO telic_schema VALUES (?)", (number,))
    return connection


def test_there_is_a_trigger_for_each_kind_of_what_happens():
    assert len(TELLING) == len(SILENT) == 5
    assert sum("CREATE TRIGGER" in text for text in HAPPENINGS) == 5


async def test_a_file_has_no_trigger_before_its_first_hook(tmp_path):
    path = tmp_path / "desk.db"
    async with SqliteDatabase(path) as db:
        await WorkflowRuntime(machine=desk, store=db.store(desk)).run_step(ID, Begin())
        assert triggers(path) == set()
        await db.store(desk).add_hook("audit")
        assert len(triggers(path)) == 5
        await db.store(desk).add_hook("audit")
        await db.store(desk).add_hook("mail")
        assert len(triggers(path)) == 5


async def test_another_process_that_had_the_file_open_tells_the_first_hook_from_its_next_step_on(tmp_path):
    path = tmp_path / "desk.db"
    async with SqliteDatabase(path) as here, SqliteDatabase(path) as there:
        elsewhere = WorkflowRuntime(machine=desk, store=there.store(desk))
        await elsewhere.run_step(ID, Begin())
        await here.store(desk).add_hook("audit")
        await elsewhere.run_step(ID, Add())
        assert [one.revision for one in await here.store(desk).unheard("audit", 10)] == [2]


async def test_an_older_file_with_a_hook_keeps_its_triggers(tmp_path):
    path = tmp_path / "desk.db"
    with closing(before(path)) as connection:
        connection.execute("INSERT INTO telic_hook (tenant, machine, hook) VALUES ('', 'desk', 'audit')")
        assert len(triggers(path)) == 5
        migrate(connection, str(path))
    assert len(triggers(path)) == 5
    async with SqliteDatabase(path) as db:
        await WorkflowRuntime(machine=desk, store=db.store(desk)).run_step(ID, Begin())
        assert [one.revision for one in await db.store(desk).unheard("audit", 10)] == [1]


def test_an_older_file_without_a_hook_loses_its_triggers(tmp_path):
    path = tmp_path / "desk.db"
    with closing(before(path)) as connection:
        migrate(connection, str(path))
    assert triggers(path) == set()
