"""The values and protocols of topics."""

from telic.kernel.values import EventId, WaitKey, WorkflowId
from telic.runtime.topics import Feed, KeepsPublications
from telic.stores.memory import MemoryStore
from tests.shell.press import News, reader


def test_a_store_in_memory_keeps_publications():
    assert isinstance(MemoryStore(reader), KeepsPublications)
    assert not isinstance(object(), KeepsPublications)


def test_a_feed_names_the_opening_that_it_is_for():
    feed = Feed(
        WorkflowId("ann"), WaitKey("News"), 3, 1, ((EventId("e"), News(text="sun")),), whole=True, topic=("news", "")
    )
    assert (feed.workflow_id, feed.key, feed.since, feed.whole) == ("ann", "News", 3, True)
