"""A worker from outside: how much it does at once, and how it ends."""

import os
import signal
from datetime import timedelta

import anyio
import pytest

from telic import Handlers, Retry, System, Worker, WorkflowRuntime
from telic.kernel.errors import ConfigurationError, StoreClosed, StoreFailed
from telic.kernel.events import Cancel, Pause, Resume
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.kernel import machines as m
from tests.shell.test_shell import Fails, system
from tests.shell.test_shift import LEASE, Scripted, logged, nothing_open
from tests.shell.till import ID, NOW, Ask, Charge, Done, HandClock, Note, Open, Wire, everything, till, until


class Crowd:
    """A handler that counts how many run at once, and lets them go together."""

    def __init__(self):
        self.running = self.most = self.done = 0
        self.go = anyio.Event()

    async def __call__(self, intent, call):
        self.running += 1
        self.most = max(self.most, self.running)
        await self.go.wait()
        self.running -= 1
        self.done += 1
        return Done(ref=intent.ref)


def running(*crowds):
    async def check():
        return all(crowd.running == count for crowd, count in crowds)

    return check


async def test_no_more_handlers_run_than_there_is_room_for(bench):
    crowd = Crowd()
    await bench.ask(Ask(what="charge", many=9))
    async with bench.working(bench.worker(Charge.handled_by(crowd), concurrency=4)):
        await until(running((crowd, 4)))
        crowd.go.set()
        await until(lambda: nothing_open(bench))
    assert (crowd.most, crowd.done) == (4, 9)


async def test_a_type_may_be_limited_without_holding_up_the_others(bench):
    charges, notes = Crowd(), Scripted()
    await bench.ask(Ask(what="charge", many=9))
    await bench.ask(Ask(what="note"))
    limited = bench.worker(Charge.handled_by(charges), Note.handled_by(quietly(notes)), per_intent={Charge: 2})
    async with bench.working(limited):
        await until(running((charges, 2)))
        await notes.began.wait()
        charges.go.set()
        await until(lambda: nothing_open(bench))
    assert (charges.most, charges.done) == (2, 9)


def quietly(handler):
    async def handle(intent, call):
        handler.began.set()

    return handle


async def test_two_workers_share_the_work_and_each_intent_runs_once(bench):
    calls = []

    async def charge(intent, call):
        calls.append(call.key)
        return Done(ref=intent.ref)

    await bench.ask(Ask(what="charge", many=40))
    workers = [bench.worker(Charge.handled_by(charge), concurrency=3) for _ in range(2)]
    async with bench.working(*workers):
        await until(lambda: nothing_open(bench))
    assert len(calls) == len(set(calls)) == 40
    assert len(await bench.log()) == 40


async def test_a_stop_lets_what_runs_end_and_claims_nothing_more(bench):
    handler = Scripted(anyio.Event())
    go = handler.acts[0]
    worker = bench.worker(Charge.handled_by(handler))
    await bench.ask(Ask(what="charge"))
    async with anyio.create_task_group() as group:
        group.start_soon(worker.run)
        await handler.began.wait()
        worker.stop()
        await bench.ask(Ask(what="note"))
        go.set()
    assert await bench.log() == ("charge-0 done",)
    assert len(await bench.open()) == 1


async def test_what_does_not_end_in_time_after_a_stop_is_given_back(bench):
    handler = Scripted(anyio.Event())
    worker = bench.worker(Charge.handled_by(handler), drain_seconds=5)
    await bench.ask(Ask(what="charge"))
    async with anyio.create_task_group() as group:
        group.start_soon(worker.run)
        await handler.began.wait()
        worker.stop()
        await anyio.wait_all_tasks_blocked()
        bench.clock.move(5)
    assert handler.cancelled
    assert await bench.store.next_due(["Charge"]) == NOW + timedelta(seconds=5)


async def test_a_cancelled_worker_gives_back_what_runs_and_it_does_not_count(bench):
    first, second = Scripted(anyio.Event()), Scripted()
    await bench.ask(Ask(what="charge"))
    async with bench.working(bench.worker(Charge.handled_by(first))):
        await first.began.wait()
    assert (first.cancelled, await bench.log()) == (True, ())
    async with bench.working(bench.worker(Charge.handled_by(second))):
        await until(logged(bench, "charge-0 done"))
    assert second.calls == [1]


async def test_at_most_once_is_in_doubt_when_its_worker_was_cancelled(bench):
    first, second = Scripted(anyio.Event()), Scripted()
    await bench.ask(Ask(what="wire"))
    async with bench.working(bench.worker(Wire.handled_by(first))):
        await first.began.wait()
    async with bench.working(bench.worker(Wire.handled_by(second))):
        doubt = "wire-0 in_doubt: expected an end of the one attempt, got the end of its worker"
        await until(logged(bench, doubt))
    assert second.calls == []


async def test_a_signal_stops_and_a_second_one_cuts_off(bench):
    handler = Scripted(anyio.Event())
    await bench.ask(Ask(what="charge"))
    worker = bench.worker(Charge.handled_by(handler))

    async def run():
        await worker.run(signals=True)

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        await handler.began.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await until(lambda: stopping(worker))
        os.kill(os.getpid(), signal.SIGINT)
    assert handler.cancelled
    assert len(await bench.open()) == 1


async def stopping(worker):
    return all(shift.stopping for shift in worker._shifts)


async def test_a_store_that_does_not_answer_is_asked_again(bench, monkeypatch):
    claim, failures = bench.store.claim, [1, 2]

    async def fails(*arguments, **how):
        if failures:
            failures.pop()
            raise StoreFailed("claim", "the disk is busy")
        return await claim(*arguments, **how)

    await bench.ask(Ask(what="charge"))
    monkeypatch.setattr(bench.store, "claim", fails)
    async with bench.working(bench.worker()):
        while failures:
            await anyio.wait_all_tasks_blocked()
            bench.clock.move(0.2)
        await anyio.wait_all_tasks_blocked()
        bench.clock.move(0.2)
        await until(logged(bench, "charge-0 done"))


async def test_a_closed_database_ends_the_worker(tmp_path):
    database = SqliteDatabase(tmp_path / "till.db")
    runtime = WorkflowRuntime(machine=till, store=database.store(till))
    await runtime.run_step(ID, Open())
    database.close()
    with pytest.raises(StoreClosed):
        await Worker(everything(runtime), clock=HandClock()).run()


async def test_the_intent_that_is_due_longest_is_claimed_first_whatever_its_type(bench):
    for number, what in enumerate(("quiet", "note", "charge")):
        await bench.runtime.run_step(ID, Ask(what=what), now=NOW + timedelta(seconds=number))
    wanted, later = {"Charge": 2, "Note": 2, "Quiet": 2}, NOW + timedelta(seconds=LEASE)
    claims = [
        await bench.store.claim(wanted, 1, now=later, until=later + timedelta(seconds=LEASE), worker="w")
        for _ in range(3)
    ]
    assert [one.id for (one,) in claims] == ["till:2:0", "till:3:0", "till:4:0"]


async def test_what_is_asked_for_during_a_pause_waits_for_the_resumption(bench):
    await bench.ask(Pause())
    assert (await bench.ask(Cancel())).kind == "stepped"
    assert await bench.worker().drain() == (0, (), ())
    assert await bench.store.due_deadlines(NOW, 9) == ()
    await bench.ask(Resume())
    assert (await bench.worker().drain()).carried_out == 1
    assert len(await bench.store.due_deadlines(NOW, 9)) == 1


async def test_a_drain_attempts_each_intent_once_and_gives_back_what_failed(bench):
    handler = Scripted(OSError("no network"))
    await bench.ask(Ask(what="charge"))
    worker = bench.worker(Charge.handled_by(handler))
    (failure,) = (await worker.drain()).failures
    assert str(failure.error) == "no network"
    assert (await worker.drain()).carried_out == 1
    assert handler.calls == [1, 1]
    assert await bench.log() == ("charge-0 done",)


async def test_a_drain_carries_out_what_is_not_due_yet(bench):
    await bench.runtime.run_step(ID, Ask(what="charge"), now=NOW + timedelta(days=1))
    assert (await bench.worker().drain()).carried_out == 1


async def test_a_drain_leaves_what_another_worker_has_claimed(bench):
    await bench.ask(Ask(what="charge"))
    await bench.store.claim({"Charge": 1}, 1, now=NOW, until=NOW + timedelta(seconds=LEASE), worker="another")
    assert await bench.worker().drain() == (0, (), ())


class OnlyLists:
    """A store without books, as a user may write one."""

    def __init__(self, machine):
        self.inner = MemoryStore(machine)

    async def load(self, id, event_ids=()):
        return await self.inner.load(id, event_ids)

    async def save(self, commit):
        await self.inner.save(commit)

    async def outbox(self, limit=100):
        return await self.inner.outbox(limit)


async def test_a_store_that_only_lists_its_outbox_is_served_in_this_process():
    clock, fails = HandClock(), Fails()
    runtime = WorkflowRuntime(machine=m.shop, store=OnlyLists(m.shop), clock=clock)
    await runtime.run_step(m.ID, m.Open())
    await runtime.run_step(m.ID, m.Poke())
    worker = Worker(system(runtime, m.Mail.handled_by(fails, retry=Retry(jitter=0))))

    async def left(*keys):
        return tuple((await runtime.load(m.ID)).open) == keys

    async with anyio.create_task_group() as group:
        group.start_soon(worker.run)
        await until(lambda: left("bike:1:0"))
        fails.broken = False
        await anyio.wait_all_tasks_blocked()
        clock.move(1)
        await until(left)
        group.cancel_scope.cancel()


def test_what_must_not_run_twice_needs_a_store_that_keeps_leases():
    with pytest.raises(ConfigurationError) as caught:
        everything(WorkflowRuntime(machine=till, store=OnlyLists(till)))
    assert caught.value.findings == (
        "expected a store that keeps leases for Wire of machine 'till', which must not run twice, got OnlyLists; "
        "do use one with the methods of DurableStore",
    )


def test_a_worker_is_told_what_does_not_fit():
    system = System(runtimes=[], handlers=Handlers())
    for name, value in (("concurrency", 0), ("max_crashes", 0)):
        with pytest.raises(ValueError, match=f"expected {name} of at least 1, got 0"):
            Worker(system, **{name: value})
    for name in ("lease_seconds", "poll_seconds"):
        with pytest.raises(ValueError, match=f"expected {name} above 0, got 0"):
            Worker(system, **{name: 0})
    with pytest.raises(ValueError, match="expected drain_seconds of at least 0, got -1"):
        Worker(system, drain_seconds=-1)
    runtime = WorkflowRuntime(machine=till, store=MemoryStore(till))
    with pytest.raises(ConfigurationError) as caught:
        Worker(everything(runtime), per_intent={m.Mail: 1, Charge: 0})
    assert caught.value.findings == (
        "expected a limit on an intent that a machine emits, got Mail; do remove it, or add its machine",
        "expected a limit of at least 1 for Charge, got 0; do raise it, or remove it",
    )
