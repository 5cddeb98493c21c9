"""Several who move one instance on: whoever remembers it says nothing that is out of date."""

import asyncpg
import pytest

from telic.kernel.errors import StoreFailed
from telic.kernel.results import Duplicate, Ended, NotFound, Rejected, Started, Stepped
from telic.kernel.values import EventId
from telic.runtime.runtime import WorkflowRuntime
from tests.stores.desk import DESK, NOON, Add, Approve, Begin, Submit, desk

TABLES = ("instance", "journal", "event_id")


@pytest.fixture
def runtime(store):
    return WorkflowRuntime(machine=desk, store=store)


@pytest.fixture
async def other(opened, db):
    """Another process, as far as the first one can tell."""
    async with opened() as others:
        yield WorkflowRuntime(machine=desk, store=others.store(desk))


@pytest.fixture
async def known(runtime, other):
    """An instance that the first process has moved on by itself, so that it need not read it."""
    await runtime.run_step(DESK, Begin(), event_id=EventId("begin"))
    await runtime.run_step(DESK, Add())
    assert runtime.store.recalled(DESK).revision == 2
    return DESK


async def test_a_step_of_another_process_is_built_upon(runtime, other, known):
    assert (await other.run_step(known, Add(amount=10))).revision == 3
    mine = await runtime.run_step(known, Add(amount=100))
    assert (type(mine), mine.revision, mine.state.count) == (Stepped, 4, 111)
    assert (await other.run_step(known, Add(amount=1000))).state.count == 1111


async def test_a_refusal_is_that_of_what_is_there(runtime, other, known):
    await other.run_step(known, Submit())
    mine = await runtime.run_step(known, Submit())
    assert isinstance(mine, Rejected)
    await other.run_step(known, Approve())
    assert isinstance(await runtime.run_step(known, Add()), Ended)


async def test_an_event_that_was_applied_is_known(runtime, other, known):
    again = await runtime.run_step(known, Add(), event_id=EventId("begin"))
    assert (type(again), again.recorded.revision) == (Duplicate, 1)
    await other.run_step(known, Add(), event_id=EventId("e"))
    assert isinstance(await runtime.run_step(known, Add(), event_id=EventId("e")), Duplicate)
    assert (await runtime.load(known)).revision == 3


async def test_an_instance_that_was_removed_is_not_there(runtime, sql, known):
    for table in TABLES:
        await sql.execute(f"DELETE FROM telic_{table}")
    assert isinstance(await runtime.run_step(known, Add()), NotFound)
    assert isinstance(await runtime.run_step(known, Begin(), event_id=EventId("begin")), Started)


async def test_another_instance_under_the_id_of_one_that_was_removed_is_another_one(runtime, other, sql, known):
    for table in TABLES:
        await sql.execute(f"DELETE FROM telic_{table}")
    await other.run_step(known, Begin(text="new"), now=NOON)
    await other.run_step(known, Add(amount=50), now=NOON)
    mine = await runtime.run_step(known, Add(amount=7))
    assert (mine.revision, mine.state.text, mine.state.count) == (3, "new", 57)


async def test_what_could_not_be_saved_is_remembered_no_more(runtime, sql, known):
    await sql.execute("ALTER TABLE telic_journal ADD CONSTRAINT refuse CHECK (revision < 3) NOT VALID")
    with pytest.raises(StoreFailed) as failure:
        await runtime.run_step(known, Add())
    assert isinstance(failure.value.__cause__, asyncpg.CheckViolationError)
    assert runtime.store.recalled(known) is None
    await sql.execute("ALTER TABLE telic_journal DROP CONSTRAINT refuse")
    assert (await runtime.run_step(known, Add(amount=7))).state.count == 8


async def test_what_is_saved_in_a_callers_transaction_is_not_remembered(runtime, sql, known):
    transaction = sql.transaction()
    await transaction.start()
    inside = runtime.through(runtime.store.within(conn=sql))
    for _ in range(3):
        await inside.run_step(known, Add(amount=10))
    assert inside.store.recalled(known) is None
    await transaction.rollback()
    assert (await runtime.run_step(known, Add())).state.count == 2
