"""The end of what is over in memory, and of what lies behind a checkpoint.

What may never be here: the end of an instance that still runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel

from telic.kernel.snapshot import Recorded, Snapshot, Status
from telic.kernel.values import EventId, WorkflowId
from telic.stores.memory.acts import Acts
from telic.stores.memory.images import Line
from telic.stores.memory.tasks import Written

__all__ = ["Forgets", "first_of"]

S = TypeVar("S", bound=BaseModel)
_OVER = frozenset({Status.ENDED, Status.CANCELLED, Status.TERMINATED})


class Forgets(Generic[S]):
    """How a store in memory forgets what is over; a part of the store."""

    _snapshots: dict[WorkflowId, Snapshot[S]]
    _journals: dict[WorkflowId, list[Line[S]]]
    _known: dict[WorkflowId, dict[EventId, int]]
    _recalled: dict[WorkflowId, dict[EventId, Recorded]]
    _checkpoint_every: int
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
            self._recalled.pop(one.meta.id, None)
            self._written.pop(one.meta.id, None)
            self._acts.forget(one.meta.id)
        return len(over[:limit])

    async def cut(self, before: datetime, keep: int) -> int:
        """Cut one journal at its next checkpoint; see :class:`telic.runtime.retention.Cuts`."""
        due = [
            record
            for one in self._snapshots.values()
            if one.revision >= self._checkpoint_every
            for record in self._journals[one.meta.id][1:]
            if record.checkpoint is not None and record.at < before and one.revision - record.revision + 1 >= keep
        ]
        if not due:
            return 0
        at = min(due, key=lambda one: (one.at, one.workflow_id, one.revision))
        journal = self._journals[at.workflow_id]
        gone = journal[: at.revision - first_of(journal)]
        recalled = self._recalled.setdefault(at.workflow_id, {})
        recalled.update({one.given_id: one.recorded for one in gone if one.given_id is not None})
        del journal[: len(gone)]
        return len(gone)


def first_of(journal: Sequence[Line[S]]) -> int:
    """Return the revision of the first line that a journal still has."""
    return journal[0].revision if journal else 1
