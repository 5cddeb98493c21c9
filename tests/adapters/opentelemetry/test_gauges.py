"""Gauges show what was read of the stores, seldom, and nothing that nobody reads any more."""

from datetime import timedelta

import anyio
import pytest

from telic import Handlers, System, WorkflowId, WorkflowRuntime
from telic.adapters.opentelemetry.gauges import Gauges, pause_seconds
from telic.adapters.opentelemetry.instruments import METRICS, Board
from telic.kernel.errors import StoreClosed, StoreFailed
from telic.kernel.events import Pause, Terminate
from telic.kernel.orders import FailureCause
from telic.runtime.claims import buried
from telic.stores.memory import MemoryStore
from tests.adapters.opentelemetry.seen import Seen
from tests.shell.till import ID, NOW, Arm, Ask, Open, everything, till, until
from tests.stores.desk import Approve, Begin, Check, Submit, desk

HOUR = timedelta(hours=1)
GAUGES = [name for name, one in METRICS.items() if one.kind == "gauge"]


def system_of(store, machine, clock):
    runtime = WorkflowRuntime(machine=machine, store=store, clock=clock)
    if machine is till:
        return everything(runtime)

    async def handle(intent, call): ...

    return System(runtimes=[runtime], handlers=Handlers(Check.handled_by(handle)))


async def test_the_gauges_show_what_waits_and_since_when(stores, seen, clock):
    async with stores(till) as store:
        system = system_of(store, till, clock)
        runtime = system.runtimes["till"]
        await store.add_hook("audit")
        for number in range(3):
            await runtime.run_step(WorkflowId(f"t-{number}"), Open())
            await runtime.run_step(WorkflowId(f"t-{number}"), Ask(what="charge"))
            clock.move(60)
        await runtime.run_step(ID, Open())
        await runtime.run_step(ID, Arm(at=NOW + HOUR))
        await runtime.run_step(WorkflowId("t-1"), Pause(reason="why"))
        (claim,) = await store.claim({"Charge": 1}, 1, now=clock.now(), until=NOW + 2 * HOUR, worker="w")
        await store.settle([buried(claim, "no line", FailureCause.EXHAUSTED)])
        clock.move(3600)
        await runtime.run_step(WorkflowId("t-2"), Terminate(reason="why"))
        await seen.telemetry.gauges(system).read()
    assert seen.values("telic.instances.active") == {("till", "running"): 2, ("till", "paused"): 1}
    assert seen.values("telic.state.age") == {("till", "running"): 3780, ("till", "paused"): 3600}
    assert seen.values("telic.instances.over") == {("terminated",): 1}
    assert seen.values("telic.outbox.depth") == {
        ("Charge", "dead"): 1, ("Charge", "held"): 1, ("Charge", "ready"): 1
    }  # fmt: skip
    assert seen.values("telic.outbox.oldest_age") == {
        ("Charge", "dead"): 3780, ("Charge", "held"): 3720, ("Charge", "ready"): 3660
    }  # fmt: skip
    assert seen.values("telic.timers.overdue") == {("Lapsed",): 1}
    assert seen.values("telic.timers.overdue_age") == {("Lapsed",): 180}
    assert seen.values("telic.hooks.unheard_age") == {("audit",): 3780}
    assert seen.values("telic.hooks.unheard")[("audit",)] >= 9


async def test_a_deadline_that_is_put_off_is_overdue_all_the_while(stores, seen, clock):
    async with stores(till) as store:
        system = system_of(store, till, clock)
        await system.runtimes["till"].run_step(ID, Open())
        await system.runtimes["till"].run_step(ID, Arm(at=NOW + HOUR))
        clock.move(3600)
        (due,) = await store.due_deadlines(clock.now(), 10)
        await store.postpone(due, clock.now() + timedelta(minutes=1))
        await seen.telemetry.gauges(system).read()
    assert seen.values("telic.timers.overdue") == {("Lapsed",): 1}


async def test_open_tasks_are_counted_and_those_that_are_overdue(stores, seen, clock):
    async with stores(desk) as store:
        system = system_of(store, desk, clock)
        gauges = seen.telemetry.gauges(system)
        for id in ("a", "b"):
            await system.runtimes["desk"].run_step(WorkflowId(id), Begin())
            await system.runtimes["desk"].run_step(WorkflowId(id), Submit())
            clock.move(3600)
        await gauges.read()
        assert seen.values("telic.tasks.open") == {("Approve",): 2}
        assert seen.values("telic.tasks.overdue") == {("Approve",): 1}
        await system.runtimes["desk"].run_step(WorkflowId("a"), Approve())
        await gauges.read()
    assert seen.values("telic.tasks.open") == {("Approve",): 1}
    assert seen.values("telic.tasks.overdue") == {}


async def test_every_gauge_has_the_attributes_of_the_table(seen, clock):
    assert all(METRICS[name].name == name for name in METRICS)
    board = seen.telemetry.instruments.board
    board.put(1, {name: {tuple("abc"[: len(METRICS[name].attributes)]): 1} for name in GAUGES})
    found = {name: set(told) for name in GAUGES for told, _ in seen.points(name)}
    assert found == {name: set(METRICS[name].attributes) for name in GAUGES}


async def test_several_readers_show_the_sum_and_the_greatest_age(seen, clock):
    gauges = []
    for seconds in (10, 50):
        system = system_of(MemoryStore(till), till, clock)
        await system.runtimes["till"].run_step(ID, Open(), now=NOW - timedelta(seconds=seconds))
        gauges.append(seen.telemetry.gauges(system))
        await gauges[-1].read()
    assert seen.values("telic.instances.active") == {("till", "running"): 2}
    assert seen.values("telic.state.age") == {("till", "running"): 50}


async def test_a_reader_reads_again_after_its_pause_and_shows_nothing_once_it_has_ended(seen, clock):
    class Counting(MemoryStore):
        read = 0

        async def figures(self, now):
            self.read += 1
            return await super().figures(now)

    store = Counting(till)
    system = system_of(store, till, clock)
    await system.runtimes["till"].run_step(ID, Open())

    async def read(times):
        return store.read == times and len(clock._sleeping) == 1

    async with anyio.create_task_group() as group:
        group.start_soon(seen.telemetry.gauges(system, every_seconds=30).run)
        await until(lambda: read(1))
        clock.move(29)
        await anyio.lowlevel.checkpoint()
        assert (store.read, seen.values("telic.instances.active")) == (1, {("till", "running"): 1})
        clock.move(1)
        await until(lambda: read(2))
        group.cancel_scope.cancel()
    assert seen.values("telic.instances.active") == {}


async def test_a_reading_that_takes_long_is_followed_by_a_longer_pause(clock):
    class Slow(MemoryStore):
        async def figures(self, now):
            clock.move(10)
            return await super().figures(now)

    async with anyio.create_task_group() as group:
        group.start_soon(Gauges(system_of(Slow(till), till, clock), Board(), every_seconds=30).run)
        await until(lambda: sleeping(clock))
        ((until_when, _),) = clock._sleeping
        assert until_when - clock.now() == timedelta(seconds=190)
        group.cancel_scope.cancel()


async def sleeping(clock):
    return len(clock._sleeping) == 1


def test_a_reading_takes_at_most_a_twentieth_of_the_time():
    assert [pause_seconds(60, took) for took in (0, 3, 4)] == [60, 60, 76]


async def test_a_store_that_does_not_answer_has_no_values_until_it_does(seen, clock, caplog):
    class Flaky(MemoryStore):
        broken = False

        async def figures(self, now):
            if self.broken:
                raise StoreFailed("figures", "expected an answer, got none")
            return await super().figures(now)

    store = Flaky(till)
    system = system_of(store, till, clock)
    await system.runtimes["till"].run_step(ID, Open())
    gauges = seen.telemetry.gauges(system)
    shown = []
    for store.broken in (False, True, False):
        await gauges.read()
        shown.append(seen.values("telic.instances.active"))
    assert shown == [{("till", "running"): 1}, {}, {("till", "running"): 1}]
    (line,) = [one for one in caplog.records if one.name == "telic.opentelemetry"]
    assert (line.getMessage(), line.machine) == ("the figures of machine till are not known for now", "till")


async def test_a_store_that_is_closed_ends_the_reader(seen, clock):
    class Closed(MemoryStore):
        async def figures(self, now):
            raise StoreClosed("till.db")

    with pytest.raises(StoreClosed):
        await seen.telemetry.gauges(system_of(Closed(till), till, clock)).run()


async def test_a_store_without_figures_is_left_out(seen, clock):
    class Plain:
        async def load(self, id, event_ids=()): ...

        async def save(self, commit): ...

        async def outbox(self, limit=100): ...

    await seen.telemetry.gauges(system_of(Plain(), desk, clock)).read()
    assert not set(GAUGES) & set(seen.metrics())


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_pause_that_is_none_is_refused(seen, clock, seconds):
    with pytest.raises(ValueError, match=f"^expected every_seconds above 0, got {seconds}$"):
        seen.telemetry.gauges(system_of(MemoryStore(till), till, clock), every_seconds=seconds)


def test_a_system_without_machines_has_gauges_without_values():
    seen = Seen()
    seen.telemetry.gauges(System(runtimes=[], handlers=Handlers()))
    assert not set(GAUGES) & set(seen.metrics())
    seen.close()
