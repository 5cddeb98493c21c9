"""Tasks as people see them, and what comes of what they do, as values.

What may never be here: an exception; that somebody else was quicker is expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple, TypeAlias

from telic.kernel.values import WaitKey, WorkflowId

__all__ = [
    "Changed",
    "ClaimedByOther",
    "NotEntitled",
    "NotOpen",
    "Outdated",
    "Task",
    "TaskRef",
    "TaskRefusal",
    "TaskResultKind",
]


class TaskResultKind(StrEnum):
    """The discriminator of the results."""

    CHANGED = "changed"
    NOT_OPEN = "not_open"
    NOT_ENTITLED = "not_entitled"
    CLAIMED_BY_OTHER = "claimed_by_other"
    OUTDATED = "outdated"


class TaskRef(NamedTuple):
    """Names a task.

    Attributes:
        machine: The name of the machine.
        id: The instance.
        key: The key of the wait.
        since: The revision that opened it; by default whichever is open under the key.
        tenant: Whose it is, in an inbox of several tenants; else ``None``.
    """

    machine: str
    id: WorkflowId
    key: WaitKey
    since: int | None = None
    tenant: str | None = None


class Task(NamedTuple):
    """An open task as people see it.

    Attributes:
        ref: Its name.
        command: The tag of the command that answers.
        title: One line.
        description: What is to be done.
        assignee: The person who is asked, if it is one.
        groups: The groups that are asked.
        due: When it should be done.
        priority: Larger comes first.
        opened_at: Since when it is open.
        claimant: Who has claimed it.
        draft: What was written down so far.
        edition: How often people have changed it.
        overdue: Whether it was due when it was read.
    """

    ref: TaskRef
    command: str
    title: str
    description: str
    assignee: str | None
    groups: tuple[str, ...]
    due: datetime | None
    priority: int
    opened_at: datetime
    claimant: str | None
    draft: Mapping[str, object] | None
    edition: int
    overdue: bool = False


class Changed(NamedTuple):
    """The task is as it was wanted."""

    task: Task
    kind: Literal[TaskResultKind.CHANGED] = TaskResultKind.CHANGED


class NotOpen(NamedTuple):
    """No such task is open: it is done, or the instance has moved on."""

    ref: TaskRef
    kind: Literal[TaskResultKind.NOT_OPEN] = TaskResultKind.NOT_OPEN


class NotEntitled(NamedTuple):
    """The actor is neither claimant nor asked."""

    task: Task
    actor: str
    kind: Literal[TaskResultKind.NOT_ENTITLED] = TaskResultKind.NOT_ENTITLED


class ClaimedByOther(NamedTuple):
    """Somebody else has claimed the task; ``task.claimant`` says who."""

    task: Task
    kind: Literal[TaskResultKind.CLAIMED_BY_OTHER] = TaskResultKind.CLAIMED_BY_OTHER


class Outdated(NamedTuple):
    """Somebody has changed the task since it was read; ``task`` is as it stands now."""

    task: Task
    kind: Literal[TaskResultKind.OUTDATED] = TaskResultKind.OUTDATED


TaskRefusal: TypeAlias = NotOpen | NotEntitled | ClaimedByOther | Outdated
