"""A process that asks one person one thing.

What may never be here: a measurement.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field

from telic import (
    Command,
    Context,
    FinalState,
    Handlers,
    HumanTask,
    Machine,
    NoIntent,
    State,
    System,
    WorkflowId,
    WorkflowRuntime,
    start,
    transition,
)
from telic.kernel.values import WaitKey
from telic.shell.task_results import TaskRef
from telic.shell.tasks import Inbox
from tests.bench.order import Line, OrderId


class ApprovalKind(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"


class AskApproval(Command):
    order_id: OrderId


class Approve(Command):
    note: str


class Asked(State):
    kind: Literal[ApprovalKind.ASKED] = ApprovalKind.ASKED
    order_id: OrderId
    customer: str
    lines: tuple[Line, ...]
    total: Decimal
    placed_at: AwareDatetime

    @classmethod
    @start
    def ask(cls, event: AskApproval, ctx: Context) -> tuple[Asked, NoIntent]:
        lines = (Line(sku="book", price=Decimal("12.5")), Line(sku="pen", price=Decimal("1.2")))
        asked = cls(order_id=event.order_id, customer="c-1", lines=lines, total=Decimal("13.7"), placed_at=ctx.now)
        return asked, NoIntent()

    @transition
    def approve(self, event: Approve, ctx: Context) -> tuple[Approved, NoIntent]:
        return Approved(order_id=self.order_id, note=event.note, by=ctx.actor), NoIntent()

    def waits(self) -> tuple[HumanTask[Approve], ...]:
        return (HumanTask(answer=Approve, title=f"Approve {self.order_id}", assignee="ann"),)


class Approved(FinalState):
    kind: Literal[ApprovalKind.APPROVED] = ApprovalKind.APPROVED
    order_id: OrderId
    note: str
    by: str


ApprovalState: TypeAlias = Annotated[Asked | Approved, Field(discriminator="kind")]
ApprovalEvent: TypeAlias = AskApproval | Approve
approval = Machine[ApprovalState, ApprovalEvent](name="approval")
Approvals: TypeAlias = WorkflowRuntime[ApprovalState, ApprovalEvent]


def inbox_of(approvals: Approvals) -> Inbox:
    """Return what people answer in."""
    return Inbox(System(runtimes=[approvals], handlers=Handlers()))


async def asked(approvals: Approvals, ids: Iterable[WorkflowId]) -> list[TaskRef]:
    """Begin instances, and return the task of each."""
    found = []
    for id in ids:
        await approvals.run_step(id, AskApproval(order_id=OrderId(id)))
        found.append(TaskRef("approval", id, WaitKey("Approve")))
    return found


async def completed(inbox: Inbox, tasks: Iterable[TaskRef]) -> None:
    """Complete tasks, one after the other."""
    for task in tasks:
        result = await inbox.complete(task, {"note": "fine"}, actor="ann")
        assert result.kind == "stepped", result
