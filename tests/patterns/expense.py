"""An expense that is approved by amount, by several people, with everything that can come between."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Never, Self

from pydantic import Field

from telic import (
    Command,
    Context,
    Fact,
    FinalState,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    TypedId,
    start,
    transition,
)
from telic.kernel.waits import Deadline, HumanTask
from telic.patterns import Approval, Approved, Choice, Declined, Ladder, Lapsed, Panel, Refusal, Returned


class ExpenseKind(StrEnum):
    ASKED = "asked"
    RETURNED = "returned"
    APPROVED = "approved"
    DECLINED = "declined"


class PersonId(TypedId): ...


class SubmitExpense(Command):
    amount: Decimal


class DecideExpense(Command):
    choice: Choice
    comment: str = ""


class DelegateExpense(Command):
    to: PersonId


class CorrectExpense(Command):
    amount: Decimal


class ExpenseOverdue(Fact): ...


class PayOut(Intent[Never]):
    amount: Decimal


LEAD, HEAD, ADA, BEN, CYD = map(PersonId, ("lead", "head", "ada", "ben", "cyd"))
DAYS = timedelta(days=1)
lead = Panel[PersonId].of(LEAD, within=2 * DAYS, escalate_to=(HEAD,))
board = Panel[PersonId].of(ADA, BEN, CYD, need=2)
LADDER = Ladder[PersonId].of((100, [lead]), (None, [lead, board]))


class ExpenseApproved(FinalState):
    kind: Literal[ExpenseKind.APPROVED] = ExpenseKind.APPROVED
    by: tuple[PersonId, ...]


class ExpenseDeclined(FinalState):
    kind: Literal[ExpenseKind.DECLINED] = ExpenseKind.DECLINED
    reason: str


class ExpenseAsked(State):
    kind: Literal[ExpenseKind.ASKED] = ExpenseKind.ASKED
    amount: Decimal
    approval: Approval[PersonId]

    @classmethod
    @start
    def submit(cls, event: SubmitExpense, ctx: Context) -> tuple["ExpenseAsked", NoIntent]:
        return cls.about(event.amount, ctx), NoIntent()

    @classmethod
    def about(cls, amount: Decimal, ctx: Context) -> Self:
        return cls(amount=amount, approval=Approval[PersonId].asked(LADDER.panels_for(amount), ctx.now))

    @transition
    def decide(
        self, event: DecideExpense, ctx: Context
    ) -> (
        tuple[Self, NoIntent | Reject]
        | tuple[ExpenseApproved, PayOut]
        | tuple[ExpenseDeclined, NoIntent]
        | tuple["ExpenseReturned", NoIntent]
    ):
        match self.approval.decide(ctx.actor, event.choice, event.comment, ctx.now):
            case Approval() as approval:
                return self.evolve(approval=approval), NoIntent()
            case Approved(by=by):
                return ExpenseApproved(by=by), PayOut(amount=self.amount)
            case Declined(reason=reason):
                return ExpenseDeclined(reason=reason), NoIntent()
            case Returned(reason=reason):
                return ExpenseReturned(reason=reason), NoIntent()
            case Refusal() as refusal:
                return self, Reject(refusal)

    @transition
    def delegate(self, event: DelegateExpense, ctx: Context) -> tuple[Self, NoIntent | Reject]:
        match self.approval.hand_over(ctx.actor, event.to):
            case Approval() as approval:
                return self.evolve(approval=approval), NoIntent()
            case Refusal() as refusal:
                return self, Reject(refusal)

    @transition
    def escalate(self, event: ExpenseOverdue, ctx: Context) -> tuple[Self, NoIntent] | tuple[ExpenseDeclined, NoIntent]:
        match self.approval.overdue(ctx.now):
            case Approval() as approval:
                return self.evolve(approval=approval), NoIntent()
            case Lapsed():
                return ExpenseDeclined(reason="nobody has decided"), NoIntent()

    def waits(self) -> tuple[HumanTask[DecideExpense] | Deadline[ExpenseOverdue], ...]:
        tasks = self.approval.tasks(DecideExpense, title=f"Expense of {self.amount}", remind=(DAYS,))
        return (*tasks, *self.approval.deadline(ExpenseOverdue()))


class ExpenseReturned(State):
    kind: Literal[ExpenseKind.RETURNED] = ExpenseKind.RETURNED
    reason: str

    @transition
    def correct(self, event: CorrectExpense, ctx: Context) -> tuple[ExpenseAsked, NoIntent]:
        return ExpenseAsked.about(event.amount, ctx), NoIntent()

    def waits(self) -> tuple[HumanTask[CorrectExpense]]:
        return (HumanTask(answer=CorrectExpense, title="Correct the expense"),)


ExpenseState = Annotated[
    ExpenseAsked | ExpenseReturned | ExpenseApproved | ExpenseDeclined, Field(discriminator="kind")
]
ExpenseEvent = SubmitExpense | DecideExpense | DelegateExpense | CorrectExpense | ExpenseOverdue
expense = Machine[ExpenseState, ExpenseEvent](name="expense")
