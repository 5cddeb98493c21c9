"""Reminders: what a task that is due before long, or overdue, has somebody told.

``HumanTask(due=, remind=)`` names moments before the due date. At each of them the shell delivers
:class:`ReminderDue` to the task, and the step that takes it opens one :class:`Remind`. Neither changes the
state, so an exploration may leave them out. What may never be here: the telling; a handler does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Never

from pydantic import AwareDatetime

from telic.kernel.events import Command, Fact
from telic.kernel.intents import Intent
from telic.kernel.orders import IntentFailed
from telic.kernel.retry import Retry
from telic.kernel.snapshot import OpenWait
from telic.kernel.waits import HumanTask

__all__ = ["Remind", "RemindFailed", "ReminderDue", "is_asked_for", "misfit_reminder", "remind_of"]


class Remind(Intent[Never], tag="telic.remind", retry=Retry(max_attempts=20, max_delay=timedelta(minutes=5))):
    """Tells people of a task that is still to be done; telic emits it, and your handler carries it out.

    ``Handlers(Remind.handled_by(notify))``; without a handler it is logged. It is withdrawn when the task is
    closed, or its due date moved, before anybody has claimed it.

    Attributes:
        task: The key of the task.
        since: The revision that opened it.
        command: The tag of the command that answers.
        title: One line.
        description: What is to be done.
        assignee: The person whom the state asks, if it is one; whoever has it now, the inbox knows.
        groups: The groups that are asked.
        priority: Larger comes first.
        due: When it should be done.
        at: The moment of this reminder.
    """

    task: str
    since: int
    command: str
    title: str
    description: str = ""
    assignee: str | None = None
    groups: tuple[str, ...] = ()
    priority: int = 0
    due: AwareDatetime
    at: AwareDatetime


class ReminderDue(Fact, tag="telic.reminder_due"):
    """The moment of a reminder has come; the shell delivers it to the task, and no state sees it.

    Attributes:
        at: The moment.
    """

    at: AwareDatetime


RemindFailed: Final = IntentFailed[Remind]
"""A reminder was given up; no state hears of it."""


def remind_of(task: OpenWait, at: datetime) -> Remind:
    """Return the intent of a reminder.

    Args:
        task: An open task with a due date.
        at: The moment.
    """
    wait = task.wait
    assert isinstance(wait, HumanTask)
    due = wait.due
    assert due is not None
    return Remind(
        task=task.key, since=task.since, command=wait.event_type.__tag__, title=wait.title,
        description=wait.description, assignee=wait.assignee, groups=wait.groups, priority=wait.priority,
        due=due, at=at,
    )  # fmt: skip


def is_asked_for(remind: Remind, waits: Iterable[OpenWait]) -> bool:
    """Say whether the task of a reminder is still open, and still names its moment.

    Args:
        remind: The reminder.
        waits: What the state is open to.
    """
    return any(
        one.key == remind.task
        and one.since == remind.since
        and isinstance(one.wait, HumanTask)
        and remind.at in one.wait.reminders
        for one in waits
    )


def misfit_reminder(task: OpenWait, wait: HumanTask[Command], event: ReminderDue, now: datetime) -> str | None:
    """Return why a task does not take a reminder; nothing where it does.

    Args:
        task: The open task.
        wait: What the state declares of it.
        event: The reminder.
        now: The present moment.
    """
    at = event.at.isoformat()
    if event.at not in wait.reminders:
        declared = ", ".join(one.isoformat() for one in wait.reminders) or "none"
        return f"expected a reminder that task {task.key!s} declares ({declared}), got one for {at}"
    if event.at in task.reminded:
        return f"expected a reminder of task {task.key!s} that has not been given, got that for {at}, which has"
    if now < event.at:
        return f"expected a reminder of task {task.key!s} not before {at}, got {now.isoformat()}"
    return None
