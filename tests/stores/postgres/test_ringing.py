"""A commit on PostgreSQL rings in other processes: beside the step, soon, and for the same schema only."""

import asyncio
from contextlib import asynccontextmanager

import anyio
import pytest

from telic.kernel.errors import StoreFailed
from telic.kernel.values import WorkflowId
from telic.runtime.hints import Bell, Listens
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.postgres import PostgresDatabase
from telic.stores.postgres.connection import Server, connected
from telic.stores.postgres.ringing import Ringer, heard
from tests.services import postgres_schema
from tests.stores.desk import DESK, Add, Begin, Submit, desk


@pytest.fixture
def prepared():
    return True


@asynccontextmanager
async def listening(db):
    """The bell of a database that listens, once it does."""
    bell = Bell()
    db.hints.add(bell)
    async with anyio.create_task_group() as group:
        group.start_soon(db.listen)
        with anyio.fail_after(30):
            await bell.wait()  # it rings once when it begins to listen
            yield bell
        group.cancel_scope.cancel()
    db.hints.remove(bell)


async def test_a_step_that_makes_work_rings_in_a_database_that_listens(opened, store, runtime):
    assert isinstance(store, Listens)
    async with opened() as other, listening(other) as bell:
        await runtime.run_step(DESK, Begin())
        await runtime.run_step(DESK, Submit())
        await bell.wait()


async def test_a_process_that_ends_after_its_step_has_rung(opened, db):
    async with listening(db) as bell:
        async with opened() as other:
            runtime = WorkflowRuntime(machine=desk, store=other.store(desk))
            await runtime.run_step(DESK, Begin())
            await runtime.run_step(DESK, Submit())
        await bell.wait()


async def test_what_is_said_behind_a_pooler_is_heard_elsewhere_and_nobody_listens_there(opened, db):
    async with opened(prepared=False) as pooled, listening(db) as bell:
        with anyio.fail_after(10):
            await pooled.listen()  # returns
        pooled.ring()
        await bell.wait()


async def test_neither_ones_own_ring_nor_that_of_another_schema_is_heard(url, opened, db):
    async with (
        postgres_schema(url) as elsewhere,
        opened() as other,
        PostgresDatabase(url, schema=elsewhere) as stranger,
        listening(db) as bell,
    ):
        stranger.ring()
        db.ring_others()
        await stranger.aclose()  # what it had to tell is told
        await db._opened.ringer.drained()
        other.ring_others()
        await bell.wait()
        await anyio.wait_all_tasks_blocked()
        assert not bell.rung


async def test_a_step_that_makes_no_work_and_one_of_the_callers_transaction_ring_nowhere(db, store, sql, monkeypatch):
    told = []
    monkeypatch.setattr(Ringer, "ring", lambda ringer: told.append(1))
    runtime = WorkflowRuntime(machine=desk, store=store)
    await runtime.run_step(DESK, Begin())
    before = len(told)
    await runtime.run_step(DESK, Add())
    assert len(told) == before
    await runtime.run_step(DESK, Submit())
    assert len(told) == before + 1
    async with sql.transaction():
        inside = WorkflowRuntime(machine=desk, store=store.within(conn=sql))
        await inside.run_step(WorkflowId("w-2"), Begin())
        await inside.run_step(WorkflowId("w-2"), Submit())
    assert len(told) == before + 1


async def test_what_is_told_while_a_ring_is_under_way_is_told_by_one_more():
    sent, free = [], asyncio.Event()

    async def send(mark):
        sent.append(mark)
        await free.wait()

    ringer = Ringer("shop", "here", send)
    for _ in range(3):
        ringer.ring()
        await anyio.wait_all_tasks_blocked()
    assert sent == [ringer.mark]
    free.set()
    await ringer.drained()
    assert sent == [ringer.mark] * 2
    await ringer.drained()
    assert len(sent) == 2


async def test_a_ring_that_fails_concerns_nobody(caplog):
    async def send(mark):
        raise OSError("gone")

    with caplog.at_level("DEBUG", "telic.postgres"):
        ringer = Ringer("shop", "here", send)
        ringer.ring()
        await ringer.drained()
    assert caplog.messages == ["others were not told of work on here: gone"]


async def test_who_listens_learns_that_the_connection_is_lost(url, sql, monkeypatch):
    opened, rings = [], asyncio.Queue()

    async def seen(server):
        opened.append(await connected(server))
        return opened[0]

    monkeypatch.setattr("telic.stores.postgres.ringing.connected", seen)
    server = Server.of(url, prepared=True)
    hearing = asyncio.ensure_future(heard(server, "shop me", lambda: rings.put_nowait(1)))
    await rings.get()
    await sql.execute("SELECT pg_terminate_backend($1)", opened[0].get_server_pid())
    with pytest.raises(StoreFailed) as lost:
        await hearing
    assert lost.value.reason == (
        f"expected an answer of {server.name}, got the end of the connection; "
        "do see that the server runs, and try again"
    )
    assert opened[0].is_closed()


async def test_who_cannot_connect_does_not_listen():
    with pytest.raises(StoreFailed, match="expected an answer of postgresql://127.0.0.1:1/x"):
        await heard(Server.of("postgresql://127.0.0.1:1/x", prepared=True), "shop me", lambda: None)
