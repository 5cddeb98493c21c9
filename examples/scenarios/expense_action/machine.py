"""An expense that is reviewed: the review is a command, and its fields are the form of an API.

Read it from top to bottom. What may never be here: a request or a response; see ``action``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from telic import (
    Command,
    Context,
    FinalState,
    HumanTask,
    Machine,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)


class ExpenseId(TypedId):
    """Names one expense."""


class ReviewerId(TypedId):
    """Names one reviewer: the actor, as the shell authenticates it."""


class ExpenseKind(StrEnum):
    AWAITING_REVIEW = "awaiting_review"
    REVIEWED = "reviewed"


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class SubmitExpense(Command):
    expense_id: ExpenseId


class SubmitReview(Command):
    """What the action takes."""

    reviewer_notes: Annotated[str, Field(max_length=500)]
    priority: Priority = Priority.MEDIUM


class ExpenseAwaitingReview(State):
    kind: Literal[ExpenseKind.AWAITING_REVIEW] = ExpenseKind.AWAITING_REVIEW
    expense_id: ExpenseId

    @classmethod
    @start
    def submit(cls, event: SubmitExpense) -> tuple[ExpenseAwaitingReview, NoIntent]:
        return cls(expense_id=event.expense_id), NoIntent()

    @transition
    def review(self, event: SubmitReview, ctx: Context) -> tuple[ExpenseReviewed, NoIntent]:
        reviewed = ExpenseReviewed(
            expense_id=self.expense_id,
            reviewer=ReviewerId(ctx.actor),
            reviewer_notes=event.reviewer_notes,
            priority=event.priority,
        )
        return reviewed, NoIntent()

    def waits(self) -> tuple[HumanTask[SubmitReview]]:
        return (HumanTask(answer=SubmitReview, title=f"Review {self.expense_id}", groups=("reviewers",)),)


class ExpenseReviewed(FinalState):
    kind: Literal[ExpenseKind.REVIEWED] = ExpenseKind.REVIEWED
    expense_id: ExpenseId
    reviewer: ReviewerId
    reviewer_notes: str
    priority: Priority


ExpenseState: TypeAlias = Annotated[ExpenseAwaitingReview | ExpenseReviewed, Field(discriminator="kind")]
ExpenseEvent: TypeAlias = SubmitExpense | SubmitReview
expense_action = Machine[ExpenseState, ExpenseEvent](name="expense_action", version=1)
