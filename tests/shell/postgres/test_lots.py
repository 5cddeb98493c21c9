"""What is claimed first on PostgreSQL: the common facts."""

from tests.shell.test_lots import (  # noqa: F401  (they hold on this store, too, and run here)
    test_a_stream_of_urgent_ones_lets_others_through,
    test_a_worker_begins_the_urgent_first_though_others_wait_longer,
)
