"""A store says by its methods whether it can forget what is over, and what lies behind a checkpoint."""

from telic.runtime.retention import Cuts, Purges
from telic.stores.memory import MemoryStore
from tests.kernel.machines import shop


def test_the_store_in_memory_purges_and_a_store_of_two_methods_keeps_everything():
    class Smallest:
        async def load(self, id, event_ids=()): ...

        async def save(self, commit): ...

    for protocol in (Purges, Cuts):
        assert (isinstance(MemoryStore(shop), protocol), isinstance(Smallest(), protocol)) == (True, False)
