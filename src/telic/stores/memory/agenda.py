"""The deadlines and reminders of a store in memory, in the order of their moments.

What may never be here: the delivery of a deadline, or an await.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import NamedTuple

from pydantic import BaseModel

from telic.kernel.snapshot import Commit, OpenWait, Snapshot, Status
from telic.kernel.values import WaitKey, WorkflowId
from telic.kernel.waits import Deadline
from telic.runtime.claims import DueDeadline

__all__ = ["Agenda"]


class _Entry(NamedTuple):
    due: datetime
    number: int
    deadline: DueDeadline


class Agenda:
    """When which deadline is to be delivered; what is out of date is dropped when it is met."""

    def __init__(self, load: Callable[[WorkflowId], Snapshot[BaseModel] | None]) -> None:
        """Begin empty.

        Args:
            load: Returns an instance as it stands.
        """
        self._load = load
        self._queue: list[_Entry] = []
        self._numbers = count()
        self._postponed: dict[tuple[WorkflowId, WaitKey], datetime] = {}

    def apply(self, commit: Commit[BaseModel]) -> None:
        """Take over what a commit changes.

        Args:
            commit: What was saved.
        """
        before, after, _ = commit
        resumed = before is not None and before.status is Status.PAUSED and after.status is not Status.PAUSED
        if not (commit.waits_changed or resumed):
            return
        for one in after.waits:
            at = _moment_of(one)
            if at is not None:
                self._postponed.pop((after.meta.id, one.key), None)
                self._add(at, DueDeadline(after.meta.id, one.key, at))

    def due(self, now: datetime, limit: int) -> tuple[DueDeadline, ...]:
        """Return deadlines whose moment has come, the oldest first."""
        found: dict[DueDeadline, _Entry] = {}
        while len(found) < limit and (head := self._head()) is not None and head.due <= now:
            found.setdefault(head.deadline, heapq.heappop(self._queue))
        for one in found.values():  # they stay until they have fired, or are not declared any more
            heapq.heappush(self._queue, one)
        return tuple(found)

    def postpone(self, deadline: DueDeadline, until: datetime) -> None:
        """Leave a deadline alone until a moment."""
        self._postponed[deadline.workflow_id, deadline.key] = until
        self._add(until, deadline)

    def next(self) -> datetime | None:
        """Return when the next deadline is to be delivered."""
        head = self._head()
        return head.due if head is not None else None

    def _add(self, due: datetime, deadline: DueDeadline) -> None:
        heapq.heappush(self._queue, _Entry(due, next(self._numbers), deadline))

    def _head(self) -> _Entry | None:
        while self._queue:
            if self._stands(self._queue[0]):
                return self._queue[0]
            heapq.heappop(self._queue)
        return None

    def _stands(self, entry: _Entry) -> bool:
        """Say whether a deadline or reminder is still declared for its moment, by an instance that runs."""
        id, key, at = entry.deadline
        if entry.due != self._postponed.get((id, key), at):
            return False
        snapshot = self._load(id)
        if snapshot is None or snapshot.status is Status.PAUSED:
            return False  # the resumption adds it again
        return any(one.key == key and _moment_of(one) == at for one in snapshot.waits)


def _moment_of(one: OpenWait) -> datetime | None:
    """Return when a wait is to be woken: a deadline that has not fired, or a task of which to remind."""
    if isinstance(one.wait, Deadline):
        return one.wait.at if one.fired is None else None
    return one.next_reminder
