"""A spawn begins a child, and the child's end is its answer, whatever dies in between."""

from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from telic import Call, Cancel, Handlers, Machine, System, Worker, WorkflowId
from telic import WorkflowRuntime as Runtime
from telic.kernel.errors import ConfigurationError
from telic.kernel.events import Pause, Resume, Terminate
from telic.kernel.reporting import Report, child_id
from telic.kernel.snapshot import Status
from telic.kernel.upcasters import upcast
from telic.kernel.values import IntentId
from telic.stores.memory import MemoryStore
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from tests.services import postgres_schema, postgres_url
from tests.shell.family import (
    CheckState,
    Decide,
    Desk,
    DeskEvent,
    Examine,
    Have,
    Looking,
    Open,
    Passed,
    StartCheck,
    TakeBack,
    check,
    desk,
    office,
)
from tests.shell.till import HandClock

HERE = WorkflowId("order-7")
SPAWN = IntentId("order-7:2:0")
CHILD = WorkflowId("desk/order-7:2:0")
REPORT = IntentId(f"{CHILD}:2:0")


class Family:
    """A desk and its checks, each in a store of its own choice."""

    def __init__(self, desks, checks):
        self.clock = HandClock()
        self.desks = Runtime(machine=desk, store=desks, clock=self.clock)
        self.checks = Runtime(machine=check, store=checks, clock=self.clock)
        self.system = System(runtimes=[self.desks, self.checks], handlers=Handlers())

    async def having(self, what="bike", **how):
        await self.desks.run_step(HERE, Open())
        await self.desks.run_step(HERE, Have(what=what, **how))

    async def drained(self):
        """Have everything carried out that can be; nothing is to fail."""
        drained = await Worker(self.system).drain()
        assert (drained.later, drained.failures) == ((), ())
        return drained.carried_out

    async def decided(self, **how):
        return await self.checks.run_step(CHILD, Decide(**how))

    async def log(self):
        return (await self.desks.load(HERE)).state.log

    async def child(self):
        return await self.checks.load(CHILD)

    async def claimed(self, runtime, intent):
        """Claim an intent as a worker that is going to die, and return its binding's arguments."""
        now = self.clock.now()
        (claim,) = await runtime.store.claim(
            {intent.__tag__: 1}, 1, now=now, until=now + timedelta(seconds=30), worker="dies"
        )
        return claim


async def opened(kind, stack, tmp_path, machine):
    if kind == "memory":
        return MemoryStore(machine)
    if kind == "sqlite":
        database = await stack.enter_async_context(SqliteDatabase(tmp_path / f"{machine.name}.db"))
        return database.store(machine)
    schema = await stack.enter_async_context(postgres_schema(kind))
    return (await stack.enter_async_context(PostgresDatabase(kind, schema=schema))).store(machine)


@pytest.fixture(params=["memory", "sqlite", "postgres", "memory-sqlite", "sqlite-memory", "postgres-sqlite"])
def kinds(request, anyio_backend_name):
    """The kinds of the parent's store and of the child's, with a URL for PostgreSQL."""
    chosen = request.param.split("-")
    if "postgres" in chosen and anyio_backend_name != "asyncio":
        pytest.skip("the driver of PostgreSQL knows asyncio only")
    url = postgres_url() if "postgres" in chosen else ""
    return [url if one == "postgres" else one for one in (chosen[0], chosen[-1])]


@pytest.fixture
async def family(kinds, tmp_path):
    """A parent and a child, in stores of one kind or of two."""
    async with AsyncExitStack() as stack:
        yield Family(await opened(kinds[0], stack, tmp_path, desk), await opened(kinds[-1], stack, tmp_path, check))


@pytest.mark.parametrize(("passed", "line"), [(True, "bike passed"), (False, "failed: scratched")])
async def test_the_outcome_of_a_child_answers_its_parent(family, passed, line):
    await family.having()
    assert await family.drained() == 0
    child = await family.child()
    assert (child.state, child.meta.parent) == (Looking(what="bike"), SPAWN)
    assert list((await family.desks.load(HERE)).open) == [SPAWN]
    await family.decided(passed=passed)
    assert await family.drained() == 1
    assert await family.log() == (line,)
    assert (list((await family.desks.load(HERE)).open), list((await family.child()).open)) == ([], [])
    assert await family.drained() == 0


async def test_a_child_that_ends_as_it_begins_answers_too(family):
    await family.having("known")
    await family.drained()
    assert await family.log() == ("known passed",)


async def test_the_last_commit_of_a_child_holds_its_report(family):
    await family.having()
    await family.drained()
    await family.decided()
    assert list((await family.child()).open) == [REPORT]
    ((id, open_one),) = await family.checks.store.outbox()
    assert (id, open_one.id, type(open_one.intent), open_one.intent.data) == (CHILD, REPORT, Report, '{"what":"bike"}')


async def test_a_child_whose_worker_dies_after_its_start_is_begun_once(family):
    await family.having()
    claim = await family.claimed(family.desks, StartCheck)
    started = await family.checks.start_child(Examine(what="bike"), machine="desk", parent=claim.id)
    assert started.state == Looking(what="bike")
    family.clock.move(31)
    await family.drained()
    assert (await family.child()).revision == 1
    await family.decided()
    await family.drained()
    assert await family.log() == ("bike passed",)


async def test_an_answer_whose_worker_dies_after_its_delivery_counts_once(family):
    await family.having()
    await family.drained()
    await family.decided()
    claim = await family.claimed(family.checks, Report)
    report = family.system.binding(Report)
    await report.handler(claim.opened.intent, call_of(claim, check))
    assert await family.log() == ("bike passed",)
    family.clock.move(31)
    await family.drained()
    assert (await family.log(), list((await family.child()).open)) == (("bike passed",), [])


def call_of(claim, machine):
    return Call(claim.id, claim.workflow_id, machine=machine.name)


@pytest.mark.parametrize(
    ("order", "line"),
    [
        (Cancel(reason="sold"), "child_cancelled: desk/order-7:2:0: sold"),
        (Terminate(reason="fire"), "child_terminated: desk/order-7:2:0: fire"),
    ],
)
async def test_a_parent_hears_that_its_child_was_ended(family, order, line):
    await family.having()
    await family.drained()
    await family.checks.run_step(CHILD, order)
    await family.drained()
    assert await family.log() == (line,)
    await family.drained()
    assert await family.log() == (line,)


async def test_a_child_that_does_not_begin_is_refused(family):
    await family.having("nothing")
    drained = await Worker(family.system).drain()
    ((_, name, error),) = drained.failures
    assert (name, str(error)[:50]) == ("StartCheck", "expected StartCheck to begin a child, got Rejected"[:50])
    assert await family.child() is None


@pytest.mark.parametrize(
    ("close", "status"),
    [("cancel", Status.CANCELLED), ("terminate", Status.TERMINATED), ("abandon", Status.RUNNING)],
)
async def test_a_parent_that_ends_closes_its_child_by_the_policy_of_the_spawn(family, close, status):
    await family.having(close=close)
    await family.drained()
    await family.desks.run_step(HERE, Cancel(reason="closed"))
    await family.drained()
    assert ((await family.child()).status, list((await family.child()).open)) == (status, [])
    assert not (await family.desks.load(HERE)).open


async def test_a_spawn_that_is_taken_back_tells_why_the_child_ends(family):
    await family.having()
    await family.drained()
    await family.desks.run_step(HERE, TakeBack())
    await family.drained()
    assert await family.log() == ("withdrawn: withdrawn before anybody carried it out",)
    _, told, _ = await family.checks.store.journal(CHILD)
    assert told.event == Cancel(reason="order-7:2:0 of desk was withdrawn")


async def test_a_spawn_that_is_taken_back_hears_of_that_and_not_of_the_end_of_its_child(family):
    await family.having()
    await family.drained()
    await family.desks.run_step(HERE, TakeBack())
    await family.checks.run_step(CHILD, Cancel(reason="sold"))
    claim = await family.claimed(family.checks, Report)
    await family.system.binding(Report).handler(claim.opened.intent, call_of(claim, check))
    assert await family.log() == ()
    family.clock.move(31)
    await family.drained()
    assert await family.log() == ("withdrawn: withdrawn before anybody carried it out",)


async def test_a_spawn_that_is_taken_back_before_its_turn_begins_nothing(family):
    await family.having()
    await family.desks.run_step(HERE, TakeBack())
    await family.drained()
    assert (await family.child(), list((await family.desks.load(HERE)).open)) == (None, [])


async def test_a_child_that_a_slow_worker_begins_too_late_is_closed_at_once(family):
    await family.having()
    claim = await family.claimed(family.desks, StartCheck)
    family.clock.move(31)
    await family.desks.run_step(HERE, TakeBack())
    await family.drained()
    await family.system.binding(StartCheck).handler(claim.opened.intent, call_of(claim, desk))
    assert (await family.child()).status is Status.CANCELLED
    await family.drained()
    assert not (await family.child()).open


async def test_a_child_may_compensate_before_it_answers_late(family):
    await family.having("careful")
    await family.drained()
    await family.desks.run_step(HERE, TakeBack())
    await family.drained()
    child = await family.child()
    assert (child.state.asked, child.status) == (True, Status.RUNNING)
    await family.decided()
    await family.drained()
    assert (await family.log())[-1] == "failed: undone"


async def test_a_parent_that_is_paused_keeps_the_answer(family):
    await family.having()
    await family.drained()
    await family.decided()
    await family.desks.run_step(HERE, Pause())
    await family.drained()
    assert ((await family.log()), list((await family.child()).open)) == ((), [])
    await family.desks.run_step(HERE, Resume())
    assert await family.log() == ("bike passed",)


async def test_a_parent_that_does_not_ask_for_failures_leaves_a_report_to_be_redriven(family):
    await family.having(close="deaf")
    await family.drained()
    await family.checks.run_step(CHILD, Cancel(reason="sold"))
    drained = await Worker(family.system).drain()
    ((key, name, _),) = drained.failures
    assert (key, name) == (IntentId(f"{CHILD}:2:0"), "Report")
    assert (list((await family.desks.load(HERE)).open), list((await family.child()).open)) == ([SPAWN], [key])


async def test_the_children_of_an_instance_are_found_by_its_id(family):
    await family.having()
    await family.desks.run_step(HERE, Have(what="car", close="abandon"))
    await family.drained()
    found = await family.checks.store.find(parent=HERE)
    assert [one.id for one in found.items] == [CHILD, child_id("desk", IntentId("order-7:3:0"))]


async def test_parents_of_two_machines_under_one_id_have_children_of_their_own(tmp_path):
    async with SqliteDatabase(tmp_path / "both.db") as database:
        desks, offices, checks = (Runtime(machine=one, store=database.store(one)) for one in (desk, office, check))
        for one in (desks, offices):
            await one.run_step(HERE, Open())
            await one.run_step(HERE, Have(what="known"))
        await Worker(System(runtimes=[desks, offices, checks], handlers=Handlers())).drain()
        assert (await desks.load(HERE)).state.log == (await offices.load(HERE)).state.log == ("known passed",)
        assert await checks.store.ids() == ("desk/order-7:2:0", "office/order-7:2:0")


async def test_a_system_without_the_parent_leaves_reports_alone():
    checks = Runtime(machine=check, store=MemoryStore(check))
    await checks.start_child(Examine(what="known"), machine="desk", parent=SPAWN)
    assert (await checks.load(CHILD)).state == Passed(what="known")
    assert (await Worker(System(runtimes=[checks], handlers=Handlers())).drain()).carried_out == 0
    assert len(await checks.store.outbox()) == 1


def test_a_spawn_whose_machine_is_not_in_the_system_is_found():
    with pytest.raises(ConfigurationError) as caught:
        System(runtimes=[Runtime(machine=desk, store=MemoryStore(desk))], handlers=Handlers())
    assert len(caught.value.findings) == 4
    assert caught.value.findings[0] == (
        "expected the machine 'check' that StartCheck of machine 'desk' spawns, got none; "
        "do add its runtime, or bind a handler of your own"
    )


def test_an_outcome_that_parent_and_child_read_differently_is_found():
    @upcast("CheckPassed", from_version=1)
    def renamed(old):
        return old

    newer = Machine[Desk, DeskEvent](name="desk", perpetual=True, upcasters=(renamed,))
    runtimes = [Runtime(machine=newer, store=MemoryStore(newer)), Runtime(machine=check, store=MemoryStore(check))]
    with pytest.raises(ConfigurationError) as caught:
        System(runtimes=runtimes, handlers=Handlers())
    assert set(caught.value.findings) == {
        "expected CheckPassed in one version in machine 'check' and machine 'desk', which spawns it, got 1 and 2; "
        "do give its upcasters to both"
    }
    known = Machine[CheckState, Examine | Decide](name="check", upcasters=(renamed,))
    System(runtimes=[runtimes[0], Runtime(machine=known, store=MemoryStore(known))], handlers=Handlers())
