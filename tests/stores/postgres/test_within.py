"""Inside the caller's own transaction: what is saved there lasts if the caller commits."""

import asyncio
import sqlite3

import asyncpg
import pytest

from telic.kernel.errors import RevisionConflict, StoreFailed
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.hints import Bell
from telic.runtime.runtime import WorkflowRuntime
from tests.stores.desk import DESK, Add, Begin, Submit, desk
from tests.stores.test_saving import decided, gathered


def running(store):
    return WorkflowRuntime(machine=desk, store=store)


async def test_a_step_and_a_row_of_the_application_are_one_transaction(sql, store):
    await sql.execute("CREATE TABLE mine (a text)")
    async with sql.transaction():
        await sql.execute("INSERT INTO mine VALUES ('x')")
        inside = store.within(conn=sql)
        assert (await running(inside).run_step(DESK, Begin(), event_id=EventId("e"))).kind == "started"
        assert (await running(inside).run_step(DESK, Begin(), event_id=EventId("e"))).kind == "duplicate"
        assert (await running(inside).run_step(DESK, Submit())).kind == "stepped"
        assert [one.revision for one in await inside.journal(DESK)] == [1, 2]
        assert len(await inside.outbox()) == 1
        assert await inside.ids() == (DESK,)
        assert await inside.undecodable() == ()
        assert await store.load(DESK) is None  # not before the end
    assert (await store.load(DESK)).revision == 2
    assert len(await store.outbox()) == 1


async def test_what_the_caller_takes_back_was_never_saved(sql, store):
    transaction = sql.transaction()
    await transaction.start()
    inside = store.within(conn=sql)
    await running(inside).run_step(DESK, Begin())
    assert (await inside.load(DESK)).revision == 1
    await transaction.rollback()
    assert await store.load(DESK) is None
    assert (await running(store).run_step(DESK, Begin(text="after"))).kind == "started"
    assert (await store.load(DESK)).state.text == "after"


async def test_a_conflict_leaves_the_transaction_as_it_is(sql, store):
    await store.save(decided(None, Begin()))
    first = await store.load(DESK)
    await store.save(decided(first, Add()))
    async with sql.transaction():
        inside = store.within(conn=sql)
        with pytest.raises(RevisionConflict) as conflict:
            await inside.save(decided(first, Submit()))
        assert (conflict.value.expected, conflict.value.found) == (1, 2)
        with pytest.raises(RevisionConflict):
            await inside.save(decided(None, Begin()))
        await inside.save(decided(await inside.load(DESK), Submit()))
    assert (await store.load(DESK)).revision == 3


async def test_a_step_loads_again_after_a_race(sql, store):
    await store.save(decided(None, Begin()))
    async with sql.transaction():
        await sql.execute("SELECT FROM telic_instance FOR UPDATE")
        outside = asyncio.ensure_future(running(store).run_step(DESK, Add(amount=10)))
        assert (await running(store.within(conn=sql)).run_step(DESK, Add())).kind == "stepped"
        # Whoever holds a transaction may still use the database beside it.
        assert (await running(store).run_step(WorkflowId("another"), Begin())).kind == "started"
        assert not outside.done()
    assert (await outside).kind == "stepped"
    snapshot = await store.load(DESK)
    assert (snapshot.revision, snapshot.state.count) == (3, 11)


async def test_a_tenant_and_a_transaction_can_be_named_together(sql, store):
    async with sql.transaction():
        north = store.within(tenant="north", conn=sql)
        south = north.within(tenant="south")
        await running(north).run_step(DESK, Begin())
        assert await south.load(DESK) is None
        assert south.lane_key is north.lane_key is not store.lane_key
    assert (await store.within(tenant="north").load(DESK)).meta.tenant == "north"
    assert await store.load(DESK) is None


async def test_steps_in_one_transaction_take_turns(sql, store):
    async with sql.transaction():
        inside = running(store.within(conn=sql))
        outcomes = await gathered(10, lambda number: inside.run_step(WorkflowId(f"w-{number % 5}"), Begin()))
        assert sorted(one.kind for one in outcomes) == ["rejected"] * 5 + ["started"] * 5
    assert len(await store.ids()) == 5


async def test_nobody_is_woken_before_the_caller_commits(sql, store):
    bell = Bell()
    store.hints.add(bell)
    await store.save(decided(None, Begin()))
    async with sql.transaction():
        inside = store.within(conn=sql)
        await inside.save(decided(await inside.load(DESK), Submit()))
        assert not bell._rung
    await store.save(decided(None, Begin(), WorkflowId("w")))
    await store.save(decided(await store.load(WorkflowId("w")), Submit(), WorkflowId("w")))
    assert bell._rung


async def test_a_connection_without_a_transaction_is_refused(sql, store, db):
    inside = store.within(conn=sql)
    text = (
        f"join failed: expected an open transaction on the connection to {db.name}, got none; "
        "do work within `async with conn.transaction():`"
    )
    for call in (inside.load(DESK), inside.save(decided(None, Begin())), inside.ids()):
        with pytest.raises(StoreFailed) as failure:
            await call
        assert str(failure.value) == text


async def test_a_connection_of_another_driver_is_refused(store):
    connection = sqlite3.connect(":memory:")
    with pytest.raises(TypeError) as error:
        store.within(conn=connection)
    assert str(error.value) == (
        "expected conn to be a connection of asyncpg, got sqlite3.Connection; "
        "do hand over the connection of the driver itself"
    )
    connection.close()


async def test_a_connection_of_a_pool_will_do(url, schema, store):
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool, pool.acquire() as conn, conn.transaction():
        await running(store.within(conn=conn)).run_step(DESK, Begin())
    assert (await store.load(DESK)).revision == 1


async def test_a_statement_that_fails_breaks_the_transaction_of_the_caller(sql, store, db):
    await store.save(decided(None, Begin()))
    transaction = sql.transaction()
    await transaction.start()
    inside = store.within(conn=sql)
    with pytest.raises(StoreFailed, match=r"^save failed: expected texts that PostgreSQL can hold "):
        await running(inside).run_step(DESK, Submit(), actor="\x00")
    with pytest.raises(StoreFailed) as failure:
        await inside.load(DESK)
    assert str(failure.value) == (
        f"load failed: expected a healthy transaction on {db.name}, got one in which a statement has failed; "
        "do roll it back and begin again"
    )
    await transaction.rollback()
    assert (await store.load(DESK)).revision == 1


async def test_a_transaction_that_sees_one_moment_only_says_that_it_came_too_late(sql, store, db):
    await store.save(decided(None, Begin()))
    with pytest.raises(StoreFailed) as failure:
        async with sql.transaction(isolation="repeatable_read"):
            inside = store.within(conn=sql)
            loaded = await inside.load(DESK)
            await store.save(decided(loaded, Add()))
            await inside.save(decided(loaded, Submit()))
    assert str(failure.value) == (
        f"save failed: expected the transaction on {db.name} to be the first to change the instance, got could not "
        "serialize access due to concurrent update; do roll it back and begin again"
    )
    assert (await store.load(DESK)).revision == 2
