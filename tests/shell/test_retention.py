"""What is over goes whole after a while, in batches; what still has something to do stays."""

from datetime import timedelta

import anyio
import pytest

from telic import Handlers, System, Worker, WorkflowId, WorkflowRuntime
from telic.kernel.errors import StoreFailed
from telic.kernel.events import Cancel, Pause, Terminate
from telic.kernel.results import Duplicate, Started
from telic.kernel.values import EventId
from telic.runtime.retention import Purges
from telic.shell.retention import Retention, purge
from telic.shell.tasks import Inbox
from tests.shell.chores import Begin, Chore, Close, Post, chores
from tests.shell.test_tasks import SWEEP
from tests.shell.till import NOW, Ask, HandClock, Open, everything, until

DAY = timedelta(days=1)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def board(chore_stores, clock):
    return WorkflowRuntime(machine=chores, store=chore_stores(chores), clock=clock)


@pytest.fixture
def system(board):
    return System(runtimes=[board], handlers=Handlers())


async def closed(runtime, *names):
    for name in names:
        await runtime.run_step(WorkflowId(name), Begin(), event_id=EventId("begin"))
        await runtime.run_step(WorkflowId(name), Close())


async def left(runtime):
    return [one.id for one in (await runtime.store.find()).items]


async def test_stores_purge(board):
    assert isinstance(board.store, Purges)


async def test_what_is_over_goes_after_its_time_and_not_before(system, board):
    await closed(board, "a", "b")
    await board.run_step(WorkflowId("c"), Begin())
    assert await purge(system, Retention(), now=NOW + 30 * DAY) == 0
    assert await purge(system, Retention(), now=NOW + 31 * DAY) == 2
    assert await left(board) == ["c"]


async def test_every_way_of_being_over_counts(system, board):
    for name, event in (("a", Cancel()), ("b", Terminate()), ("c", Close()), ("d", Pause())):
        await board.run_step(WorkflowId(name), Begin())
        await board.run_step(WorkflowId(name), event)
    assert await purge(system, Retention(days=1), now=NOW + 2 * DAY) == 3
    assert await left(board) == ["d"]


async def test_an_instance_goes_whole_and_begins_anew(system, board):
    await closed(board, "a")
    again = {"event_id": EventId("begin")}
    assert isinstance(await board.run_step(WorkflowId("a"), Begin(), **again), Duplicate)
    await purge(system, Retention(), now=NOW + 31 * DAY)
    assert await board.load(WorkflowId("a")) is None
    assert await board.store.journal(WorkflowId("a")) == ()
    assert isinstance(await board.run_step(WorkflowId("a"), Begin(), **again), Started)
    assert [one.revision for one in await board.store.journal(WorkflowId("a"))] == [1]


async def test_the_traces_of_people_go_with_their_instance(system, board):
    await board.run_step(SWEEP.id, Begin())
    await board.run_step(SWEEP.id, Post(chore=Chore(key="sweep")))
    await Inbox(system).claim(SWEEP, actor="ann")
    await board.run_step(SWEEP.id, Close())
    assert len(await board.store.acts(SWEEP.id)) == 1
    await purge(system, Retention(), now=NOW + 31 * DAY)
    assert await board.store.acts(SWEEP.id) == ()


async def test_what_goes_in_several_batches_goes_oldest_first(system, board, clock):
    for name in ("c", "a", "b"):
        await closed(board, name)
        clock.move(60)
    assert await board.store.purge(NOW + DAY, 2) == 2
    assert await left(board) == ["b"]
    await closed(board, "d", "e")
    assert await purge(system, Retention(days=1, batch=1), now=NOW + 9 * DAY) == 3
    assert await board.store.purge(NOW + 9 * DAY, 2) == 0


async def test_what_is_still_to_be_carried_out_keeps_its_instance(runtime):
    await runtime.run_step(WorkflowId("a"), Open())
    await runtime.run_step(WorkflowId("a"), Ask(what="quiet"))
    await runtime.run_step(WorkflowId("a"), Terminate())
    served = everything(runtime)
    assert await purge(served, Retention(), now=NOW + 99 * DAY) == 0
    await runtime.run_step(WorkflowId("b"), Open())
    await runtime.run_step(WorkflowId("b"), Terminate())
    assert await purge(served, Retention(), now=NOW + 99 * DAY) == 1
    assert await left(runtime) == ["a"]


async def test_a_worker_clears_away_what_is_over(system, board, clock):
    await closed(board, "a")

    async def gone():
        return await left(board) == []

    async with anyio.create_task_group() as group:
        group.start_soon(Worker(system, clock=clock).run)
        await anyio.wait_all_tasks_blocked()
        assert not await gone()
        clock.move(31 * 86400)
        await until(gone)
        group.cancel_scope.cancel()


async def test_a_worker_without_retention_keeps_everything(system, board, clock):
    await closed(board, "a")
    clock.move(99 * 86400)
    async with anyio.create_task_group() as group:
        group.start_soon(Worker(system, clock=clock, retention=None).run)
        await anyio.wait_all_tasks_blocked()
        assert await left(board) == ["a"]
        group.cancel_scope.cancel()


async def test_a_store_that_does_not_answer_is_asked_again(system, board, clock, monkeypatch, caplog):
    await closed(board, "a")
    clock.move(31 * 86400)
    whole, failures = board.store.purge, [StoreFailed("purge", "busy")]

    async def fails_once(before, limit):
        if failures:
            raise failures.pop()
        return await whole(before, limit)

    async def gone():
        return await left(board) == []

    async def told():
        return "it is tried again later" in caplog.text

    monkeypatch.setattr(board.store, "purge", fails_once)
    async with anyio.create_task_group() as group:
        group.start_soon(Worker(system, clock=clock).run)
        await until(told)
        clock.move(3600)
        await until(gone)
        group.cancel_scope.cancel()


def test_a_retention_without_sense_is_refused():
    assert repr(Retention()) == "Retention(days=30, records=10000, batch=100)"
    for figure in ({"days": 0}, {"batch": 0}, {"every_seconds": -1}):
        ((name, value),) = figure.items()
        with pytest.raises(ValueError, match=f"^expected {name} above 0, got {value}; do keep everything with"):
            Retention(**figure)
