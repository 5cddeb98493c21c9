"""The rows of schedules, and who keeps them."""

from datetime import UTC, datetime

from telic.runtime.timetables import KeepsSchedules, Scheduled
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_store_in_memory_keeps_schedules():
    assert isinstance(MemoryStore(shop), KeepsSchedules)
    assert not isinstance(object(), KeepsSchedules)


def test_a_schedule_that_has_not_fired_yet_has_no_last_instant():
    assert Scheduled("daily", AT).last is None
