"""Open tasks as a store keeps them: what the state declares, and what people have written there.

A row lives as long as its wait is open; claim, assignment and draft go with it. What may never
be here: a rule about who may do what.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel

from telic.kernel.snapshot import Commit
from telic.kernel.values import WaitKey, WorkflowId
from telic.runtime.acts import Act

__all__ = ["KeepsTasks", "TaskChange", "TaskRow"]


class TaskRow(NamedTuple):
    """One open task.

    Attributes:
        workflow_id: The instance.
        key: The key of the wait.
        since: The revision that opened it.
        command: The tag of the command that answers.
        title: One line for the inbox.
        description: What is to be done.
        declared: The person whom the state asks, if it is one.
        assigned: The person whom somebody has assigned since, if any.
        groups: The groups that are asked.
        due: When it should be done.
        priority: Larger comes first to people; the list is in the order of ``due``.
        opened_at: Since when it is open.
        claimant: Who has claimed it.
        draft: What was written down so far, as JSON.
        edition: How often people have changed it.
    """

    workflow_id: WorkflowId
    key: WaitKey
    since: int
    command: str
    title: str
    description: str
    declared: str | None
    assigned: str | None
    groups: tuple[str, ...]
    due: datetime | None
    priority: int
    opened_at: datetime
    claimant: str | None = None
    draft: bytes | None = None
    edition: int = 0

    @property
    def assignee(self) -> str | None:
        """The person who is asked now, if it is one."""
        return self.assigned or self.declared

    @property
    def place(self) -> tuple[bool, float | datetime, str, str]:
        """Where it stands in the list: by due date, those without one last, then by instance and key."""
        return (self.due is None, self.due or 0, self.workflow_id, self.key)


class TaskChange(NamedTuple):
    """What somebody writes into the row of a task.

    Attributes:
        row: The task as it was read; the change counts only if nobody has changed it since.
        claimant: Who has claimed it from now on.
        assigned: Who is assigned from now on.
        draft: What is written down from now on.
        act: The trace of it.
    """

    row: TaskRow
    claimant: str | None
    assigned: str | None
    draft: bytes | None
    act: Act


@runtime_checkable
class KeepsTasks(Protocol):
    """A store that lists open tasks, and keeps what people write there."""

    async def tasks(
        self,
        *,
        holder: str | None = None,
        groups: Collection[str] = (),
        due_by: datetime | None = None,
        after: tuple[datetime | None, str, str] | None = None,
        limit: int = 100,
    ) -> tuple[TaskRow, ...]:
        """Return open tasks in the order of their due dates; those without one come last.

        Args:
            holder: Those that this person has claimed, or is assigned to and nobody has claimed.
            groups: Those that ask one of these groups and that nobody has claimed. With a
                holder, too, both sorts; without either, all.
            due_by: Those that are due at a moment or before.
            after: Due date, instance and key of the last one of the page before.
            limit: How many at most.
        """
        ...

    async def task(self, id: WorkflowId, key: WaitKey) -> TaskRow | None:
        """Return an open task, or ``None`` where none is open under this key.

        Args:
            id: The instance.
            key: The key of the wait.
        """
        ...

    async def change_task(self, change: TaskChange) -> bool:
        """Write into the row of a task, with its trace; return whether it stood as it was read.

        Args:
            change: What is written.
        """
        ...

    async def save_answer(self, commit: Commit[BaseModel], row: TaskRow) -> None:
        """Save the commit that answers a task, as ``save`` does, if the task stands as it was read.

        In one transaction: of an answer and a change of the task, such as somebody's claim, that
        come at the same moment one finds the other.

        Args:
            commit: The step that the answer takes.
            row: The task as it was read.

        Raises:
            RevisionConflict: When ``save`` would raise it, and when the task is not open any more,
                was opened anew, or was changed since; then nothing was saved.
            StoreError: When nothing was saved, or nobody can tell.
        """
        ...
