"""What goes wrong with a file, a disk or a thread: every caller is told, nothing half-written."""

import os
import re
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import anyio
import pytest

from telic.kernel.errors import StoreClosed, StoreFailed
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase, connection, writer
from telic.stores.sqlite.schema import MIGRATIONS, version_of
from tests.stores.desk import DESK, Add, Begin, Submit, desk
from tests.stores.test_saving import decided, dump, gathered


async def opening(path):
    """The text of the error with which a file does not open."""
    with pytest.raises(StoreFailed) as failure:
        async with SqliteDatabase(path):
            pass
    assert failure.value.operation == "open"
    return str(failure.value)


def altered(path, *texts):
    """Change a file behind the store's back."""
    connection = sqlite3.connect(path, isolation_level=None)
    for text in texts:
        connection.execute(text)
    connection.close()


def with_rows(path, count=300):
    """A file with some instances, closed."""
    db = SqliteDatabase(path, commit="inline")

    async def fill():
        runtime = WorkflowRuntime(machine=desk, store=db.store(desk))
        await gathered(count, lambda number: runtime.run_step(WorkflowId(f"w-{number}"), Begin()))
        await db.aclose()

    anyio.run(fill)


async def test_a_file_that_is_no_database(path):
    path.write_text("no database at all\n" * 100)
    assert await opening(path) == (
        f"open failed: expected an SQLite database in {path}, got another kind of file; do name another path"
    )
    assert path.read_text() == "no database at all\n" * 100


async def test_a_folder_that_is_not_there(tmp_path):
    path = tmp_path / "no" / "desk.db"
    assert await opening(path) == (
        f"open failed: expected to open or create {path}, got unable to open database file; "
        "do create its folder and allow writing there"
    )


def test_a_truncated_file(path):
    with_rows(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert anyio.run(opening, path) == (
        f"open failed: expected an intact database in {path}, got a damaged one; "
        "do restore a backup, or save what can be read with .recover of sqlite3"
    )


def test_a_file_with_damaged_pages(path):
    with_rows(path)
    whole = bytearray(path.read_bytes())
    size = int.from_bytes(whole[16:18], "big")
    start = 2 * size  # the first two hold the schema
    whole[start:] = b"\xff" * (len(whole) - start)
    path.write_bytes(whole)

    async def load():
        async with SqliteDatabase(path) as db:
            await db.store(desk).load(WorkflowId("w-1"))

    with pytest.raises(StoreFailed, match=r"^(load|open) failed: expected an intact database in "):
        anyio.run(load)


def test_tables_of_a_newer_version(path):
    with_rows(path, 1)
    altered(path, "INSERT INTO telic_schema (version) VALUES (99)")
    before = dump(path)
    assert anyio.run(opening, path) == (
        f"open failed: expected tables of version {len(MIGRATIONS)} at most in {path}, "
        "got version 99, which a newer telic has made; do upgrade telic"
    )
    assert dump(path) == before


def test_migrations_run_once_beside_other_tables(path, commit):
    altered(path, "CREATE TABLE mine (a)", "INSERT INTO mine VALUES (1)")
    with closing(sqlite3.connect(path)) as connection:
        assert version_of(connection) == 0
    with_rows(path, 3)
    with_rows(path, 3)  # opened again: nothing to migrate
    with closing(sqlite3.connect(path)) as connection:
        assert version_of(connection) == len(MIGRATIONS)
        assert connection.execute("SELECT count(*) FROM telic_schema").fetchone() == (len(MIGRATIONS),)
        assert connection.execute("SELECT a FROM mine").fetchall() == [(1,)]


def test_a_migration_that_fails_leaves_nothing(path, monkeypatch):
    broken = ((*MIGRATIONS[0], "CREATE TABLE telic_instance (id)"),)
    monkeypatch.setattr("telic.stores.sqlite.schema.MIGRATIONS", broken)
    text = anyio.run(opening, path)
    assert "table telic_instance already exists" in text
    assert dump(path) == ["BEGIN TRANSACTION;", "COMMIT;"]


def test_arguments_that_name_nothing(path):
    with pytest.raises(ValueError, match=re.escape("got ':memory:'; do use MemoryStore")):
        SqliteDatabase(":memory:")
    with pytest.raises(ValueError, match="expected commit to be 'thread' or 'inline', got 'soon'"):
        SqliteDatabase(path, commit="soon")
    with pytest.raises(ValueError, match="expected durability to be 'full' or 'normal', got 'no'"):
        SqliteDatabase(path, durability="no")
    assert not path.exists()


@pytest.mark.parametrize(("durability", "level"), [("full", 2), ("normal", 1)])
async def test_durability_is_that_of_sqlite(path, commit, durability, level):
    async with SqliteDatabase(path, commit=commit, durability=durability) as db:
        written = db._writer._connection
        assert written.execute("PRAGMA synchronous").fetchone() == (level,)
        assert written.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert written.execute("PRAGMA busy_timeout").fetchone() == (0,)  # see `begin`
        assert db._reader.execute("PRAGMA busy_timeout").fetchone() == (30_000,)


async def test_a_closed_database_says_so(path, commit):
    db = SqliteDatabase(path, commit=commit)
    store = db.store(desk)
    await store.save(decided(None, Begin()))
    await db.aclose()
    await db.aclose()
    db.close()
    text = f"expected an open database, got {path} closed; do open a new one"
    for call in (store.load(DESK), store.save(decided(None, Begin())), store.ids()):
        with pytest.raises(StoreClosed) as closed:
            await call
        assert str(closed.value) == text
    assert not path.with_name(path.name + "-wal").exists()


async def test_closing_saves_what_was_handed_over(path, commit):
    db = SqliteDatabase(path, commit=commit)
    store = db.store(desk)

    async def start(number):
        await store.save(decided(None, Begin(), WorkflowId(f"w-{number}")))

    async def close():
        db.close()

    outcomes = await gathered(21, lambda number: start(number) if number < 20 else close())
    assert {str(one) for one in outcomes} <= {
        "None",
        f"expected an open database, got {path} closed; do open a new one",
    }
    async with SqliteDatabase(path) as again:
        assert len(await again.store(desk).ids()) == outcomes[:20].count(None)


async def test_the_writer_closed_under_a_group_refuses_all_of_it(path, commit):
    db = SqliteDatabase(path, commit=commit)
    store = db.store(desk)
    await store.save(decided(None, Begin()))
    inner = db._writer
    inner.close()
    with pytest.raises(StoreClosed):
        await store.save(decided(None, Begin(), WorkflowId("w")))
    await db.aclose()


async def test_a_statement_that_fails_concerns_its_own_commit_only(path, db, store):
    altered(
        path,
        "CREATE TRIGGER no BEFORE INSERT ON telic_outbox WHEN new.id = 'w-3' "
        "BEGIN SELECT RAISE(ABORT, 'not this one'); END",
    )
    runtime = WorkflowRuntime(machine=desk, store=store)
    await gathered(6, lambda number: runtime.run_step(WorkflowId(f"w-{number}"), Begin()))
    outcomes = await gathered(6, lambda number: runtime.run_step(WorkflowId(f"w-{number}"), Submit()))
    failure = outcomes.pop(3)
    assert {one.kind for one in outcomes} == {"stepped"}
    assert str(failure) == (f"save failed: expected SQLite to work on {path}, got not this one; do see the cause")
    assert isinstance(failure.__cause__, sqlite3.IntegrityError)
    assert len(await store.journal(WorkflowId("w-3"))) == 1
    assert (await store.load(WorkflowId("w-3"))).state.kind == "draft"
    assert (await store.load(WorkflowId("w-2"))).state.kind == "review"


async def test_a_value_that_sqlite_cannot_hold_concerns_its_own_commit_only(store):
    runtime = WorkflowRuntime(machine=desk, store=store)
    await runtime.run_step(DESK, Begin())
    await runtime.run_step(DESK, Add(amount=2**70))

    async def step(number):
        if number:
            return await runtime.run_step(WorkflowId(f"w-{number}"), Begin())
        return await runtime.run_step(DESK, Submit())

    failure, *others = await gathered(5, step)
    assert isinstance(failure, StoreFailed)
    assert isinstance(failure.__cause__, OverflowError)
    assert [one.kind for one in others] == ["started"] * 4
    assert (await store.load(DESK)).revision == 2


async def test_a_full_disk_fails_all_and_writes_nothing(path, db, store):
    await store.save(decided(None, Begin()))
    db._writer._connection.execute("PRAGMA max_page_count = 1")  # as many as there are
    before = dump(path)

    async def start(number):
        await store.save(decided(None, Begin(text="x" * 2000), WorkflowId(f"w-{number}")))

    outcomes = await gathered(100, start)
    assert {str(one) for one in outcomes} == {
        (f"save failed: expected room for {path}, got a full disk; do free some and try again, nothing was saved")
    }
    assert len({id(one) for one in outcomes}) == 100
    assert dump(path) == before
    db._writer._connection.execute("PRAGMA max_page_count = 1000000")
    assert set(await gathered(100, start)) == {None}


async def test_a_commit_that_fails_fails_every_waiter(path, db, store):
    altered(
        path,
        "CREATE TABLE a (b INTEGER PRIMARY KEY)",
        "CREATE TABLE c (d INTEGER REFERENCES a (b) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER no AFTER INSERT ON telic_instance BEGIN INSERT INTO c VALUES (1); END",
    )
    db._writer._connection.execute("PRAGMA foreign_keys = ON")
    before = dump(path)

    async def start(number):
        await store.save(decided(None, Begin(), WorkflowId(f"w-{number}")))

    outcomes = await gathered(10, start)
    assert {type(one) for one in outcomes} == {StoreFailed}
    assert {str(one.__cause__) for one in outcomes} == {"FOREIGN KEY constraint failed"}
    assert dump(path) == before
    assert not db._writer._connection.in_transaction


async def test_a_writer_without_a_connection_fails_all_at_once(db, store):
    await store.save(decided(None, Begin()))
    db._writer._connection.close()

    async def start(number):
        await store.save(decided(None, Begin(), WorkflowId(f"w-{number}")))

    for _ in range(2):
        outcomes = await gathered(10, start)
        assert {str(one) for one in outcomes} == {
            (
                f"save failed: expected SQLite to work on {db.path}, "
                "got Cannot operate on a closed database.; do see the cause"
            )
        }
        assert {type(one.__cause__) for one in outcomes} == {sqlite3.ProgrammingError}
    assert (await store.load(DESK)).revision == 1  # reading goes on


async def test_a_writer_thread_that_dies_fails_all_now_and_later(path, monkeypatch):
    def dies(*arguments):
        raise SystemExit("killed")

    async with SqliteDatabase(path) as db:
        store = db.store(desk)
        monkeypatch.setattr(writer, "save_all", dies)

        async def start(number):
            await store.save(decided(None, Begin(), WorkflowId(f"w-{number}")))

        outcomes = await gathered(600, start)
        outcomes += await gathered(3, start)
        assert {str(one) for one in outcomes} == {
            f"save failed: expected SQLite to work on {path}, got killed; do see the cause"
        }
        assert {type(one.__cause__) for one in outcomes} == {SystemExit}
        db._writer._thread.join()


async def test_a_fork_is_told_to_open_its_own(path, db, store):
    db._process = -1
    with pytest.raises(StoreFailed) as failure:
        await store.load(DESK)
    assert str(failure.value) == (
        f"load failed: expected the process that opened {path}, got a fork of it; "
        "do make a new SqliteDatabase after the fork"
    )
    db._process = os.getpid()


async def test_a_lock_that_another_process_holds(path, db, store, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.01)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFailed) as failure:
        await store.save(decided(None, Begin()))
    assert str(failure.value) == (
        f"save failed: expected the write lock of {path} within 30 seconds, got none; "
        "do end the long transaction of another process"
    )
    other.execute("ROLLBACK")
    other.close()
    await store.save(decided(None, Begin()))


async def test_whoever_waits_for_another_process_never_pauses_so_long_that_others_overtake_it(
    path, db, store, monkeypatch
):
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    pauses = []

    def slept(seconds):
        pauses.append(seconds)
        if len(pauses) == 100:
            other.execute("ROLLBACK")

    monkeypatch.setattr(connection, "time", SimpleNamespace(sleep=slept, monotonic=lambda: 0.0))
    await store.save(decided(None, Begin()))
    assert len(pauses) == 100
    assert max(pauses) <= 0.004
    other.close()


async def test_a_transaction_that_could_not_be_taken_back_ends_before_the_next(path, db, store):
    db._writer._connection.execute("BEGIN IMMEDIATE")
    db._writer._connection.execute("DELETE FROM telic_schema")
    await store.save(decided(None, Begin()))
    with closing(sqlite3.connect(path)) as look:
        assert look.execute("SELECT count(*) FROM telic_schema").fetchone() == (len(MIGRATIONS),)
        assert look.execute("SELECT count(*) FROM telic_instance").fetchone() == (1,)


async def test_a_file_that_is_read_only_for_sqlite(path, db, store):
    db._writer._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreFailed) as failure:
        await store.save(decided(None, Begin()))
    assert str(failure.value) == (
        f"save failed: expected to write to {path}, got a file or folder that is read-only; do allow writing there"
    )


async def test_an_id_with_nul_is_refused_and_nothing_is_written(path, store):
    await store.save(decided(None, Begin()))
    before = dump(path)
    for commit, id in (
        (decided(None, Begin(), WorkflowId("a\0b")), WorkflowId("a\0b")),
        (decided(await store.load(DESK), Add(), event_id=EventId("a\0b")), EventId("a\0b")),
    ):
        with pytest.raises(StoreFailed) as failure:
            await store.save(commit)
        assert str(failure.value) == (
            f"save failed: expected an id without NUL, got {id!r}; do make ids of other characters"
        )
    assert dump(path) == before
