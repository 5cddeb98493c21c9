"""Forks on PostgreSQL: the common facts."""

from tests.shell.test_forking import (  # noqa: F401  (they hold on this store, too, and run here)
    test_a_fork_goes_up_to_the_revision_that_was_asked_for,
    test_a_fork_of_the_whole_has_the_state_and_the_open_intents_of_the_first,
    test_a_fork_stops_at_the_first_record_that_todays_code_decides_differently,
    test_a_fork_that_is_only_tried_is_told_as_it_would_be_and_is_not_there,
    test_a_fork_that_was_cut_off_is_completed,
    test_a_revision_that_is_not_there_is_refused,
    test_an_instance_that_is_over_or_paused_there_is_not_forked,
    test_nothing_of_a_fork_is_carried_out_before_it_is_released_one_by_one,
    test_the_first_instance_is_left_as_it_is,
    test_the_journal_of_a_fork_leads_to_its_state_and_names_its_actors,
    test_under_one_operation_there_is_one_fork,
    test_what_happens_next_in_a_fork_is_carried_out_as_ever,
    test_withdrawn_intents_and_compensations_are_lived_through,
)
