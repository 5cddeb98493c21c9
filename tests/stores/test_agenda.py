"""What every durable store keeps of deadlines: when which is due, and what a pause holds."""

from datetime import timedelta

import pytest

from telic.kernel.events import Cancel, Pause, Resume
from telic.kernel.values import WaitKey, WorkflowId
from telic.runtime.claims import DueDeadline
from telic.runtime.runtime import WorkflowRuntime
from tests.stores.desk import Approve, Lapsed, desk
from tests.stores.test_claims import NOW, SECOND, submitted

DAY = timedelta(days=1)
KEY = WaitKey("Lapsed")


@pytest.fixture
def runtime(durable):
    return WorkflowRuntime(machine=desk, store=durable)


def due(name, at):
    return DueDeadline(WorkflowId(name), KEY, at)


async def test_deadlines_are_due_at_their_moment_the_oldest_first(runtime):
    await submitted(runtime, "b", "a")
    store = runtime.store
    assert await store.next_deadline() == NOW + DAY
    assert await store.due_deadlines(NOW + DAY - timedelta(microseconds=1), 9) == ()
    assert await store.due_deadlines(NOW + DAY, 9) == (due("b", NOW + DAY),)
    both = (due("b", NOW + DAY), due("a", NOW + SECOND + DAY))
    assert await store.due_deadlines(NOW + 2 * DAY, 9) == both
    assert await store.due_deadlines(NOW + 2 * DAY, 1) == both[:1]


async def test_a_deadline_that_has_fired_or_is_not_declared_any_more_is_not_due(runtime):
    await submitted(runtime, "a", "b", "c")
    store = runtime.store
    await runtime.run_step(WorkflowId("a"), Lapsed(), wait=KEY, now=NOW + DAY)
    await runtime.run_step(WorkflowId("b"), Approve())
    await runtime.run_step(WorkflowId("c"), Cancel())
    assert await store.due_deadlines(NOW + 9 * DAY, 9) == ()
    assert await store.next_deadline() is None


async def test_deadlines_of_a_paused_instance_wait_for_the_resumption(runtime):
    await submitted(runtime, "a")
    store = runtime.store
    await runtime.run_step(WorkflowId("a"), Pause())
    assert await store.due_deadlines(NOW + 9 * DAY, 9) == ()
    assert await store.next_deadline() is None
    await runtime.run_step(WorkflowId("a"), Resume())
    assert await store.due_deadlines(NOW + 9 * DAY, 9) == (due("a", NOW + DAY),)


async def test_a_postponed_deadline_is_left_alone_until_its_moment(runtime):
    await submitted(runtime, "a")
    store = runtime.store
    await store.postpone(due("a", NOW + DAY), NOW + 3 * DAY)
    assert await store.next_deadline() == NOW + 3 * DAY
    assert await store.due_deadlines(NOW + 2 * DAY, 9) == ()
    assert await store.due_deadlines(NOW + 3 * DAY, 9) == (due("a", NOW + DAY),)


async def test_a_sweep_over_rows_in_order_changes_nothing(runtime):
    await submitted(runtime, "a", "b", "c")
    swept = await runtime.store.sweep(limit=2)
    assert swept.repaired == ()
    assert (await runtime.store.sweep(after=WorkflowId("c"))) == (None, ())
