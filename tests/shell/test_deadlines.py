"""Deadlines fire late rather than never, and never early."""

from datetime import timedelta

import anyio

from telic import WorkflowRuntime
from telic.kernel.errors import StoreFailed
from telic.kernel.events import Pause, Resume
from telic.shell.deadlines import Deadlines
from telic.shell.timing import Timing
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop
from tests.shell.test_shell import system
from tests.shell.test_shift import logged
from tests.shell.test_worker import OnlyLists
from tests.shell.till import NOW, Arm, Disarm, HandClock, Open, everything, till, until

HOUR = timedelta(hours=1)


def deadlines(bench, clock=None):
    return Deadlines(everything(bench.runtime), Timing(clock or bench.clock))


async def test_a_deadline_fires_at_its_moment_and_not_before(bench):
    await bench.ask(Arm(at=NOW + HOUR))
    bench.clock.move(3599)
    assert await deadlines(bench).fire() == 0
    bench.clock.move(1)
    assert await deadlines(bench).fire() == 1
    assert await bench.log() == ("lapsed",)


async def test_a_deadline_fires_once(bench):
    await bench.ask(Arm(at=NOW))
    assert [await deadlines(bench).fire() for _ in range(3)] == [1, 0, 0]
    assert await bench.log() == ("lapsed",)


async def test_a_deadline_that_passed_while_nobody_worked_fires_late(bench):
    await bench.ask(Arm(at=NOW + HOUR))
    bench.clock.move(1_000_000)
    async with bench.working(bench.worker()):
        await until(logged(bench, "lapsed"))


async def test_a_worker_wakes_at_the_moment_of_a_deadline(bench):
    async with bench.working(bench.worker(poll_seconds=10_000)):
        await anyio.wait_all_tasks_blocked()
        await bench.ask(Arm(at=NOW + HOUR))
        await anyio.wait_all_tasks_blocked()
        bench.clock.move(3600)
        await until(logged(bench, "lapsed"))


async def test_a_deadline_that_is_not_declared_any_more_does_not_fire(bench):
    await bench.ask(Arm(at=NOW + HOUR))
    await bench.ask(Disarm())
    bench.clock.move(7200)
    assert await deadlines(bench).fire() == 0
    assert await bench.log() == ()


async def test_a_deadline_that_was_moved_fires_at_its_new_moment(bench):
    await bench.ask(Arm(at=NOW + HOUR))
    await bench.ask(Arm(at=NOW + 2 * HOUR))
    bench.clock.move(3600)
    assert await deadlines(bench).fire() == 0
    bench.clock.move(3600)
    assert await deadlines(bench).fire() == 1


async def test_deadlines_of_a_paused_instance_fire_after_the_resumption(bench):
    await bench.ask(Arm(at=NOW))
    await bench.ask(Pause())
    assert await deadlines(bench).fire() == 0
    await bench.ask(Resume())
    assert await deadlines(bench).fire() == 1


async def test_a_deadline_that_cannot_be_delivered_is_tried_again_after_a_minute(bench, caplog):
    await bench.ask(Arm(at=NOW, broken=True))
    assert await deadlines(bench).fire() == 0
    assert "no such drawer" in caplog.text
    assert await bench.store.next_deadline() == NOW + timedelta(minutes=1)
    assert await bench.store.due_deadlines(bench.clock.now(), 9) == ()
    await bench.ask(Arm(at=NOW))
    assert await deadlines(bench).fire() == 1


async def test_more_deadlines_than_a_batch_all_fire(clock):
    runtime = WorkflowRuntime(machine=till, store=MemoryStore(till), clock=clock)
    for number in range(250):
        await runtime.run_step(f"t-{number}", Open())
        await runtime.run_step(f"t-{number}", Arm(at=NOW))
    assert await Deadlines(everything(runtime), Timing(clock)).fire() == 250


async def test_two_workers_deliver_a_deadline_once(bench):
    await bench.ask(Arm(at=NOW))
    first, second = deadlines(bench), deadlines(bench)
    async with anyio.create_task_group() as group:
        group.start_soon(first.fire)
        group.start_soon(second.fire)
    assert await bench.log() == ("lapsed",)


async def test_a_deadline_is_dropped_by_the_step_when_the_state_has_moved_meanwhile(bench, monkeypatch):
    due = bench.store.due_deadlines

    async def then_moved(now, limit):
        found = await due(now, limit)
        await bench.ask(Disarm())
        return found

    await bench.ask(Arm(at=NOW))
    monkeypatch.setattr(bench.store, "due_deadlines", then_moved)
    assert await deadlines(bench).fire() == 0
    assert await bench.log() == ()


async def test_a_store_that_does_not_answer_is_asked_again(bench, monkeypatch, caplog):
    due, failures = bench.store.due_deadlines, [1]

    async def fails(now, limit):
        if failures:
            failures.pop()
            raise StoreFailed("due_deadlines", "the disk is busy")
        return await due(now, limit)

    await bench.ask(Arm(at=NOW))
    monkeypatch.setattr(bench.store, "due_deadlines", fails)
    async with bench.working(bench.worker()):
        while failures:
            await anyio.wait_all_tasks_blocked()
        await anyio.wait_all_tasks_blocked()
        bench.clock.move(1)
        await until(logged(bench, "lapsed"))
    assert "asking again" in caplog.text


async def test_a_step_that_is_not_saved_leaves_the_deadline_where_it_was(bench, monkeypatch, caplog):
    async def fails(commit):
        raise StoreFailed("save", "the disk is full")

    await bench.ask(Arm(at=NOW))
    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "save", fails)
        bench.over_again()
        assert await deadlines(bench).fire() == 0
    bench.over_again()
    assert await deadlines(bench).fire() == 1


async def test_a_sweep_finds_what_older_code_did_not_declare(bench):
    await bench.ask(Arm(at=NOW))
    database = getattr(bench.store, "lane_key", None)
    if database is None:
        assert await deadlines(bench).sweep() == 0
        return
    await database.carry_out("test", lambda connection: connection.execute("DELETE FROM telic_wait"))
    assert await deadlines(bench).fire() == 0
    assert await deadlines(bench).sweep() == 1
    assert await deadlines(bench).fire() == 1


async def test_stores_without_books_have_no_deadlines_that_anybody_could_fire():
    clock = HandClock()
    runtime = WorkflowRuntime(machine=shop, store=OnlyLists(shop), clock=clock)
    assert await Deadlines(system(runtime), Timing(clock)).fire() == 0


async def test_a_row_that_is_older_than_the_code_is_left_alone_for_a_minute(bench):
    database = getattr(bench.store, "lane_key", None)
    if database is None:
        return  # nothing is older than the code in memory
    await bench.ask(Arm(at=NOW + HOUR))
    await database.carry_out("test", lambda connection: connection.execute("UPDATE telic_wait SET due_us = 1"))
    assert await deadlines(bench).fire() == 0
    assert await bench.store.next_deadline() == NOW + timedelta(minutes=1)


async def test_a_worker_survives_a_store_that_cannot_put_a_deadline_off(bench, monkeypatch, caplog):
    await bench.ask(Arm(at=NOW, broken=True))
    refused = []

    async def full(deadline, until):
        refused.append(deadline.key)
        raise StoreFailed("postpone", "the disk is full")

    monkeypatch.setattr(bench.store, "postpone", full)
    assert await deadlines(bench).fire() == 0
    assert refused == ["Lapsed"]
    assert caplog.messages[-1] == "deadline Lapsed of till was not delivered"
