"""A worker from outside on PostgreSQL: the common facts."""

from tests.shell.test_worker import (  # noqa: F401  (they hold on this store, too, and run here)
    test_a_cancelled_worker_gives_back_what_runs_and_it_does_not_count,
    test_a_drain_attempts_each_intent_once_and_gives_back_what_failed,
    test_a_drain_carries_out_what_is_not_due_yet,
    test_a_drain_leaves_what_another_worker_has_claimed,
    test_a_signal_stops_and_a_second_one_cuts_off,
    test_a_stop_lets_what_runs_end_and_claims_nothing_more,
    test_a_type_may_be_limited_without_holding_up_the_others,
    test_at_most_once_is_in_doubt_when_its_worker_was_cancelled,
    test_no_more_handlers_run_than_there_is_room_for,
    test_the_intent_that_is_due_longest_is_claimed_first_whatever_its_type,
    test_two_workers_share_the_work_and_each_intent_runs_once,
    test_what_is_asked_for_during_a_pause_waits_for_the_resumption,
)
