"""Inside the caller's own transaction on a file: what is saved there lasts if the caller commits."""

import sqlite3

import anyio
import pytest

from telic.kernel.errors import RevisionConflict, StoreFailed
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.hints import Bell
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase
from tests.stores.desk import DESK, NOON, Add, Begin, Submit, desk
from tests.stores.test_saving import decided, gathered


@pytest.fixture
def sql(path, store):
    """A connection of the test's own, as an application has one."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    yield connection
    connection.close()


def running(store):
    return WorkflowRuntime(machine=desk, store=store)


def beside(path):
    return (
        f"expected a write of this task to go through its open transaction on {path}, got one beside it, "
        "which would wait for the end of that; do use store.within(conn=...), or commit first"
    )


async def test_a_step_and_a_row_of_the_application_are_one_transaction(db, sql, store):
    async with db:
        sql.execute("CREATE TABLE mine (a TEXT)")
        sql.execute("BEGIN IMMEDIATE")
        sql.execute("INSERT INTO mine VALUES ('x')")
        inside = store.within(conn=sql)
        assert (await running(inside).run_step(DESK, Begin(), event_id=EventId("e"))).kind == "started"
        assert (await running(inside).run_step(DESK, Begin(), event_id=EventId("e"))).kind == "duplicate"
        assert (await running(inside).run_step(DESK, Submit())).kind == "stepped"
        assert [one.revision for one in await inside.journal(DESK)] == [1, 2]
        assert len(await inside.outbox()) == 1
        assert await inside.ids() == (DESK,)
        assert [one.id for one in (await inside.find(kind="review")).items] == [DESK]
        assert await store.load(DESK) is None  # not before the end
        sql.execute("COMMIT")
        assert (await store.load(DESK)).revision == 2
        assert len(await store.outbox()) == 1
        assert sql.execute("SELECT a FROM mine").fetchall() == [("x",)]


async def test_what_the_caller_takes_back_was_never_saved(sql, store, db):
    async with db:
        sql.execute("BEGIN")
        inside = store.within(conn=sql)
        await running(inside).run_step(DESK, Begin())
        assert (await inside.load(DESK)).revision == 1
        sql.execute("ROLLBACK")
        assert await store.load(DESK) is None
        assert (await running(store).run_step(DESK, Begin(text="after"))).kind == "started"


async def test_a_conflict_leaves_the_transaction_as_it_is(sql, store, db):
    async with db:
        await store.save(decided(None, Begin()))
        first = await store.load(DESK)
        await store.save(decided(first, Add(), event_id=EventId("known")))
        sql.execute("BEGIN IMMEDIATE")
        inside = store.within(conn=sql)
        with pytest.raises(RevisionConflict) as conflict:
            await inside.save(decided(first, Submit()))
        assert (conflict.value.expected, conflict.value.found) == (1, 2)
        with pytest.raises(RevisionConflict):
            await inside.save(decided(None, Begin()))
        with pytest.raises(RevisionConflict):
            await inside.save(decided(await inside.load(DESK), Add(), event_id=EventId("known")))
        await inside.save(decided(await inside.load(DESK), Submit()))
        sql.execute("COMMIT")
        assert (await store.load(DESK)).revision == 3
        assert [one.revision for one in await store.journal(DESK)] == [1, 2, 3]


async def test_a_write_of_the_same_task_beside_the_transaction_fails_at_once(sql, store, db, path):
    async with db:
        sql.execute("BEGIN IMMEDIATE")
        inside = store.within(conn=sql)
        for write in (running(store).run_step(DESK, Begin()), store.redrive(now=NOON)):
            with pytest.raises(StoreFailed) as failure:
                await write
            assert failure.value.reason == beside(path)
        assert await store.load(DESK) is None  # to read is no harm
        assert (await running(inside).run_step(DESK, Begin())).kind == "started"
        sql.execute("COMMIT")
        assert (await running(store).run_step(DESK, Add())).kind == "stepped"


async def test_a_task_that_has_joined_nothing_waits_for_the_end_of_the_transaction(sql, path):
    results = []
    async with SqliteDatabase(path) as database, anyio.create_task_group() as group:
        beside_it = database.store(desk)
        begun = anyio.Event()

        async def writes():
            begun.set()
            results.append(await running(beside_it).run_step(WorkflowId("other"), Begin()))

        sql.execute("BEGIN IMMEDIATE")
        group.start_soon(writes)  # before anything is joined here
        await begun.wait()
        await running(database.store(desk).within(conn=sql)).run_step(DESK, Begin())
        sql.execute("COMMIT")
    assert [one.kind for one in results] == ["started"]


async def test_a_tenant_and_a_transaction_can_be_named_together(sql, store, db):
    async with db:
        sql.execute("BEGIN IMMEDIATE")
        north = store.within(tenant="north", conn=sql)
        south = north.within(tenant="south")
        await running(north).run_step(DESK, Begin())
        assert await south.load(DESK) is None
        assert south.lane_key is north.lane_key is not store.lane_key
        sql.execute("COMMIT")
        assert (await store.within(tenant="north").load(DESK)).meta.tenant == "north"
        assert await store.load(DESK) is None


async def test_steps_in_one_transaction_take_turns(sql, store, db):
    async with db:
        sql.execute("BEGIN IMMEDIATE")
        inside = running(store.within(conn=sql))
        outcomes = await gathered(10, lambda number: inside.run_step(WorkflowId(f"w-{number % 5}"), Begin()))
        assert sorted(one.kind for one in outcomes) == ["rejected"] * 5 + ["started"] * 5
        sql.execute("COMMIT")
        assert len(await store.ids()) == 5


async def test_nobody_is_woken_before_the_caller_commits(sql, store, db):
    bell = Bell()
    async with db:
        store.hints.add(bell)
        await store.save(decided(None, Begin()))
        sql.execute("BEGIN IMMEDIATE")
        inside = store.within(conn=sql)
        await inside.save(decided(await inside.load(DESK), Submit()))
        assert not bell.rung
        sql.execute("COMMIT")


async def test_a_connection_without_a_transaction_is_refused(sql, store, path):
    inside = store.within(conn=sql)  # opens the file, so that there are tables
    text = (
        f"join failed: expected an open transaction on the connection to {path}, got none; "
        "do begin one, with BEGIN IMMEDIATE"
    )
    for call in (inside.load(DESK), inside.save(decided(None, Begin())), inside.ids()):
        with pytest.raises(StoreFailed) as failure:
            await call
        assert str(failure.value) == text
    sql.close()
    with pytest.raises(StoreFailed):
        await inside.load(DESK)
    assert (await running(store).run_step(DESK, Begin())).kind == "started"


async def test_a_connection_of_another_driver_or_to_another_file_is_refused(store, path, tmp_path, db):
    async with db:
        with pytest.raises(TypeError) as error:
            store.within(conn="app.db")
        assert str(error.value) == (
            "expected conn to be a sqlite3.Connection, got builtins.str; do hand over the connection of the driver itself"
        )
        for name, told in ((":memory:", "no file"), (tmp_path / "other.db", str(tmp_path / "other.db"))):
            connection = sqlite3.connect(name)
            with pytest.raises(StoreFailed) as failure:
                store.within(conn=connection)
            assert str(failure.value) == f"join failed: expected a connection to {path}, got one to {told}"
            connection.close()


async def test_tables_that_are_not_there_are_told_and_not_waited_for(path, tmp_path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE mine (a TEXT)")
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFailed, match=r"got version 0; do open the SqliteDatabase before the transaction begins"):
        SqliteDatabase(path).store(desk).within(conn=connection)
    connection.close()


async def test_what_the_application_has_set_on_its_connection_stays_and_does_no_harm(store, path, db):
    async with db:
        connection = sqlite3.connect(path)  # the driver begins by itself, and gives back what the application likes
        connection.row_factory = lambda cursor, row: {"row": row}
        connection.text_factory = bytes
        connection.execute("CREATE TABLE mine (a TEXT)")
        connection.execute("INSERT INTO mine VALUES ('x')")
        inside = running(store.within(conn=connection))
        assert (await inside.run_step(DESK, Begin())).kind == "started"
        assert (await inside.run_step(DESK, Submit())).kind == "stepped"
        assert connection.execute("SELECT a FROM mine").fetchone() == {"row": (b"x",)}
        connection.commit()
        assert (await store.load(DESK)).revision == 2
        connection.close()


async def test_a_statement_that_fails_leaves_the_transaction_as_it_was(sql, store, db, path):
    async with db:
        await store.save(decided(None, Begin()))
        sql.execute("BEGIN IMMEDIATE")
        sql.execute("ALTER TABLE telic_journal RENAME TO gone")
        inside = store.within(conn=sql)
        with pytest.raises(StoreFailed, match=r"^save failed: expected SQLite to work on .*no such table"):
            await running(inside).run_step(DESK, Submit())
        sql.execute("ALTER TABLE gone RENAME TO telic_journal")
        assert (await running(inside).run_step(DESK, Submit())).kind == "stepped"
        sql.execute("COMMIT")
        assert (await store.load(DESK)).revision == 2


async def test_a_transaction_that_has_read_before_another_wrote_says_so(sql, store, db, path):
    async with db:
        await store.save(decided(None, Begin()))
        sql.execute("BEGIN")
        sql.execute("SELECT * FROM telic_instance").fetchall()
        await store.save(decided(await store.load(DESK), Add()))
        inside = store.within(conn=sql)
        with pytest.raises(StoreFailed) as failure:
            await running(inside).run_step(DESK, Submit())
        assert "do begin the transaction with BEGIN IMMEDIATE" in str(failure.value)
        sql.execute("ROLLBACK")
