"""The end of what is over in memory.

What may never be here: an instance that still runs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel

from telic.kernel.snapshot import Record, Snapshot, Status
from telic.kernel.values import EventId, WorkflowId
from telic.stores.memory.acts import Acts
from telic.stores.memory.tasks import Written

__all__ = ["Forgets"]

S = TypeVar("S", bound=BaseModel)
_OVER = frozenset({Status.ENDED, Status.CANCELLED, Status.TERMINATED})


class Forgets(Generic[S]):
    """How a store in memory forgets what is over; a part of the store."""

    _snapshots: dict[WorkflowId, Snapshot[S]]
    _journals: dict[WorkflowId, list[Record[S]]]
    _known: dict[WorkflowId, dict[EventId, int]]
    _acts: Acts
    _written: Written

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete instances that are over since before a moment; see :class:`telic.runtime.retention.Purges`."""
        over = [
            one
            for one in self._snapshots.values()
            if one.status in _OVER and one.at < before and not one.open and not one.parked
        ]
        over.sort(key=lambda one: one.at)
        for one in over[:limit]:
            del self._snapshots[one.meta.id], self._journals[one.meta.id]
            self._known.pop(one.meta.id, None)
            self._written.pop(one.meta.id, None)
            self._acts.forget(one.meta.id)
        return len(over[:limit])
