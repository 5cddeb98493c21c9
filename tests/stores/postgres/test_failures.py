"""What goes wrong with a server, a session or a loop: every caller is told, nothing half-written."""

import asyncio
import contextlib
import os
import subprocess
import sys

import anyio
import asyncpg
import pytest

from telic.kernel.errors import MissingExtra, StoreClosed, StoreFailed
from telic.kernel.values import WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.postgres import PostgresDatabase, pool
from telic.stores.postgres import schema as schema_module
from telic.stores.postgres.schema import MIGRATIONS, version_of
from tests.stores.desk import DESK, Add, Begin, Submit, desk
from tests.stores.postgres.test_saving import dump
from tests.stores.test_saving import ROOT, decided, gathered


async def opening(db):
    """The text of the error with which a database does not open."""
    with pytest.raises(StoreFailed) as failure:
        async with db:
            pass
    assert failure.value.operation == "open"
    return str(failure.value)


async def triggered(sql, body, table="telic_instance", when="INSERT OR UPDATE"):
    """Have a table run some PL/pgSQL for the instance w-3."""
    await sql.execute(f"""
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN new; END $$;
        CREATE TRIGGER no BEFORE {when} ON {table} FOR EACH ROW WHEN (new.id = 'w-3') EXECUTE FUNCTION no()
    """)


async def starting(store, count=6):
    """What becomes of some starts at once."""

    async def start(number):
        await store.save(decided(None, Begin(), WorkflowId(f"w-{number}")))

    return await gathered(count, start)


def test_a_missing_driver_is_named_with_the_line_that_installs_it():
    code = (
        "import sys; sys.modules['asyncpg'] = None\n"
        "try:\n    import telic.stores.postgres\n"
        "except ImportError as error:\n    print(type(error).__name__, error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert said == f"MissingExtra {MissingExtra('telic.stores.postgres', 'postgres')}\n"
    assert said.endswith("do pip install 'telic[postgres]'\n")


def test_arguments_that_name_nothing():
    with pytest.raises(ValueError) as error:
        PostgresDatabase("mysql://me:secret@host/db")
    assert str(error.value) == "expected a URL that begins with 'postgresql://', got one that begins with 'mysql://'"
    with pytest.raises(ValueError, match="got one that begins with 'no scheme'"):
        PostgresDatabase("host=db password=secret")
    with pytest.raises(ValueError, match=r"expected schema to be a plain name of letters, digits and '_', got 'a\.b'"):
        PostgresDatabase("postgresql://host/db", schema="a.b")
    with pytest.raises(ValueError, match="expected one connection at least, got 0"):
        PostgresDatabase("postgresql://host/db", connections=0)


async def test_no_message_shows_a_password():
    db = PostgresDatabase("postgresql://me:secret@127.0.0.1:1/db?password=secret", schema="s")
    assert repr(db) == "PostgresDatabase('postgresql://127.0.0.1:1/db', schema='s')"
    text = await opening(db)
    assert text.startswith("open failed: expected to reach postgresql://127.0.0.1:1/db, got ")
    assert text.endswith(
        "; do see that the server runs, takes one more connection, and knows user, password and database"
    )
    assert "secret" not in text
    with pytest.raises(StoreFailed, match=r"^open failed: expected to reach "):
        await PostgresDatabase("postgresql://127.0.0.1:1/db").store(desk).save(decided(None, Begin()))


async def test_a_pooler_that_refuses_to_set_up_sessions():
    async def refuse(reader, writer):
        size = int.from_bytes(await reader.readexactly(4), "big")
        if (await reader.readexactly(size - 4))[:4] == b"\x04\xd2\x16\x2f":  # no encryption here
            writer.write(b"N")
            await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big") - 4)
        fields = b"SFATAL\0C08P01\0Munsupported startup parameter: jit\0\0"
        writer.write(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    name = f"postgresql://127.0.0.1:{server.sockets[0].getsockname()[1]}/db"
    assert await opening(PostgresDatabase(name.replace("//", "//me@"))) == (
        f"open failed: expected to set up a session of {name}, got unsupported startup parameter: jit; "
        "do open it with prepared=False, as behind a pooler"
    )
    server.close()
    await server.wait_closed()


async def test_a_database_that_is_not_there(url):
    text = await opening(PostgresDatabase(url.rpartition("/")[0] + "/telic_no_such"))
    assert 'got database "telic_no_such" does not exist; do see' in text


async def test_tables_of_a_newer_version(opened, sql, db):
    await sql.execute("INSERT INTO telic_schema (version) VALUES (99)")
    assert await opening(opened()) == (
        f"open failed: expected tables of version {len(MIGRATIONS)} at most on {db.name}, "
        "got version 99, which a newer telic has made; do upgrade telic"
    )


async def test_migrations_run_once_beside_other_tables_however_many_open_at_once(url, schema, prepared):
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.mine AS SELECT 1 AS a")
    assert await version_of(connection, schema) == 0

    async def open_and_close(number):
        async with PostgresDatabase(url, schema=schema, prepared=prepared):
            pass

    assert await gathered(8, open_and_close) == [None] * 8
    assert await version_of(connection, schema) == len(MIGRATIONS)
    assert await connection.fetchval(f"SELECT count(*) FROM {schema}.telic_schema") == len(MIGRATIONS)
    assert await connection.fetchval(f"SELECT a FROM {schema}.mine") == 1
    await connection.close()


async def test_a_migration_that_fails_leaves_nothing(url, schema, monkeypatch):
    broken = ((*MIGRATIONS[0], "CREATE TABLE {s}.telic_instance (id text)"),)
    monkeypatch.setattr(schema_module, "MIGRATIONS", broken)
    text = await opening(PostgresDatabase(url, schema=schema))
    assert 'relation "telic_instance" already exists' in text
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT to_regnamespace($1::text)", schema) is None
    await connection.close()


async def test_tables_that_are_up_to_date_need_no_right_to_change_them(opened, sql, db, monkeypatch):
    await sql.execute("CREATE TABLE mine (a int)")
    monkeypatch.setattr(schema_module, "MIGRATIONS", (("SELECT 1/0",),) * len(MIGRATIONS))
    async with opened() as again:
        assert await again.store(desk).ids() == ()


async def test_a_closed_database_says_so(opened):
    db = opened()
    store = db.store(desk)
    await store.save(decided(None, Begin()))
    await db.aclose()
    await db.aclose()
    text = f"expected an open database, got {db.name} closed; do open a new one"
    for call in (store.load(DESK), store.save(decided(None, Begin())), store.ids(), db.__aenter__()):
        with pytest.raises(StoreClosed) as closed:
            await call
        assert str(closed.value) == text
    unused = opened()
    await unused.aclose()


async def test_closing_saves_what_was_handed_over(opened):
    db = opened()
    store = db.store(desk)
    await store.ids()
    saves = [
        asyncio.ensure_future(store.save(decided(None, Begin(), WorkflowId(f"w-{number}")))) for number in range(600)
    ]
    loads = [asyncio.ensure_future(store.load(WorkflowId("w-1"))) for _ in range(10)]
    await asyncio.sleep(0)
    await db.aclose()
    assert all(one.done() for one in saves + loads)
    assert await asyncio.gather(*saves) == [None] * 600
    async with opened() as again:
        assert len(await again.store(desk).ids()) == 600


async def test_closing_waits_for_who_meets_a_lock(opened, sql):
    db = opened()
    store = db.store(desk)
    await starting(store)
    loaded = await store.load(WorkflowId("w-3"))
    lock = sql.transaction()
    await lock.start()
    await sql.execute("SELECT FROM telic_instance WHERE id = 'w-3' FOR UPDATE")
    save = asyncio.ensure_future(store.save(decided(loaded, Add(), loaded.id)))
    while not db._opened.writer._apart:
        await sql.fetch("SELECT 1")  # until it has met the lock
    close = asyncio.ensure_future(db.aclose())
    await lock.rollback()
    await close
    assert save.done()
    assert await sql.fetchval("SELECT revision FROM telic_instance WHERE id = 'w-3'") == 2


async def test_a_session_that_ended_while_idle_is_replaced_unseen(sql, db, store):
    await store.save(decided(None, Begin()))
    idle = db._opened.pool._idle
    ended = [asyncio.get_running_loop().create_future() for _ in idle]
    for one, future in zip(idle, ended, strict=True):
        one.add_termination_listener(lambda _, future=future: future.set_result(None))
        await sql.execute(f"SELECT pg_terminate_backend({one.get_server_pid()})")
    await asyncio.gather(*ended)
    assert (await WorkflowRuntime(machine=desk, store=store).run_step(DESK, Add())).kind == "stepped"


async def test_a_session_that_ends_in_the_middle_of_a_save_leaves_everybody_unsure(sql, db, store):
    await triggered(sql, "PERFORM pg_terminate_backend(pg_backend_pid())")
    before = await dump(sql)
    outcomes = await starting(store)
    assert {type(one) for one in outcomes} == {StoreFailed}
    assert len({id(one) for one in outcomes}) == 6
    (text,) = {str(one) for one in outcomes}
    assert text.startswith(f"save failed: expected an answer of {db.name}, got ")
    assert text.endswith(
        "terminating connection due to administrator command; "
        "nobody can tell whether it was saved, do load again, or send the event again under its id"
    )
    assert await dump(sql) == before
    await sql.execute("DROP TRIGGER no ON telic_instance")
    assert await starting(store) == [None] * 6


async def test_a_load_asks_once_more_when_the_session_ends(sql, db, store):
    await store.save(decided(None, Begin()))
    await sql.execute("""
        CREATE SEQUENCE times;
        ALTER TABLE telic_instance RENAME TO held;
        CREATE FUNCTION ended() RETURNS boolean LANGUAGE plpgsql AS
            $$ BEGIN IF nextval('times') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
            RETURN true; END $$;
    """)
    columns = (
        "tenant, machine, id, revision, kind, version, status, state, rest, key, parent, started_us, at_us, "
        "root_machine, root"
    )
    schema = await sql.fetchval("SELECT current_schema()")
    await sql.execute(f"ALTER FUNCTION ended() SET search_path = {schema}")
    await sql.execute(f"CREATE VIEW telic_instance AS SELECT {columns} FROM held WHERE ended()")
    assert (await store.load(DESK)).revision == 1
    assert await sql.fetchval("SELECT last_value FROM times") == 2
    await sql.execute("""
        CREATE OR REPLACE FUNCTION ended() RETURNS boolean LANGUAGE sql VOLATILE
        AS $$ SELECT pg_terminate_backend(pg_backend_pid()) $$
    """)
    with pytest.raises(StoreFailed) as failure:
        await store.load(DESK)
    assert str(failure.value).startswith(f"load failed: expected an answer of {db.name}, got ")
    assert str(failure.value).endswith("; do see that the server runs, and try again")


async def test_a_statement_that_fails_concerns_its_own_commit_only(sql, db, store):
    await triggered(sql, "RAISE EXCEPTION 'not this one'", "telic_outbox", "INSERT")
    runtime = WorkflowRuntime(machine=desk, store=store)
    await gathered(6, lambda number: runtime.run_step(WorkflowId(f"w-{number}"), Begin()))
    outcomes = await gathered(6, lambda number: runtime.run_step(WorkflowId(f"w-{number}"), Submit()))
    failure = outcomes.pop(3)
    assert {one.kind for one in outcomes} == {"stepped"}
    assert str(failure) == f"save failed: expected PostgreSQL to work on {db.name}, got not this one; do see the cause"
    assert isinstance(failure.__cause__, asyncpg.RaiseError)
    assert len(await store.journal(WorkflowId("w-3"))) == 1
    assert (await store.load(WorkflowId("w-3"))).state.kind == "draft"
    assert (await store.load(WorkflowId("w-2"))).state.kind == "review"


async def test_a_text_that_postgres_cannot_hold_concerns_its_own_commit_only(db, store):
    runtime = WorkflowRuntime(machine=desk, store=store)
    await runtime.run_step(DESK, Begin())

    async def step(number):
        if number:
            return await runtime.run_step(WorkflowId(f"w-{number}"), Begin())
        return await runtime.run_step(DESK, Submit(), actor="\x00")

    failure, *others = await gathered(5, step)
    assert isinstance(failure, StoreFailed)
    assert str(failure) == (
        f"save failed: expected texts that PostgreSQL can hold on {db.name}, got one with NUL; "
        "do leave NUL out of keys, actors and names, nothing was saved"
    )
    assert [one.kind for one in others] == ["started"] * 4
    assert (await store.load(DESK)).revision == 1


# Made past the check of the class, as a driver might bring it.
UNSENDABLE = str.__new__(WorkflowId, "\udc00")


async def test_an_id_that_cannot_be_sent_concerns_whoever_asks_for_it(store):
    await starting(store)
    found = await gathered(7, lambda number: store.load(UNSENDABLE if number == 6 else WorkflowId(f"w-{number}")))
    failure = found.pop()
    assert isinstance(failure, StoreFailed)
    assert [one.id for one in found] == [f"w-{number}" for number in range(6)]


async def test_what_fails_at_the_end_of_the_statement_fails_its_own_commit_only(sql, store):
    await sql.execute("""
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE check_violation; END $$;
        CREATE CONSTRAINT TRIGGER no AFTER INSERT ON telic_instance DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (new.id = 'w-3') EXECUTE FUNCTION no()
    """)
    outcomes = await starting(store)
    assert isinstance(outcomes.pop(3), StoreFailed)
    assert outcomes == [None] * 5
    assert len(await store.ids()) == 5


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("53100", "expected room on {name}, got a full disk; do free some and try again, nothing was saved"),
        (
            "25006",
            "expected to write to {name}, got a server or transaction that is read-only; "
            "do connect to the primary, nothing was saved",
        ),
        ("42501", "expected to be allowed to work on {name}, got 42501; do grant it to the user of the URL"),
        ("42P01", "expected the tables of telic on {name}, got 42P01; do open the database again to create them"),
        ("XX001", "expected PostgreSQL to work on {name}, got XX001; do see the cause"),
    ],
)
async def test_what_concerns_the_server_fails_all_and_writes_nothing(sql, db, store, state, text):
    await triggered(sql, f"RAISE EXCEPTION '{state}' USING ERRCODE = '{state}'")
    before = await dump(sql)
    outcomes = await starting(store)
    assert {str(one) for one in outcomes} == {f"save failed: {text.format(name=db.name)}"}
    assert await dump(sql) == before


async def test_a_deadlock_or_a_race_is_tried_again(sql, store):
    await sql.execute("CREATE SEQUENCE times")
    schema = await sql.fetchval("SELECT current_schema()")
    await triggered(
        sql, f"IF nextval('{schema}.times') < 4 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END IF"
    )
    assert await starting(store) == [None] * 6
    assert await sql.fetchval("SELECT last_value FROM times") == 4


async def test_a_lock_that_is_never_released(sql, db, store, monkeypatch):
    monkeypatch.setattr(pool, "LOCK_SECONDS", 0)
    await starting(store)
    loaded = await store.load(WorkflowId("w-3"))
    async with sql.transaction():
        await sql.execute("SELECT FROM telic_instance WHERE id = 'w-3' FOR UPDATE")
        with pytest.raises(StoreFailed) as failure:
            await store.save(decided(loaded, Add(), loaded.id))
    assert str(failure.value) == (
        f"save failed: expected the locks of the instance on {db.name} within 30 seconds, got none; "
        "do end the long transaction of another session, nothing was saved"
    )
    await store.save(decided(loaded, Add(), loaded.id))


async def test_a_server_that_takes_too_long(sql, db, store, monkeypatch):
    await store.save(decided(None, Begin()))
    first = await store.load(DESK)
    await triggered(sql, "PERFORM pg_sleep(30)")
    monkeypatch.setattr(pool, "ANSWER_SECONDS", 0.05)
    with pytest.raises(StoreFailed) as failure:
        await store.save(decided(None, Begin(), WorkflowId("w-3")))
    assert str(failure.value) == (
        f"save failed: expected an answer of {db.name}, got none within 30 seconds; "
        "nobody can tell whether it was saved, do load again, or send the event again under its id"
    )
    monkeypatch.undo()
    await store.save(decided(first, Add()))
    assert await store.load(WorkflowId("w-3")) is None
    sleeping = "SELECT pid FROM pg_locks WHERE relation = 'telic_instance'::regclass AND pid <> pg_backend_pid()"
    await sql.execute(f"SELECT pg_terminate_backend(pid) FROM ({sleeping}) found")


async def test_a_fork_is_told_to_open_its_own(db, store):
    db._process = -1
    with pytest.raises(StoreFailed) as failure:
        await store.load(DESK)
    assert str(failure.value) == (
        f"load failed: expected the process that opened {db.name}, got a fork of it; "
        "do make a new PostgresDatabase after the fork"
    )
    await db.aclose()  # takes no leave: the sessions belong to the other process
    db._process = os.getpid()


def test_trio_is_told_that_the_driver_does_not_know_it(url):
    db = PostgresDatabase(url)

    async def load():
        await db.store(desk).load(DESK)

    with pytest.raises(StoreFailed) as failure:
        anyio.run(load, backend="trio")
    assert str(failure.value) == (
        f"load failed: expected an asyncio event loop to reach {db.name}, because the driver knows no other, "
        "got none; do run on asyncio"
    )


async def test_another_loop_is_told_to_open_its_own(db, store):
    def elsewhere(function, *arguments):
        with pytest.raises(StoreFailed) as failure:
            asyncio.run(function(*arguments))
        return str(failure.value)

    text = (
        f"expected the event loop in which {db.name} was opened, got another one; "
        "do make a PostgresDatabase in each loop"
    )
    assert await asyncio.to_thread(elsewhere, store.load, DESK) == f"load failed: {text}"
    db._closed, closed = False, db._closed
    assert await asyncio.to_thread(elsewhere, db.aclose) == f"close failed: {text}"
    db._closed = closed


async def test_a_task_that_is_cancelled_while_it_opens_does_not_disturb_the_next(opened):
    db = opened()
    store = db.store(desk)
    first = asyncio.ensure_future(store.ids())
    await asyncio.sleep(0)
    first.cancel()
    second = asyncio.ensure_future(store.ids())
    with contextlib.suppress(asyncio.CancelledError):
        await first
    assert await second == ()
    await db.aclose()


async def test_a_reader_who_gives_up_leaves_a_usable_database(sql, db, store):
    await store.save(decided(None, Begin()))
    async with sql.transaction():
        await sql.execute("LOCK TABLE telic_journal")
        reads = [asyncio.ensure_future(store.journal(DESK)) for _ in range(3)]
        blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'telic_journal'::regclass"
        while await sql.fetchval(blocked) < 3:
            pass  # asked again, and the reads go on meanwhile
        for one in reads:
            one.cancel()
        outcomes = await asyncio.gather(*reads, return_exceptions=True)
        assert {type(one) for one in outcomes} == {asyncio.CancelledError}
    assert len(await store.journal(DESK)) == 1
