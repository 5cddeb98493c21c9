"""The protocol of stores that can forget what is over.

What may never be here: how long anything is kept; whoever asks says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

__all__ = ["Purges"]


@runtime_checkable
class Purges(Protocol):
    """A store that can forget instances which are over."""

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete instances that are over since before a moment, the oldest first; return how many.

        An instance goes whole, in one transaction: its journal, its event ids, the traces of
        people. One that has an intent which is still to be carried out, or a fact that no state
        has taken, is kept.

        Args:
            before: The moment; the last record counts.
            limit: How many at most.
        """
        ...
