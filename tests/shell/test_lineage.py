"""Who belongs to whom: each descendant knows its parent and the top of its family, on every store."""

from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import Field

from telic import (
    Command,
    Fact,
    FinalState,
    Handlers,
    Ignores,
    IntentFailed,
    Machine,
    NoIntent,
    State,
    System,
    Worker,
    WorkflowId,
    WorkflowRuntime,
    start,
    transition,
)
from telic.kernel.errors import ConfigurationError
from telic.kernel.events import Cancel, Terminate
from telic.kernel.messages import Close, Spawn
from telic.kernel.snapshot import Ancestor
from telic.kernel.values import IntentId, TypedId
from telic.runtime.queries import Query
from telic.shell.lineage import Descendant, family
from telic.shell.operators import Operators
from telic.shell.retention import Retention, purge
from tests.services import postgres_url
from tests.shell.places import PLACES, store_in
from tests.shell.test_operators import told
from tests.shell.test_worker import OnlyLists
from tests.shell.till import NOW, HandClock

TOP = WorkflowId("oak")
CHILD, GRANDCHILD = WorkflowId("tree/oak:1:0"), WorkflowId("tree/tree/oak:1:0:1:0")


class Kind(StrEnum):
    GROWING = "growing"
    GROWN = "grown"


class Name(TypedId): ...


class Sow(Command):
    depth: int
    close: Close = Close.CANCEL


class Ripen(Command): ...


class Ripened(Fact): ...


class Sprout(Spawn[Ripened], machine=lambda: tree):
    depth: int

    def begin(self) -> Sow:
        return Sow(depth=self.depth)


class Stray(Sprout, close=Close.ABANDON): ...


class Grown(FinalState):
    kind: Literal[Kind.GROWN] = Kind.GROWN
    ignores = (Ignores(Ripened, why="a branch may be later than its tree"),)

    def outcome(self) -> Ripened:
        return Ripened()


class Growing(State):
    """Has a branch of its own as long as there is depth, and ends with it."""

    kind: Literal[Kind.GROWING] = Kind.GROWING

    @classmethod
    @start
    def sow(cls, event: Sow) -> tuple["Growing", Sprout] | tuple["Growing", Stray] | tuple["Growing", NoIntent]:
        if not event.depth:
            return cls(), NoIntent()
        if event.close is Close.ABANDON:
            return cls(), Stray(depth=event.depth - 1)
        return cls(), Sprout(depth=event.depth - 1)

    @transition
    def ripen(self, event: Ripen) -> tuple[Grown, NoIntent]:
        return Grown(), NoIntent()

    @transition
    def ripened(self, event: Ripened) -> tuple[Grown, NoIntent]:
        return Grown(), NoIntent()

    @transition
    def withered(self, event: IntentFailed[Sprout]) -> tuple["Growing", NoIntent]:
        return self, NoIntent()


TreeState = Annotated[Growing | Grown, Field(discriminator="kind")]
tree = Machine[TreeState, Sow | Ripen | Ripened](name="tree")


@pytest.fixture(params=PLACES)
def place(request):
    return request.param


@pytest.fixture
def url(place, anyio_backend_name):
    return postgres_url() if place == "postgres" and anyio_backend_name == "asyncio" else ""


@pytest.fixture
async def runtime(place, tmp_path, url, anyio_backend_name):
    async with store_in(place, tree, tmp_path, url, anyio_backend_name) as store:
        yield WorkflowRuntime(machine=tree, store=store, clock=HandClock())


@pytest.fixture
def system(runtime):
    return System(runtimes=[runtime], handlers=Handlers())


async def drained(system):
    done = await Worker(system).drain()
    assert done.failures == ()
    return done.carried_out


async def grown(runtime, system, depth=2, **how):
    """A family of so many generations below the oak."""
    await runtime.run_step(TOP, Sow(depth=depth, **how))
    await drained(system)


async def found(runtime, **asked):
    return [one.id for one in (await runtime.store.find(**asked)).items]


async def left(runtime):
    return await found(runtime)


async def purged(system):
    return await purge(system, Retention(), now=NOW.replace(year=NOW.year + 1))


async def test_children_of_children_know_the_top_of_their_family(runtime, system):
    await grown(runtime, system)
    top, child, grandchild = [(await runtime.load(id)).meta for id in (TOP, CHILD, GRANDCHILD)]
    assert (top.parent, top.root) == (None, None)
    assert (child.parent, child.root) == ("oak:1:0", Ancestor("tree", TOP))
    assert (grandchild.parent, grandchild.root) == (f"{CHILD}:1:0", Ancestor("tree", TOP))
    summaries = {one.id: one.root for one in (await runtime.store.find()).items}
    assert summaries == {TOP: None, CHILD: child.root, GRANDCHILD: child.root}


async def test_a_family_is_found_by_its_top_in_pages(runtime, system):
    await grown(runtime, system)
    await runtime.run_step(WorkflowId("elm"), Sow(depth=1))
    await drained(system)
    root = Ancestor("tree", TOP)
    assert await found(runtime, root=root) == [CHILD, GRANDCHILD]
    assert await found(runtime, root=root, parent=CHILD) == [GRANDCHILD]
    assert await found(runtime, root=Ancestor("wood", TOP)) == []
    assert await found(runtime, root=Ancestor("tree", CHILD)) == []
    first = await runtime.store.find(root=root, limit=1)
    assert ([one.id for one in first.items], first.next) == ([CHILD], CHILD)
    assert await found(runtime, root=root, after=first.next) == [GRANDCHILD]


async def test_a_parent_is_told_from_one_of_another_machine_under_the_same_id(runtime, system):
    await grown(runtime, system)
    await runtime.start_child(Sow(depth=0), machine="wood", parent=IntentId("oak:1:0"))
    assert await found(runtime, parent=TOP) == [CHILD, "wood/oak:1:0"]
    assert await found(runtime, parent=Ancestor("tree", TOP)) == [CHILD]
    assert await found(runtime, parent=Ancestor("wood", TOP)) == ["wood/oak:1:0"]
    assert await found(runtime, parent=Ancestor("wood", CHILD)) == []
    assert (await runtime.load(WorkflowId("wood/oak:1:0"))).meta.root == Ancestor("wood", TOP)


async def test_any_member_names_the_whole_family(runtime, system):
    await grown(runtime, system)
    for id in (TOP, CHILD, GRANDCHILD):
        members = [one async for one in family(system, "tree", id)]
        assert [(one.machine, one.summary.id) for one in members] == [("tree", CHILD), ("tree", GRANDCHILD)]
        assert isinstance(members[0], Descendant)
    assert [one async for one in family(system, "tree", WorkflowId("nobody"))] == []


async def test_a_family_over_several_pages_is_whole(runtime, system, monkeypatch):
    monkeypatch.setattr("telic.shell.lineage._PAGE", 1)
    await grown(runtime, system, depth=3)
    assert len([one async for one in family(system, "tree", TOP)]) == 3


async def test_an_unknown_machine_and_a_store_that_finds_nothing_are_told(runtime, system):
    with pytest.raises(ConfigurationError, match=r"got 'tre' \(did you mean 'tree'\?\); do add its runtime"):
        [one async for one in family(system, "tre", TOP)]
    lists = System(runtimes=[WorkflowRuntime(machine=tree, store=OnlyLists(tree))], handlers=Handlers())
    with pytest.raises(ConfigurationError, match=r"expected a store with find\(...\), got OnlyLists"):
        [one async for one in family(lists, "tree", TOP)]


async def test_operators_act_on_a_family(runtime, system):
    await grown(runtime, system)
    acts = Operators(system, actor="ann").pause("tree", Query(root=Ancestor("tree", TOP)))
    assert await told(acts) == [(CHILD, "done"), (GRANDCHILD, "done")]


async def test_a_fork_belongs_to_no_family_and_has_one_of_its_own(runtime, system):
    await grown(runtime, system)
    operators = Operators(system, actor="ann")
    made = await operators.fork("tree", CHILD)
    meta = (await runtime.load(made.id)).meta
    assert (meta.parent, meta.root) == (None, None)
    assert await told(operators.release("tree", made.aside[0].id)) == [(made.aside[0].id, "done")]
    await drained(system)
    (child,) = await found(runtime, root=Ancestor("tree", made.id))
    await runtime.run_step(child, Ripen())
    await drained(system)
    assert (await runtime.load(made.id)).state == Grown()
    assert (await runtime.load(TOP)).state == Growing()


async def test_a_child_whose_report_is_not_delivered_is_kept(runtime, system):
    await grown(runtime, system, depth=1)
    await runtime.run_step(CHILD, Ripen())
    assert await purged(system) == 0
    await drained(system)
    assert await purged(system) == 2


async def test_a_child_whose_report_is_a_dead_letter_is_kept(runtime, system):
    await grown(runtime, system, depth=1, close=Close.ABANDON)
    await runtime.run_step(CHILD, Cancel())  # nobody takes the failure of a stray
    assert len((await Worker(system).drain()).failures) == 1
    assert await purged(system) == 0
    assert await left(runtime) == [TOP, CHILD]


async def test_a_parent_that_is_over_is_kept_as_long_as_it_asks_for_a_child(runtime, system):
    await grown(runtime, system, depth=1)
    await runtime.run_step(TOP, Ripen())
    assert await purged(system) == 0
    await runtime.run_step(CHILD, Ripen())
    await drained(system)
    assert await runtime.store.journal(TOP) != ()
    assert await purged(system) == 2


async def test_a_parent_that_asks_no_more_goes_and_its_child_ends_without_it(runtime, system):
    await grown(runtime, system, depth=1, close=Close.ABANDON)
    await runtime.run_step(TOP, Terminate())
    await drained(system)
    assert (await purged(system), await left(runtime)) == (1, [CHILD])
    assert [one.summary.id async for one in family(system, "tree", TOP)] == [CHILD]
    await runtime.run_step(CHILD, Ripen())
    assert await drained(system) == 1
    assert (await purged(system), await left(runtime)) == (1, [])
