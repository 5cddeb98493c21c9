"""The store in memory, and its books of what is to be done.

What may never be here: anything that outlives the process.
"""

from telic.stores.memory.store import MemoryStore

__all__ = ["MemoryStore"]
