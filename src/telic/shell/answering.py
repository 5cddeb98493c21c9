"""A store through which one task is answered as it was read, or not at all.

Whoever is entitled to answer was found by looking at the row of the task. The step that follows is
saved only if that row is still the same, so nobody can claim the task in between. What may never
be here: a rule about who is entitled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from telic.kernel.errors import RevisionConflict, StoreError
from telic.runtime.acts import KeepsActs
from telic.runtime.protocols import WorkflowStore
from telic.runtime.tasks import KeepsTasks, TaskRow

if TYPE_CHECKING:
    from telic.kernel.snapshot import Commit, Snapshot
    from telic.kernel.values import EventId, WorkflowId

__all__ = ["AnsweringStore", "Books", "TaskChanged"]


class Books(KeepsTasks, KeepsActs, WorkflowStore[Any], Protocol):
    """A store with tasks, and with traces of what people do to them."""


class TaskChanged(StoreError):
    """The task is not as it was read; nothing was saved.

    Attributes:
        row: The task as it was read.
    """

    def __init__(self, row: TaskRow) -> None:
        """Keep the row."""
        super().__init__(row)
        self.row = row

    def __str__(self) -> str:
        """Return what was expected."""
        row = self.row
        return (
            f"task {row.key!s} of {row.workflow_id!s}: expected it as it was read, at edition {row.edition}, "
            "got another one; do read it again and decide again"
        )


class AnsweringStore:
    """The same store, but each save says that it answers one task.

    Attributes:
        lane_key: That of the store within, so that both queue up in one lane.
        tenant: Whose instances.
        joins_transaction: Whether a transaction of the caller is joined.
    """

    def __init__(self, store: Books, row: TaskRow) -> None:
        """Take the store, and the task as it was read."""
        self._store = store
        self._row = row
        self.lane_key: object = getattr(store, "lane_key", store)
        self.tenant = str(getattr(store, "tenant", ""))
        self.joins_transaction = bool(getattr(store, "joins_transaction", False))

    async def load(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[Any] | None:
        """Return an instance, or ``None`` where there is none."""
        return await self._store.load(id, event_ids)

    async def save(self, commit: Commit[Any]) -> None:
        """Save the answer, or nothing of it.

        Raises:
            TaskChanged: When the task is not as it was read.
            RevisionConflict: When another step was first, or the event id is known.
        """
        try:
            await self._store.save_answer(commit, self._row)
        except RevisionConflict as conflict:
            now = await self._store.task(self._row.workflow_id, self._row.key)
            if now is None or (now.since, now.edition) != (self._row.since, self._row.edition):
                raise TaskChanged(self._row) from conflict
            raise

    def __repr__(self) -> str:
        """Return the store within, and the key of the task."""
        return f"AnsweringStore({self._store!r}, {str(self._row.key)!r})"
