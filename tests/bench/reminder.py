"""The machine whose deadlines are measured: it waits for a moment, and ends.

What may never be here: a measurement.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field

from telic import (
    Command,
    Deadline,
    Fact,
    FinalState,
    Machine,
    NoIntent,
    State,
    WorkflowRuntime,
    start,
    transition,
)
from tests.bench.order import OrderId


class ReminderKind(StrEnum):
    WAITING = "waiting"
    REMINDED = "reminded"


class BeginReminder(Command):
    order_id: OrderId
    at: AwareDatetime


class MomentCame(Fact): ...


class Waiting(State):
    kind: Literal[ReminderKind.WAITING] = ReminderKind.WAITING
    order_id: OrderId
    at: AwareDatetime

    @classmethod
    @start
    def begin(cls, event: BeginReminder) -> tuple[Waiting, NoIntent]:
        return cls(order_id=event.order_id, at=event.at), NoIntent()

    @transition
    def remind(self, event: MomentCame) -> tuple[Reminded, NoIntent]:
        return Reminded(order_id=self.order_id), NoIntent()

    def waits(self) -> tuple[Deadline[MomentCame]]:
        return (Deadline(at=self.at, event=MomentCame()),)


class Reminded(FinalState):
    kind: Literal[ReminderKind.REMINDED] = ReminderKind.REMINDED
    order_id: OrderId


ReminderState: TypeAlias = Annotated[Waiting | Reminded, Field(discriminator="kind")]
ReminderEvent: TypeAlias = BeginReminder | MomentCame
reminder = Machine[ReminderState, ReminderEvent](name="reminder")
Reminders: TypeAlias = WorkflowRuntime[ReminderState, ReminderEvent]
