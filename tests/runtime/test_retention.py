"""A store says by its methods whether it can forget what is over."""

from telic.runtime.retention import Purges
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop


def test_the_store_in_memory_purges_and_a_store_of_two_methods_keeps_everything():
    class Smallest:
        async def load(self, id, event_ids=()): ...

        async def save(self, commit): ...

    assert (isinstance(MemoryStore(shop), Purges), isinstance(Smallest(), Purges)) == (True, False)
