"""What is published becomes what a wait is fed with."""

from telic.kernel.codec import Stored
from telic.stores.feeding import HungryRow, PublishedRow, feed_of
from tests.shell.press import Alarm, News, reader

WAIT = HungryRow("ann", "News", 3, 1, "news", "sport", "News")


def row(fact, event_id="e"):
    return PublishedRow(event_id, *reader.codec.encode_event(fact))


def fed(*rows, all_of_it=True):
    feed = feed_of(reader, WAIT, rows, all_of_it=all_of_it)
    return [fact for _, fact in feed.facts], feed.whole


def test_a_wait_is_fed_with_facts_of_its_type():
    assert fed(row(News(text="a")), row(Alarm(text="b")), row(News(text="c"))) == (
        [News(text="a"), News(text="c")],
        True,
    )
    assert feed_of(reader, WAIT, [], all_of_it=True).topic == ("news", "sport")


def test_a_fact_that_the_machine_has_never_known_is_not_for_it():
    assert fed(PublishedRow("e", *Stored("Weather", 1, b"{}"))) == ([], True)


def test_a_fact_that_todays_code_cannot_read_is_left_over():
    assert fed(PublishedRow("e", "News", 1, b"{}"), row(News(text="b"))) == ([News(text="b")], False)


def test_what_is_cut_off_is_not_all_of_it():
    assert fed(row(News(text="a")), all_of_it=False) == ([News(text="a")], False)
