"""Work items: what people have to do for an application, one item for each kind of work.

Here are the commands that move an item, and the states of one item, each with the tasks that
it puts before people. When work belongs, and who may have how much of it in hand, must never
be here: that is the application's business.

`COMPLETE` in the log means *put down*, not *done*: two of three items that were put down are
taken up again. So a put-down item stays open, and is closed by completing it once more::

    Scheduled ──take up──► InHand ──complete──► PutDown ──complete──► Closed
        ▲                    │ ▲                  │ │                   │
        │                    │ └─────take up──────┘ │                   │
        │                schedule                schedule            schedule
        │                    ▼                      │                   │
        ├────complete── Rescheduled                 │                   │
        └───────────────────────────────────────────┴───────────────────┘

A scheduled item that nobody takes up is closed by completing it, too.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from telic import Command, HumanTask, NoIntent, State, transition
from telic.kernel.values import WaitKey


class WorkKind(StrEnum):
    """What people do for an application."""

    HANDLE_LEAD = "handle_lead"
    COMPLETE_APPLICATION = "complete_application"
    CALL_ABOUT_OFFER = "call_about_offer"
    VALIDATE = "validate"
    CALL_ABOUT_FILE = "call_about_file"
    ASSESS_FRAUD = "assess_fraud"
    CHANGE_CONTRACT = "change_contract"

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return self.value.replace("_", " ").capitalize()


class ScheduleWork(Command):
    work: WorkKind


class TakeUpWork(Command):
    work: WorkKind


class CompleteWork(Command):
    work: WorkKind


def task_key(event: TakeUpWork | CompleteWork) -> WaitKey:
    """The task that a command completes: that of its own kind of work, among all open ones."""
    return WaitKey(f"work.{event.work}.{event.__tag__}")


class WorkItemKind(StrEnum):
    """The states of one work item."""

    SCHEDULED = "scheduled"
    IN_HAND = "in_hand"
    RESCHEDULED = "rescheduled"
    PUT_DOWN = "put_down"
    CLOSED = "closed"


class WorkItemBase(State):
    work: WorkKind

    def _task_take_up(self) -> HumanTask[TakeUpWork]:
        return HumanTask(answer=TakeUpWork, title=f"{self.work.label}: take it up")

    def _task_complete(self, title: str) -> HumanTask[CompleteWork]:
        return HumanTask(answer=CompleteWork, title=f"{self.work.label}: {title}")


class Waiting(WorkItemBase):
    """Nobody has it in hand: somebody may take it up, or close it."""

    @transition
    def take_up(self, event: TakeUpWork) -> tuple["InHand", NoIntent]:
        return InHand(work=event.work), NoIntent()

    @transition
    def complete(self, event: CompleteWork) -> tuple["Closed", NoIntent]:
        return Closed(work=event.work), NoIntent()

    def waits(self) -> tuple[HumanTask[TakeUpWork], HumanTask[CompleteWork]]:
        return self._task_take_up(), self._task_complete("close it")


class Held(WorkItemBase):
    """Somebody has it in hand, and will put it down."""

    def waits(self) -> tuple[HumanTask[CompleteWork]]:
        return (self._task_complete("put it down"),)


class Scheduled(Waiting):
    kind: Literal[WorkItemKind.SCHEDULED] = WorkItemKind.SCHEDULED


class InHand(Held):
    kind: Literal[WorkItemKind.IN_HAND] = WorkItemKind.IN_HAND

    @transition
    def complete(self, event: CompleteWork) -> tuple["PutDown", NoIntent]:
        return PutDown(work=event.work), NoIntent()

    @transition
    def schedule(self, event: ScheduleWork) -> tuple["Rescheduled", NoIntent]:
        return Rescheduled(work=event.work), NoIntent()


class Rescheduled(Held):
    """In hand, and already asked for anew: an offer was replaced, or more paper is needed."""

    kind: Literal[WorkItemKind.RESCHEDULED] = WorkItemKind.RESCHEDULED

    @transition
    def complete(self, event: CompleteWork) -> tuple["Scheduled", NoIntent]:
        return Scheduled(work=event.work), NoIntent()


class PutDown(Waiting):
    kind: Literal[WorkItemKind.PUT_DOWN] = WorkItemKind.PUT_DOWN

    @transition
    def schedule(self, event: ScheduleWork) -> tuple["Scheduled", NoIntent]:
        return Scheduled(work=event.work), NoIntent()


class Closed(WorkItemBase):
    kind: Literal[WorkItemKind.CLOSED] = WorkItemKind.CLOSED

    @transition
    def schedule(self, event: ScheduleWork) -> tuple["Scheduled", NoIntent]:
        return Scheduled(work=event.work), NoIntent()


WorkItem = Annotated[Scheduled | InHand | Rescheduled | PutDown | Closed, Field(discriminator="kind")]
