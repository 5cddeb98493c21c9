"""Answers on PostgreSQL: the common facts."""

from tests.shell.test_answering import (  # noqa: F401  (they hold on this store, too, and run here)
    between,
    board,
    inbox,
    stores,
    system,
    test_a_claim_between_check_and_save_wins,
    test_a_store_for_one_answer_says_what_was_changed,
    test_a_store_refuses_an_answer_to_a_task_that_was_changed_and_saves_nothing_of_it,
    test_a_task_of_a_paused_instance_waits_for_its_resumption,
    test_a_task_that_was_closed_between_look_and_step_is_not_open,
    test_an_answer_does_not_complete_a_task_of_its_name_that_was_opened_meanwhile,
    test_an_assignment_between_check_and_save_ends_a_claim,
    test_another_step_between_check_and_save_loses_no_answer,
    test_ones_own_draft_between_check_and_save_loses_no_answer,
    test_whoever_answers_need_not_have_claimed_and_leaves_the_answer_as_the_trace,
)
