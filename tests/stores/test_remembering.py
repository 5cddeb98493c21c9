"""Several who move one instance on: whoever remembers it says nothing that is out of date."""

import sqlite3

import pytest

from telic.kernel.errors import RevisionConflict, StoreFailed
from telic.kernel.results import Duplicate, Ended, NotFound, Rejected, Started, Stepped
from telic.kernel.values import EventId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase
from tests.stores.desk import DESK, NOON, Add, Approve, Begin, Submit, desk
from tests.stores.test_saving import decided


@pytest.fixture
async def other(path, runtime):
    """Another process, as far as the first one can tell."""
    async with SqliteDatabase(path, commit="inline") as db:
        yield WorkflowRuntime(machine=desk, store=db.store(desk))


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
    assert "Review" in str(mine.reasons[0])
    await other.run_step(known, Approve())
    assert isinstance(await runtime.run_step(known, Add()), Ended)


async def test_an_event_that_another_process_has_applied_is_known(runtime, other, known):
    await other.run_step(known, Add(), event_id=EventId("e"))
    assert isinstance(await runtime.run_step(known, Add(), event_id=EventId("e")), Duplicate)
    await runtime.run_step(known, Add())
    await runtime.run_step(known, Add())
    assert runtime.store.recalled(known).revision == 5
    again = await runtime.run_step(known, Add(), event_id=EventId("begin"))
    assert (type(again), again.recorded.revision) == (Duplicate, 1)
    assert (await runtime.load(known)).revision == 5


async def test_after_a_conflict_an_instance_is_read_until_it_has_been_saved_twice_in_a_row(runtime, other, known):
    await other.run_step(known, Add())
    found = []
    for _ in range(3):
        await runtime.run_step(known, Add())
        held = runtime.store.recalled(known)
        found.append(held.revision if held is not None else None)
    assert found == [None, 5, 6]


async def test_an_instance_that_was_removed_is_not_there(runtime, path, known):
    with sqlite3.connect(path) as sql:
        for table in ("instance", "journal", "event_id"):
            sql.execute(f"DELETE FROM telic_{table}")
    sql.close()
    assert isinstance(await runtime.run_step(known, Add()), NotFound)
    assert isinstance(await runtime.run_step(known, Begin(), event_id=EventId("begin")), Started)


async def test_another_instance_under_the_id_of_one_that_was_removed_is_another_one(runtime, other, path, known):
    with sqlite3.connect(path) as sql:
        for table in ("instance", "journal", "event_id"):
            sql.execute(f"DELETE FROM telic_{table}")
    sql.close()
    await other.run_step(known, Begin(text="new"), now=NOON)
    await other.run_step(known, Add(amount=50), now=NOON)
    mine = await runtime.run_step(known, Add(amount=7))
    assert (mine.revision, mine.state.text, mine.state.count) == (3, "new", 57)


async def test_what_could_not_be_saved_is_remembered_no_more(db, runtime, path, known):
    sql = sqlite3.connect(path, isolation_level=None)
    sql.execute("CREATE TRIGGER refuse BEFORE INSERT ON telic_journal BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(StoreFailed):
        await runtime.run_step(known, Add())
    assert runtime.store.recalled(known) is None
    sql.execute("DROP TRIGGER refuse")
    sql.close()
    assert (await runtime.run_step(known, Add(amount=7))).state.count == 8


async def test_what_is_saved_in_a_callers_transaction_is_not_remembered(runtime, path, db, known):
    sql = sqlite3.connect(path, isolation_level=None)
    sql.execute("BEGIN IMMEDIATE")
    inside = runtime.through(runtime.store.within(conn=sql))
    for _ in range(3):
        await inside.run_step(known, Add(amount=10))
    assert inside.store.recalled(known) is None
    sql.execute("ROLLBACK")
    sql.close()
    assert (await runtime.run_step(known, Add())).state.count == 2


async def test_a_save_that_lost_is_a_conflict_for_whoever_decided_without_reading(runtime, other, known):
    held = await runtime.load(known)
    await other.run_step(known, Add())
    with pytest.raises(RevisionConflict):
        await runtime.store.save(decided(held, Add(), held.id))
    assert runtime.store.recalled(known) is None


async def test_all_stores_over_one_database_remember_together(runtime, db, known):
    again = runtime.through(db.store(desk))
    assert (await again.run_step(known, Add())).revision == 3
    assert runtime.store.recalled(known).revision == 3
    assert runtime.store.within(tenant="t").recalled(known) is None
    assert runtime.store.within(tenant="").recalled(known).revision == 3
