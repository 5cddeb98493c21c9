"""The search for instances on PostgreSQL: the common facts, one tenant, and the plan of a search."""

from telic.kernel.values import WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from tests.stores.desk import Begin, desk
from tests.stores.test_queries import (  # noqa: F401  (they hold for this store, too, and run here with its fixtures)
    test_a_page_that_is_just_full_is_the_last_one,
    test_a_range_that_makes_no_sense_is_refused,
    test_a_store_without_instances_finds_none,
    test_a_summary_tells_what_a_list_shows,
    test_a_value_of_another_type_is_another_value,
    test_all_conditions_have_to_hold,
    test_an_instance_is_found_by_its_business_key,
    test_children_are_found_by_their_parent_and_not_by_another_of_a_longer_name,
    test_instances_are_found_by_each_type_of_attribute,
    test_instances_are_found_by_kind,
    test_instances_are_found_by_ranges_with_both_ends_within,
    test_instances_are_found_by_status,
    test_pages_follow_each_other_whatever_is_written_meanwhile,
    test_stores_can_be_asked_about_many_instances,
    test_what_a_state_does_not_give_any_more_is_not_found,
)


async def test_a_tenant_finds_its_own_instances_only(store, runtime):
    await runtime.run_step(WorkflowId("a"), Begin())
    other = WorkflowRuntime(machine=desk, store=store.within(tenant="other"))
    await other.run_step(WorkflowId("b"), Begin())
    assert [one.id for one in (await store.find()).items] == ["a"]
    assert [one.id for one in (await other.store.find()).items] == ["b"]
