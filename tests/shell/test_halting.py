"""A family that moves stands still before one of it is read: no end, and no order, comes to one that has left."""

import pytest

from telic import Handlers, Machine, System, Worker, WorkflowId
from telic import WorkflowRuntime as Runtime
from telic.kernel.errors import ConfigurationError
from telic.kernel.events import Resume
from telic.kernel.snapshot import Status
from telic.runtime.queries import Query
from telic.shell.acted import Effect
from telic.shell.archives import archived_in, line_of
from telic.shell.exporting import exported
from telic.shell.halting import Departure
from telic.shell.operators import Operators
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.shell.family import CheckState, Decide, Desk, DeskEvent, Examine, Have, Open, StartCheck, TakeBack
from tests.shell.test_children import CHILD, HERE, SPAWN, Family, check, desk
from tests.shell.test_lineage import CHILD as BRANCH
from tests.shell.test_lineage import GRANDCHILD, TOP, Ripen, Sow, tree
from tests.shell.test_worker import OnlyLists
from tests.shell.till import HandClock

OTHER = WorkflowId("order-8")


class Office(Family):
    """A desk and its checks, and who moves them."""

    def __init__(self, desks, checks):
        super().__init__(desks, checks)
        self.operators = Operators(self.system, actor="ann")

    async def moved(self, machine, which=Query()):  # noqa: B008
        return [one async for one in self.operators.move(machine, which, to="over there", operation="o-1")]

    async def taken_in(self, *moved):
        """Take in what has moved, and let it go on."""
        for one in moved:
            act = await self.operators.admit(archived_in(line_of(one.archived)), origin="over here")
            assert act.effect is Effect.DONE, act.why
        for machine in ("desk", "check"):
            paused = Query(status=Status.PAUSED)
            acts = (self.operators.release(machine, Query()), self.operators.resume(machine, paused))
            assert {one.effect for each in acts async for one in each} <= {Effect.DONE}

    async def statuses(self):
        return {
            one.id: str(one.status)
            for runtime in (self.desks, self.checks)
            for one in (await runtime.store.find()).items
        }


@pytest.fixture(params=["memory", "sqlite"])
async def here(request, tmp_path):
    if request.param == "memory":
        yield Office(MemoryStore(desk), MemoryStore(check))
        return
    async with SqliteDatabase(tmp_path / "here.db") as db:
        yield Office(db.store(desk), db.store(check))


@pytest.fixture
def there():
    return Office(MemoryStore(desk), MemoryStore(check))


@pytest.fixture
async def having(here):
    """A desk that waits for its check."""
    await here.having()
    await here.drained()
    return here


async def test_a_child_that_would_end_after_its_parent_was_read_ends_where_both_have_gone(having, there):
    parents = await having.moved("desk")
    await having.decided()
    await Worker(having.system).drain()
    await there.taken_in(*parents, *await having.moved("check"))
    assert (await having.child()).status is Status.PAUSED
    assert (await there.decided()).kind == "stepped"
    await there.drained()
    assert await there.log() == ("bike passed",)


async def test_the_end_of_a_child_that_is_still_to_be_told_is_told_where_both_have_gone(having, there):
    await having.decided()
    parents = await having.moved("desk")
    assert await having.drained() == 0
    await there.taken_in(*parents, *await having.moved("check"))
    await there.drained()
    assert (await there.log(), (await there.child()).status) == (("bike passed",), Status.ENDED)


async def test_a_parent_that_would_take_its_child_back_after_that_was_read_stands_still(having):
    assert [one.act.effect for one in await having.moved("check")] == [Effect.DONE]
    told = await having.desks.run_step(HERE, TakeBack())
    assert (told.kind, str(told.reasons[0]).rsplit(": ", 1)[-1]) == ("rejected", "moved to over there")


async def test_only_the_family_is_halted(having):
    await having.desks.run_step(OTHER, Open())
    await having.moved("desk", HERE)
    assert await having.statuses() == {HERE: "paused", OTHER: "running", CHILD: "paused"}


async def test_a_machine_that_has_no_families_moves_by_itself(having):
    alone = Machine[CheckState, Examine | Decide](name="alone")
    runtime = Runtime(machine=alone, store=MemoryStore(alone), clock=having.clock)
    await runtime.run_step(OTHER, Examine(what="bike"))
    whole = System(runtimes=[having.desks, having.checks, runtime], handlers=Handlers())
    (one,) = [one async for one in Operators(whole, actor="ann").move("alone", OTHER, to="there")]
    assert one.act.effect is Effect.DONE
    assert await having.statuses() == {HERE: "running", CHILD: "running"}


async def test_while_an_intent_of_one_is_carried_out_none_of_the_family_leaves(here):
    await here.having()
    await here.drained()
    await here.desks.run_step(HERE, Have(what="car"))
    claim = await here.claimed(here.desks, StartCheck)
    for machine in ("desk", "check"):
        (one,) = await here.moved(machine)
        assert (one.act.effect, one.archived) == (Effect.REFUSED, None)
    assert one.act.why == (
        f"expected a family that stands still, got desk {HERE}: expected no intent that is being carried out, "
        f"got {claim.id}; do export it again in a moment"
    )
    assert await here.statuses() == {HERE: "running", CHILD: "paused"}
    here.clock.move(30)
    assert [one.act.effect for machine in ("desk", "check") for one in await here.moved(machine)] == [Effect.DONE] * 2


async def test_one_that_cannot_be_read_keeps_its_family(having, monkeypatch):
    image = type(having.checks.store).image

    async def torn(store, id):
        if id == CHILD:
            raise ValueError("torn")
        return await image(store, id)

    monkeypatch.setattr(type(having.checks.store), "image", torn)
    (one,) = await having.moved("desk")
    assert (one.act.effect, one.act.why) == (
        Effect.REFUSED, f"expected a family that stands still, got check {CHILD}: ValueError: torn",
    )  # fmt: skip


async def test_one_that_is_resumed_each_time_keeps_its_family(having, monkeypatch):
    store = having.checks.store
    leave = type(store).leave

    async def resumes_then(store, act, commit=None):
        await leave(store, act, commit)
        if act.workflow_id == CHILD:
            await having.checks.run_step(CHILD, Resume())

    monkeypatch.setattr(type(store), "leave", resumes_then)
    (one,) = await having.moved("desk")
    assert one.act.why == (
        f"expected a family that stands still, got check {CHILD}: "
        "expected an instance that stays halted, got one that was resumed each time"
    )


async def test_one_that_others_move_all_the_time_keeps_its_family(having, monkeypatch):
    store = having.checks.store
    load = type(store).load

    async def load_then(store, id, event_ids=()):
        snapshot = await load(store, id, event_ids)
        return snapshot._replace(revision=snapshot.revision - 1) if id == CHILD else snapshot

    monkeypatch.setattr(type(store), "load", load_then)
    (one,) = await having.moved("desk")
    assert "expected an instance that can be halted, got one that others move all the time" in one.act.why


async def test_a_parent_whose_store_is_elsewhere_is_left_to_others(having):
    alone = System(runtimes=[having.checks], handlers=Handlers())
    (one,) = [one async for one in Operators(alone, actor="ann").move("check", CHILD, to="there")]
    assert one.act.effect is Effect.DONE
    assert await having.statuses() == {HERE: "running", CHILD: "paused"}


async def test_a_member_in_a_store_that_cannot_be_asked_is_no_silent_risk(having):
    office = Machine[Desk, DeskEvent](name="office", perpetual=True)
    offices = Runtime(machine=office, store=OnlyLists(office), clock=having.clock)
    departure = Departure("there", "ann", "o-1")
    found = exported(having.checks, CHILD, departure, among=(having.desks, offices))
    with pytest.raises(ConfigurationError, match=r"expected a store with find\(...\), got OnlyLists"):
        [one async for one in found]


async def test_those_that_run_are_no_query_for_a_move(having):
    with pytest.raises(ConfigurationError, match="expected a query that finds them a second time, got status running"):
        having.operators.move("desk", Query(status=Status.RUNNING), to="there")
    assert await having.statuses() == {HERE: "running", CHILD: "running"}


async def test_children_of_children_stand_still_whoever_leaves_first():
    runtime = Runtime(machine=tree, store=MemoryStore(tree), clock=HandClock())
    system = System(runtimes=[runtime], handlers=Handlers())
    await runtime.run_step(TOP, Sow(depth=2))
    await Worker(system).drain()
    operators = Operators(system, actor="ann")
    (one,) = [one async for one in operators.move("tree", BRANCH, to="there")]
    assert one.act.effect is Effect.DONE
    assert {one.id: str(one.status) for one in (await runtime.store.find()).items} == dict.fromkeys(
        (TOP, BRANCH, GRANDCHILD), "paused"
    )
    assert (await runtime.run_step(GRANDCHILD, Ripen())).kind == "rejected"
    assert [one.act.effect async for one in operators.move("tree", Query(), to="there")] == [Effect.DONE] * 3


async def test_a_family_is_looked_at_once_while_its_members_leave(having, monkeypatch):
    await having.desks.run_step(HERE, Have(what="car"))
    await having.drained()
    looked = []
    image = type(having.checks.store).image

    async def noted(store, id):
        looked.append(id)
        return await image(store, id)

    monkeypatch.setattr(type(having.checks.store), "image", noted)
    assert [one.act.effect for one in await having.moved("check")] == [Effect.DONE] * 2
    assert looked.count(HERE) == 2  # before it was halted, and after
    assert SPAWN in (await having.desks.load(HERE)).open
