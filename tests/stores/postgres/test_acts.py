"""Acts on intents on PostgreSQL: the common facts."""

import asyncio

from tests.stores.test_acts import (  # noqa: F401  (they hold for this store, too, and run here with its fixtures)
    DEAD,
    A,
    act,
    bury,
    test_a_dead_letter_of_a_paused_instance_goes_on_with_its_resumption,
    test_a_dead_letter_that_is_let_go_is_carried_out_as_if_for_the_first_time,
    test_an_act_leaves_a_trace_and_is_done_once,
    test_several_acts_are_told_apart_in_their_order,
    test_stores_keep_acts,
    test_what_does_not_stand_there_is_absent_and_leaves_no_trace,
    test_what_is_set_aside_and_withdrawn_ends_as_withdrawn,
    test_what_is_set_aside_stays_so_beyond_the_resumption_until_it_is_let_go,
    test_what_nothing_holds_is_not_set_aside,
)


async def test_of_two_operations_at_once_one_lets_a_dead_letter_go(runtime):
    await bury(runtime, "a")
    told = await asyncio.gather(*(runtime.store.let_go([act(name)], DEAD) for name in ("one", "two", "three")))
    assert sorted(told) == [("absent",), ("absent",), ("done",)]
    assert len(await runtime.store.acts(A)) == 1
