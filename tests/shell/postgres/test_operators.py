"""Operators on PostgreSQL: the common facts."""

from tests.shell.test_operators import (  # noqa: F401  (they hold on this store, too, and run here)
    test_a_dry_run_of_a_redrive_changes_nothing,
    test_a_dry_run_says_what_would_happen_and_changes_nothing,
    test_a_redrive_leaves_a_trace_with_its_actor_and_is_done_once,
    test_a_state_may_compensate_a_cancellation,
    test_a_store_that_does_not_answer_ends_the_act,
    test_a_termination_asks_no_state,
    test_all_dead_letters_are_redriven_over_pages,
    test_all_that_a_query_finds_are_acted_on_over_pages,
    test_an_act_is_journaled_with_its_actor_and_its_reason,
    test_an_instance_is_paused_and_resumed,
    test_an_instance_whose_code_is_broken_does_not_stop_the_others,
    test_an_operation_that_is_repeated_is_done_once,
    test_dead_letters_are_redriven_by_their_ids,
    test_dead_letters_of_the_instances_that_a_query_finds_are_redriven,
    test_leaving_the_loop_leaves_the_rest_alone,
    test_one_operation_may_pause_and_resume,
    test_what_stands_in_the_way_is_told,
)
