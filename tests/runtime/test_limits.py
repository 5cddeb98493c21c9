"""Who keeps what is spent of a shared limit."""

from telic.runtime.limits import KeepsLimits
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop


def test_a_store_in_memory_keeps_limits():
    assert isinstance(MemoryStore(shop).limits, KeepsLimits)
    assert not isinstance(object(), KeepsLimits)
