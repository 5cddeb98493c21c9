"""Rate limits: of a process, of all who share a store, and what waits for them."""

from datetime import timedelta
from itertools import pairwise

import anyio
import pytest

from telic import Handlers, Retry, System, Worker, WorkflowRuntime
from telic.kernel.errors import ConfigurationError, StoreFailed
from telic.kernel.rates import Rate
from telic.shell import Fate, Simulation
from telic.shell.limits import Limit
from telic.stores.memory import MemoryStore
from telic.stores.memory.limits import MemoryLimits
from tests.kernel import machines as m
from tests.shell.test_shift import logged, nothing_open
from tests.shell.till import ID, NOW, Ask, Charge, Done, HandClock, Note, Open, Quiet, TakeBack, Wire, till, until

EVERY_TEN = Rate(count=1, per=timedelta(seconds=10))


class Noted:
    """A handler that notes the second of each call, or raises what it is told to."""

    def __init__(self, clock, *errors):
        self.clock = clock
        self.errors = list(errors)
        self.seconds = []

    async def __call__(self, intent, call):
        self.seconds.append((self.clock.now() - NOW).total_seconds())
        if self.errors:
            raise self.errors.pop(0)
        return Done(ref=intent.ref)


class Counting(MemoryLimits):
    """Counts how often it is asked, and what is written; fails as often as it is told to."""

    def __init__(self, failures=0):
        super().__init__()
        self.asked = self.written = 0
        self.failures = failures

    async def spent(self, limit):
        self.asked += 1
        if self.failures:
            self.failures -= 1
            raise StoreFailed("spent", "the disk is busy")
        return await super().spent(limit)

    async def spend(self, limit, before, after):
        self.written += 1
        return await super().spend(limit, before, after)


def called(handler, times):
    async def check():
        return len(handler.seconds) == times

    return check


def served(bench, handler, *limits, **how):
    """A worker with a system of its own, as another process has one."""

    async def noted(intent, call): ...

    bindings = [one.handled_by(handler) for one in (Charge, Wire, Quiet)]
    system = System(runtimes=[bench.runtime], handlers=Handlers(*bindings, Note.handled_by(noted)), limits=limits)
    return Worker(system, clock=bench.clock, **how)


async def until_in_time(bench, check):
    """Return when a condition holds, and let time pass meanwhile."""
    with anyio.fail_after(30):
        while not await check():
            await anyio.wait_all_tasks_blocked()
            bench.clock.move(0.2)


async def test_intents_are_begun_no_more_often_than_their_rate(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge", many=3))
    async with bench.working(served(bench, handler, Limit(Charge, rate=EVERY_TEN), poll_seconds=1000)):
        for times in (1, 2, 3):
            await until(called(handler, times))
            bench.clock.move(10)
    assert handler.seconds == [0, 10, 20]


async def test_a_burst_is_begun_at_once(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge", many=5))
    rate = Rate(count=2, per=timedelta(seconds=10), burst=3)
    async with bench.working(served(bench, handler, Limit(Charge, rate=rate), poll_seconds=1000)):
        for times in (3, 4, 5):
            await until(called(handler, times))
            bench.clock.move(5)
    assert handler.seconds == [0, 0, 0, 5, 10]


async def test_what_waits_for_a_limit_holds_no_lease_and_is_anybodys(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge", many=4))
    async with bench.working(served(bench, handler, Limit(Charge, rate=EVERY_TEN))):
        await until(logged(bench, "charge-0-0 done"))
        lease = NOW + timedelta(seconds=30)
        claims = await bench.store.claim({"Charge": 9}, 9, now=NOW, until=lease, worker="another, without a limit")
    assert [(one.attempt, one.crashes) for one in claims] == [(1, 0)] * 3


async def test_an_empty_limit_is_asked_again_at_its_moment_and_not_before(bench):
    handler, keeper = Noted(bench.clock), Counting()
    await bench.ask(Ask(what="charge", many=2))
    limit = Limit(Charge, rate=EVERY_TEN, shared="card api", keeper=keeper)
    async with bench.working(served(bench, handler, limit, poll_seconds=2)):
        await until(called(handler, 1))
        await until(lambda: asked(keeper, 2))
        for seconds in (3, 3, 3):
            bench.clock.move(seconds)
            await bench.ask(Ask(what="note"))
            await until(lambda: open_are(bench, 1))
        assert (keeper.asked, len(handler.seconds)) == (2, 1)
        bench.clock.move(1)
        await until(called(handler, 2))
    assert handler.seconds == [0, 10]


async def asked(keeper, times):
    return keeper.asked == times


async def open_are(bench, count):
    return len(await bench.open()) == count


async def test_where_nothing_is_due_nothing_is_taken(bench):
    handler, keeper = Noted(bench.clock), Counting()
    await bench.runtime.run_step(ID, Ask(what="charge"), now=NOW + timedelta(days=1))
    limit = Limit(Charge, rate=EVERY_TEN, shared="card api", keeper=keeper)
    async with bench.working(served(bench, handler, limit, poll_seconds=1)):
        for _ in range(3):
            bench.clock.move(2)
            await bench.ask(Ask(what="note"))
            await until(lambda: open_are(bench, 1))
    assert (keeper.asked, keeper.written, handler.seconds) == (0, 0, [])


async def test_a_limited_type_holds_up_no_other(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge", many=3))
    await bench.ask(Ask(what="wire"))
    await bench.ask(Ask(what="note"))
    async with bench.working(served(bench, handler, Limit(Charge, rate=EVERY_TEN), concurrency=1)):
        await until(lambda: open_are(bench, 2))
    assert handler.seconds == [0, 0]
    assert sorted(await bench.log()) == ["charge-0-0 done", "wire-1 done"]


async def test_several_types_have_one_rate_together(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge", many=2))
    await bench.ask(Ask(what="wire"))
    async with bench.working(served(bench, handler, Limit(Charge, Wire, rate=EVERY_TEN), poll_seconds=1000)):
        for times in (1, 2, 3):
            await until(called(handler, times))
            bench.clock.move(10)
    assert handler.seconds == [0, 10, 20]


async def test_of_two_limits_the_narrower_holds_and_the_other_loses_nothing(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge", many=2))
    wide = Limit(Charge, Wire, rate=Rate(count=2, per=timedelta(seconds=1000), burst=3), shared="wide")
    async with bench.working(served(bench, handler, Limit(Charge, rate=EVERY_TEN), wide, poll_seconds=1000)):
        await until(called(handler, 1))
        bench.clock.move(10)
        await until(called(handler, 2))
        await bench.ask(Ask(what="wire"))
        await until(called(handler, 3))
    assert handler.seconds == [0, 10, 10]


async def test_what_the_wider_limit_refuses_is_given_back_to_the_narrower(bench):
    handler = Noted(bench.clock)
    own = Limit(Charge, rate=Rate(count=3, per=timedelta(seconds=300), burst=3))
    shared = Limit(Charge, rate=EVERY_TEN, shared="card api")
    await bench.ask(Ask(what="charge", many=3))
    async with bench.working(served(bench, handler, own, shared, poll_seconds=1000)):
        for times in (1, 2, 3):
            await until(called(handler, times))
            bench.clock.move(10)
    assert handler.seconds == [0, 10, 20]


async def test_a_shared_limit_holds_for_all_workers_together(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge", many=4))
    workers = [
        served(bench, handler, Limit(Charge, rate=EVERY_TEN, shared="card api"), poll_seconds=1000) for _ in range(3)
    ]
    async with bench.working(*workers):
        for times in (1, 2, 3, 4):
            await until(called(handler, times))
            bench.clock.move(10)
    assert handler.seconds == [0, 10, 20, 30]


async def test_a_limit_that_is_not_shared_holds_in_each_process(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge", many=4))
    workers = [served(bench, handler, Limit(Charge, rate=EVERY_TEN), poll_seconds=1000) for _ in range(3)]
    async with bench.working(*workers):
        await until(called(handler, 3))
        await anyio.wait_all_tasks_blocked()
        bench.clock.move(10)
        await until(called(handler, 4))
    assert handler.seconds == [0, 0, 0, 10]


async def test_two_workers_of_one_process_have_one_rate(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge", many=3))
    first = served(bench, handler, Limit(Charge, rate=EVERY_TEN))
    async with bench.working(first, Worker(first._system, clock=bench.clock)):
        for times in (1, 2, 3):
            await until(called(handler, times))
            bench.clock.move(10)
    assert handler.seconds == [0, 10, 20]


async def test_each_attempt_counts(bench):
    handler = Noted(bench.clock, OSError("no network"))
    await bench.ask(Ask(what="charge"))
    at_once = Retry(base_delay=timedelta(0), jitter=0)
    limit = Limit(Charge, rate=EVERY_TEN)

    async def noted(intent, call): ...

    bindings = [Charge.handled_by(handler, retry=at_once), *(one.handled_by(noted) for one in (Wire, Quiet, Note))]
    system = System(runtimes=[bench.runtime], handlers=Handlers(*bindings), limits=[limit])
    async with bench.working(Worker(system, clock=bench.clock, poll_seconds=1000)):
        await until(called(handler, 1))
        bench.clock.move(10)
        await until(called(handler, 2))
    assert handler.seconds == [0, 10]


async def test_what_is_only_ended_takes_no_permit(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge", many=3))
    await bench.ask(TakeBack())
    await bench.ask(Ask(what="charge"))
    rate = Rate(count=1, per=timedelta(seconds=10), burst=4)
    async with bench.working(served(bench, handler, Limit(Charge, rate=rate), poll_seconds=1000)):
        await until(called(handler, 1))
        await until(lambda: nothing_open(bench))
        await bench.ask(Ask(what="charge", many=3))
        await until(called(handler, 4))
    assert handler.seconds == [0, 0, 0, 0]


async def test_a_drain_waits_for_its_limits(bench):
    handler = Noted(bench.clock)
    await bench.runtime.run_step(ID, Ask(what="charge", many=3), now=NOW + timedelta(days=1))
    worker, drained = served(bench, handler, Limit(Charge, rate=EVERY_TEN)), []

    async def drain():
        drained.append(await worker.drain())

    def answered(times):
        async def check():
            return len(handler.seconds) == times and len((await bench.runtime.load(ID)).open) == 3 - times

        return check

    async def over():
        return bool(drained)

    async with anyio.create_task_group() as group:
        group.start_soon(drain)
        for times in (1, 2, 3):
            await until(answered(times))  # a store that is far away takes its time, and no lease may lapse by that
            bench.clock.move(10)
        await until_in_time(bench, over)
    assert handler.seconds == [0, 10, 20]
    assert drained[0].carried_out == 3


class Slow(MemoryStore):
    """Takes ten seconds to say that there is nothing else to be done; by then a limit lets the next one begin."""

    def __init__(self, clock, handler):
        super().__init__(till)
        self.clock = clock
        self.handler = handler

    async def claim(self, wanted, most, **how):
        claims = await super().claim(wanted, most, **how)
        begun = len(self.handler.seconds)
        if begun and "Charge" not in wanted and len((await self.load(ID)).open) == 6 - begun:
            self.clock.move(10)
        return claims


async def test_a_drain_begins_what_a_limit_has_let_go_while_it_asked_for_something_else():
    clock = HandClock()
    handler = Noted(clock)
    runtime = WorkflowRuntime(machine=till, store=Slow(clock, handler), clock=clock)
    await runtime.run_step(ID, Open())
    await runtime.run_step(ID, Ask(what="charge", many=6))

    async def noted(intent, call): ...

    bindings = [Charge.handled_by(handler), *(one.handled_by(noted) for one in (Wire, Quiet, Note))]
    # With a third that nobody waits for, each of the others is asked first at times.
    limits = [Limit(Charge, rate=EVERY_TEN), Limit(Wire, rate=Rate(count=9, per=timedelta(seconds=1)))]
    system = System(runtimes=[runtime], handlers=Handlers(*bindings), limits=limits)
    drained = []

    async def drain():
        drained.append(await Worker(system, clock=clock).drain())

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(drain)
            while not drained:
                await anyio.wait_all_tasks_blocked()
                clock.move(10)
    assert drained[0].carried_out == 6


async def test_a_store_that_does_not_answer_is_asked_for_permits_again(bench):
    handler, keeper = Noted(bench.clock), Counting(failures=2)
    await bench.ask(Ask(what="charge"))
    limit = Limit(Charge, rate=EVERY_TEN, shared="card api", keeper=keeper)
    async with bench.working(served(bench, handler, limit)):
        await until_in_time(bench, called(handler, 1))
    assert keeper.failures == 0


async def test_the_store_of_the_first_machine_keeps_a_shared_limit(bench):
    handler = Noted(bench.clock)
    await bench.ask(Ask(what="charge"))
    async with bench.working(served(bench, handler, Limit(Charge, rate=EVERY_TEN, shared="card api"))):
        await until(called(handler, 1))
    assert await bench.store.limits.spent("card api") == NOW + timedelta(seconds=10)


def everything(*limits, store=None):
    runtime = WorkflowRuntime(machine=till, store=store or MemoryStore(till), clock=HandClock())

    async def handle(intent, call): ...

    handlers = Handlers(*(one.handled_by(handle) for one in (Charge, Wire, Quiet, Note)))
    return System(runtimes=[runtime], handlers=handlers, limits=limits)


class WithoutLimits(MemoryStore):
    def __init__(self, machine):
        super().__init__(machine)
        self.limits = None


def test_limits_that_do_not_fit_are_told_when_the_system_is_built():
    twice = [Limit(Charge, rate=EVERY_TEN, shared="api"), Limit(Wire, rate=EVERY_TEN, shared="api")]
    with pytest.raises(ConfigurationError) as caught:
        everything(Limit(m.Mail, rate=EVERY_TEN), *twice)
    assert caught.value.findings == (
        "expected a limit on intents that a machine emits, got one on Mail; do remove it, or add its machine",
        "expected one limit named 'api', got 2; do name all its intents in one Limit, or rename the others",
    )
    with pytest.raises(ConfigurationError) as caught:
        everything(Limit(Charge, rate=EVERY_TEN, shared="api"), store=WithoutLimits(till))
    assert caught.value.findings == (
        "expected a store that keeps the shared limit 'api', got none; "
        "do use one of telic's stores, or say keeper=, or leave shared= out",
    )
    everything(Limit(Charge, rate=EVERY_TEN, shared="api", keeper=MemoryLimits()), store=WithoutLimits(till))


def test_a_limit_that_says_nothing_is_refused():
    with pytest.raises(ValueError, match="expected at least one intent to limit, got none"):
        Limit(rate=EVERY_TEN)
    with pytest.raises(ValueError, match="expected a name for a shared limit, got ''"):
        Limit(Charge, rate=EVERY_TEN, shared="")
    with pytest.raises(ValueError, match="expected a keeper of a shared limit only, got one; do add shared=name"):
        Limit(Charge, rate=EVERY_TEN, keeper=MemoryLimits())


def test_a_limit_is_shown_as_it_was_made():
    text = "Limit(Charge, Wire, rate=Rate(count=1, per=datetime.timedelta(seconds=10), burst=1), shared='api')"
    assert repr(Limit(Charge, Wire, Charge, rate=EVERY_TEN, shared="api")) == text
    assert repr(Limit(Charge, rate=EVERY_TEN)).endswith("burst=1))")


def charged(world, many):
    """Charge so many times in a simulated world, and return when each attempt was made."""
    world.start(till, Open(), key="till").send(Ask(what="charge", many=many))
    world.run_until_idle()
    return [(one.at - world.attempts[0].at).total_seconds() for one in world.attempts]


@pytest.mark.parametrize("shared", [None, "card api"])
def test_a_rate_holds_in_virtual_time(shared):
    limit = Limit(Charge, rate=EVERY_TEN, shared=shared)
    with Simulation(till, answers=ANSWERS, limits=[limit]) as world:
        assert charged(world, 4) == [0, 10, 20, 30]


def test_time_that_is_skipped_lets_as_many_begin_as_the_rate_says():
    with Simulation(till, answers=ANSWERS, limits=[Limit(Charge, rate=EVERY_TEN)]) as world:
        instance = world.start(till, Open(), key="till")
        began = world.now
        instance.send(Ask(what="charge", many=4))
        for seconds in (15, 1, 5, 3600):
            world.skip(timedelta(seconds=seconds))
        moments = [(one.at - began).total_seconds() for one in world.attempts]
    assert moments == [0, 10, 20, 30]


@pytest.mark.parametrize("seed", range(20))
def test_a_shared_rate_holds_whatever_dies(seed):
    limit = Limit(Charge, rate=EVERY_TEN, shared="card api")
    fate = Fate(seed, share=0.2, most=9)
    with Simulation(till, answers=ANSWERS, limits=[limit], fate=fate, lease_seconds=60) as world:
        moments = charged(world, 6)
    assert len(moments) >= 6
    assert all(after - before >= 10 for before, after in pairwise(moments))


ANSWERS = {Charge: lambda intent: Done(ref=intent.ref), Wire: None, Quiet: None, Note: None}
