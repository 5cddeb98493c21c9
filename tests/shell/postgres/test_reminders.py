"""Reminders on PostgreSQL: the common facts."""

from tests.shell.test_reminders import (  # noqa: F401  (they hold on this store, too, and run here)
    office,
    test_a_moment_that_was_given_is_not_given_again_when_the_task_comes_back_to_it,
    test_a_paused_instance_reminds_after_its_resumption,
    test_a_reminder_is_a_line_of_the_journal_that_leaves_the_state_as_it_is,
    test_a_reminder_names_the_opening_of_its_task_and_finds_who_has_it_now,
    test_a_reminder_that_cannot_be_told_is_a_dead_letter_and_is_redriven,
    test_a_reminder_that_is_not_due_is_not_given,
    test_a_reminder_that_nobody_has_claimed_yet_is_taken_back_with_its_task,
    test_a_task_that_is_closed_reminds_nobody,
    test_a_task_that_is_due_at_another_moment_reminds_of_that_one,
    test_an_instance_that_is_over_leaves_no_reminder_behind,
    test_each_moment_reminds_once_and_not_early,
    test_only_a_machine_with_tasks_and_a_durable_store_reminds,
    test_what_was_missed_reminds_late_each_moment_in_its_order,
    test_without_a_handler_a_reminder_is_logged,
)
