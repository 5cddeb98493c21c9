"""Rate limits on PostgreSQL: the common facts."""

from tests.shell.test_limits import (  # noqa: F401  (they hold on this store, too, and run here)
    test_a_burst_is_begun_at_once,
    test_a_drain_waits_for_its_limits,
    test_a_limit_that_is_not_shared_holds_in_each_process,
    test_a_limited_type_holds_up_no_other,
    test_a_shared_limit_holds_for_all_workers_together,
    test_an_empty_limit_is_asked_again_at_its_moment_and_not_before,
    test_each_attempt_counts,
    test_intents_are_begun_no_more_often_than_their_rate,
    test_of_two_limits_the_narrower_holds_and_the_other_loses_nothing,
    test_several_types_have_one_rate_together,
    test_the_store_of_the_first_machine_keeps_a_shared_limit,
    test_two_workers_of_one_process_have_one_rate,
    test_what_is_only_ended_takes_no_permit,
    test_what_the_wider_limit_refuses_is_given_back_to_the_narrower,
    test_what_waits_for_a_limit_holds_no_lease_and_is_anybodys,
    test_where_nothing_is_due_nothing_is_taken,
)
