"""Retention on PostgreSQL: the common facts."""

from tests.shell.test_retention import (  # noqa: F401  (they hold on this store, too, and run here)
    board,
    clock,
    system,
    test_a_store_that_does_not_answer_is_asked_again,
    test_a_worker_clears_away_what_is_over,
    test_a_worker_without_retention_keeps_everything,
    test_an_instance_goes_whole_and_begins_anew,
    test_every_way_of_being_over_counts,
    test_stores_purge,
    test_the_traces_of_people_go_with_their_instance,
    test_what_goes_in_several_batches_goes_oldest_first,
    test_what_is_over_goes_after_its_time_and_not_before,
    test_what_is_still_to_be_carried_out_keeps_its_instance,
)
