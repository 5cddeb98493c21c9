"""An inbox of several tenants lists and completes the tasks of these, and of no other."""

import pytest

from telic import Handlers, System, WorkflowRuntime
from telic.kernel.errors import ConfigurationError
from telic.kernel.results import Stepped
from telic.kernel.values import WaitKey
from telic.shell.task_pages import Place, after, cursor, next_of
from telic.shell.task_results import NotOpen, TaskRef
from telic.shell.tasks import Inbox
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.shell.chores import chores, errands
from tests.shell.test_tasks import HOUR, A, post
from tests.shell.till import NOW, HandClock

TENANTS = ("blue", "green", "red")


@pytest.fixture(params=["memory", "sqlite"])
async def stores(request, tmp_path):
    """Makes the store of a machine."""
    if request.param == "memory":
        yield MemoryStore
        return
    async with SqliteDatabase(tmp_path / "chores.db") as opened:
        yield opened.store


@pytest.fixture
def tenants_system(stores):
    runtimes = [WorkflowRuntime(machine=one, store=stores(one), clock=HandClock()) for one in (chores, errands)]
    return System(runtimes=runtimes, handlers=Handlers())


@pytest.fixture
async def filled(tenants_system):
    """A task for each tenant and machine at each of two moments."""
    for runtime in tenants_system.runtimes.values():
        for tenant in TENANTS:
            seen = runtime.through(runtime.store.within(tenant=tenant))
            await post(seen, "soon", due=NOW + HOUR, assignee="ann")
            await post(seen, "late", due=NOW + 2 * HOUR, groups=("hall",))
    return tenants_system


def places(page):
    return [(one.ref.machine, one.ref.tenant, str(one.ref.key)) for one in page.items]


async def test_tasks_of_all_tenants_of_a_person_are_listed_by_due_date(filled):
    inbox = Inbox(filled, tenants={"red", "blue"})
    both = [(machine, tenant) for machine in ("chores", "errands") for tenant in ("blue", "red")]
    assert places(await inbox.tasks()) == [(*one, key) for key in ("soon", "late") for one in both]
    assert places(await inbox.tasks(assignee="ann", machine="errands")) == [
        ("errands", "blue", "soon"),
        ("errands", "red", "soon"),
    ]
    assert places(await inbox.tasks(groups=("hall",), tenant="red")) == [
        ("chores", "red", "late"),
        ("errands", "red", "late"),
    ]
    assert places(await inbox.tasks(tenant="green")) == []
    assert places(await Inbox(filled).tasks()) == []


async def test_pages_follow_each_other_over_all_tenants(filled):
    inbox = Inbox(filled, tenants=TENANTS)
    whole = (await inbox.tasks()).items
    assert len(whole) == 12
    for limit in (1, 5):
        found, last = [], None
        while True:
            page = await inbox.tasks(after=last, limit=limit)
            found += page.items
            last = page.next
            if last is None:
                break
        assert found == list(whole), limit


async def test_a_task_of_a_tenant_is_completed_there_and_nowhere_else(filled):
    inbox = Inbox(filled, tenants=("red", "blue"))
    (task,) = (await inbox.tasks(assignee="ann", machine="chores", tenant="red")).items
    done = await inbox.complete(task, {"note": "x"}, actor="ann")
    assert isinstance(done, Stepped)
    assert places(await inbox.tasks(assignee="ann", machine="chores")) == [("chores", "blue", "soon")]
    runtime = filled.runtimes["chores"]
    entry = (await runtime.store.within(tenant="red").journal(A))[-1]
    assert (entry.actor, entry.wait) == ("ann", "soon")


async def test_a_task_of_another_tenant_is_not_there(filled):
    inbox = Inbox(filled, tenants=("red",))
    others = TaskRef("chores", A, WaitKey("soon"), tenant="green")
    assert await inbox.task(others) is None
    assert await inbox.history(others) == ()
    assert await inbox.claim(others, actor="ann") == NotOpen(others)
    assert await inbox.complete(others, {"note": "x"}, actor="ann") == NotOpen(others)
    assert await Inbox(filled, tenants=("green",)).task(others) is not None


async def test_a_task_has_to_name_its_tenant_where_there_are_several(filled):
    with pytest.raises(ConfigurationError) as refused:
        await Inbox(filled, tenants=TENANTS).task(TaskRef("chores", A, WaitKey("soon")))
    assert refused.value.findings == (
        "expected the tenant of a task in an inbox of 3 tenants, got none; do name it: TaskRef(..., tenant=)",
    )


async def test_a_task_says_whether_it_is_overdue(filled):
    inbox = Inbox(filled, tenants=("red",))
    clock = filled.runtimes["chores"].clock
    assert [one.overdue for one in (await inbox.tasks(machine="chores")).items] == [False, False]
    clock.move(3600)
    assert [one.overdue for one in (await inbox.tasks(machine="chores")).items] == [True, False]
    assert places(await inbox.tasks(machine="chores", due_by=clock.now())) == [("chores", "red", "soon")]


def test_a_store_that_no_other_tenant_can_see_is_refused():
    class OfOneTenant(MemoryStore):
        within = None

    system = System(runtimes=[WorkflowRuntime(machine=chores, store=OfOneTenant(chores))], handlers=Handlers())
    with pytest.raises(ConfigurationError) as refused:
        Inbox(system, tenants=("red",))
    assert refused.value.findings == (
        "expected a store of machine 'chores' that can be seen from other tenants, got OfOneTenant; "
        "do use one with within(tenant=), or leave out tenants=",
    )


def test_a_page_goes_on_in_each_list_where_the_last_task_of_all_lists_stood():
    last = Place(1_000_000, "b", "m", "i", "k")
    assert cursor(next_of(last)) == last
    due = after("b", "m", last)[0]
    assert after("b", "m", last) == (due, "i", "k")
    assert after("b", "n", last) == (due, "", "")
    assert after("c", "a", last) == (due, "", "")
    assert after("a", "z", last) == after("b", "a", last) == (due, "\U0010ffff", "")
    assert after("a", "a", None) is None
