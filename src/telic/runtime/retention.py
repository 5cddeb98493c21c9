"""The protocols of stores that can forget what is over, and what lies behind a checkpoint.

What may never be here: how long anything is kept; whoever asks says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

__all__ = ["Cuts", "Purges"]


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


@runtime_checkable
class Cuts(Protocol):
    """A store that can cut the journals of instances that go on."""

    async def cut(self, before: datetime, keep: int) -> int:
        """Delete the oldest records of one instance, up to a checkpoint; return how many went.

        In one transaction. The journal then begins with the record that carries the checkpoint.
        The event ids of the records that are gone stay known, with what came of each event, for
        as long as the instance is there.

        Args:
            before: Only what is older goes: the checkpoint, too, was reached before that moment.
            keep: How many of its newest records each instance keeps at least.

        Returns:
            How many records went; 0 when there is nothing to cut in any journal.
        """
        ...
