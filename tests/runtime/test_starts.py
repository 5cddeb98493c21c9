"""Starts that are still to be made, and who keeps them."""

from datetime import UTC, datetime

from telic.kernel.codec import Stored
from telic.runtime.starts import DueStart, KeepsStarts
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_store_in_memory_keeps_starts():
    assert isinstance(MemoryStore(shop), KeepsStarts)
    assert not isinstance(object(), KeepsStarts)


def test_a_start_is_of_one_trigger_and_key():
    start = DueStart("reminder", "k", AT, AT, Stored("Order", 1, b"{}"))
    assert (start.trigger, start.key) == ("reminder", "k")
