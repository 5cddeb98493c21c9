"""What stands in a list for an intent that today's code cannot read."""

from telic import Intent
from telic.kernel.unread import Unread


def test_it_names_what_could_not_be_read_and_is_never_stored_under_that_name():
    unread = Unread(tag="charge", version=3, problem="no upcaster")
    assert isinstance(unread, Intent)
    assert (unread.tag, unread.version, unread.problem, Unread.__tag__) == ("charge", 3, "no upcaster", "telic.unread")
