"""What the runtime needs from outside, as protocols that can be asked for at run time."""

from datetime import timedelta

from telic.runtime.protocols import Clock, DurableStore, ListsOutbox, SleepingClock, SystemClock, WorkflowStore
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop


def test_the_clock_of_the_machine_is_in_utc_and_takes_no_time_of_its_own():
    clock = SystemClock()
    assert (clock.now().utcoffset(), repr(clock)) == (timedelta(0), "SystemClock()")
    assert (isinstance(clock, Clock), isinstance(clock, SleepingClock)) == (True, False)


def test_the_memory_store_is_a_store_that_lists_its_outbox_and_keeps_the_books():
    store = MemoryStore(shop)
    assert all(isinstance(store, one) for one in (WorkflowStore, ListsOutbox, DurableStore))


def test_two_methods_make_a_store():
    class Smallest:
        async def load(self, id, event_ids=()): ...

        async def save(self, commit): ...

    assert (isinstance(Smallest(), WorkflowStore), isinstance(Smallest(), DurableStore)) == (True, False)
