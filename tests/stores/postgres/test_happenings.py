"""What PostgreSQL keeps for hooks and schedules: the common facts, and one tenant."""

import pytest

from telic.kernel.values import WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from tests.stores.desk import Begin, desk
from tests.stores.test_happenings import (  # noqa: F401  (they hold for this store, too, and run here with its fixtures)
    test_a_hook_hears_nothing_of_what_was_ignored_or_refused,
    test_a_hook_hears_of_a_cancellation,
    test_a_hook_hears_of_a_dead_letter_once,
    test_a_hook_hears_of_a_task_when_it_is_opened_and_not_when_it_is_declared_again,
    test_a_hook_hears_of_steps_with_event_actor_and_state,
    test_a_hook_hears_of_the_end_after_the_step_that_led_there,
    test_a_hook_hears_what_happens_after_it_was_added,
    test_a_hook_says_only_what_it_has_heard_itself,
    test_a_hook_that_is_removed_is_told_nothing_more,
    test_a_number_does_not_come_again,
    test_a_schedule_has_a_row_that_moves_on_once,
    test_one_worker_at_a_time_has_the_turn,
    test_stores_tell_hooks_and_keep_schedules,
    test_what_was_heard_is_not_told_again,
)


@pytest.fixture
def runtime(store):
    return WorkflowRuntime(machine=desk, store=store)


async def test_a_tenant_is_told_of_its_own_instances_only(store, runtime):
    other = WorkflowRuntime(machine=desk, store=store.within(tenant="other"))
    await store.add_hook("audit")
    await other.run_step(WorkflowId("a"), Begin())
    assert await store.unheard("audit", 10) == ()
    await other.store.add_hook("audit")
    await other.run_step(WorkflowId("b"), Begin())
    assert [(one.tenant, one.workflow_id) for one in await other.store.unheard("audit", 10)] == [("other", "b")]
    assert await store.unheard("audit", 10) == ()
