"""The open tasks of a store in memory: the waits of its instances, and what people wrote there.

What may never be here: a rule about who may do what.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from pydantic import BaseModel

from telic.kernel.events import Command
from telic.kernel.snapshot import OpenWait, Snapshot
from telic.kernel.values import WaitKey, WorkflowId
from telic.kernel.waits import HumanTask
from telic.runtime.tasks import TaskChange, TaskRow
from telic.stores.memory.acts import Acts
from telic.stores.searching import checked_limit

__all__ = ["Desk", "Entry", "Written"]

S = TypeVar("S", bound=BaseModel)


class Entry(NamedTuple):
    """What people wrote beside one wait."""

    claimant: str | None = None
    assigned: str | None = None
    draft: bytes | None = None
    edition: int = 0


_NOTHING = Entry()
Written: TypeAlias = dict[WorkflowId, dict[tuple[WaitKey, int], Entry]]
"""What people wrote, by instance, and by key and opening of the wait."""


class Desk(Generic[S]):
    """The open tasks of a store in memory; a part of the store."""

    _snapshots: dict[WorkflowId, Snapshot[S]]
    _acts: Acts
    _written: Written
    _saving: threading.Lock

    async def tasks(
        self,
        *,
        holder: str | None = None,
        groups: Collection[str] = (),
        due_by: datetime | None = None,
        after: tuple[datetime | None, str, str] | None = None,
        limit: int = 100,
    ) -> tuple[TaskRow, ...]:
        """Return open tasks in the order of their due dates; see :class:`telic.runtime.tasks.KeepsTasks`."""
        checked_limit(limit)
        last = (after[0] is None, after[0] or 0, *after[1:]) if after is not None else None
        found = [
            row
            for snapshot in self._snapshots.values()
            for row in self._rows(snapshot)
            if _concerns(row, holder, groups)
            and (due_by is None or (row.due is not None and row.due <= due_by))
            and (last is None or row.place > last)
        ]
        return tuple(sorted(found, key=lambda row: row.place)[:limit])

    async def task(self, id: WorkflowId, key: WaitKey) -> TaskRow | None:
        """Return an open task, or ``None`` where none is open under this key."""
        return self._task(id, key)

    async def change_task(self, change: TaskChange) -> bool:
        """Write into the row of a task, with its trace; return whether it stood as it was read."""
        with self._saving:
            return self._changed(change)

    def _task(self, id: WorkflowId, key: WaitKey) -> TaskRow | None:
        snapshot = self._snapshots.get(id)
        return next((row for row in self._rows(snapshot) if row.key == key), None) if snapshot is not None else None

    def _stands(self, row: TaskRow) -> bool:
        """Say whether a task is open as it was read, and nobody has changed it since."""
        now = self._task(row.workflow_id, row.key)
        return now is not None and (now.since, now.edition) == (row.since, row.edition)

    def _changed(self, change: TaskChange) -> bool:
        row, claimant, assigned, draft, act = change
        if not self._stands(row):
            return False
        kept = self._written.setdefault(row.workflow_id, {})
        open_now = {(one.key, one.since) for one in self._snapshots[row.workflow_id].waits}
        for gone in [place for place in kept if place not in open_now]:
            del kept[gone]
        kept[row.key, row.since] = Entry(claimant, assigned, draft, row.edition + 1)
        self._acts.keep(act)
        return True

    def _rows(self, snapshot: Snapshot[S]) -> Iterator[TaskRow]:
        written = self._written.get(snapshot.meta.id, {})
        for one in snapshot.waits:
            if isinstance(one.wait, HumanTask):
                yield _row(snapshot.meta.id, one, one.wait, written.get((one.key, one.since), _NOTHING))


def _row(id: WorkflowId, one: OpenWait, wait: HumanTask[Command], entry: Entry) -> TaskRow:
    return TaskRow(
        id, one.key, one.since, wait.event_type.__tag__, wait.title, wait.description, wait.assignee, entry.assigned,
        wait.groups, wait.due, wait.priority, one.opened_at, entry.claimant, entry.draft, entry.edition,
    )  # fmt: skip


def _concerns(row: TaskRow, holder: str | None, groups: Collection[str]) -> bool:
    if holder is None and not groups:
        return True
    if holder is not None and (row.claimant or row.assignee) == holder:
        return True
    return row.claimant is None and not set(groups).isdisjoint(row.groups)
