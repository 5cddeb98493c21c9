"""A review of a document: a reviewer is found and has three days; then the managers decide.

Read it from top to bottom. What may never be here: who is free, or a mail; see ``handlers``.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Never, Self, TypeAlias

from pydantic import AwareDatetime, Field

from telic import (
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    HumanTask,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    TypedId,
    start,
    transition,
)

REVIEW_PERIOD = timedelta(days=3)
LAST_CALL = timedelta(days=1)


class DocumentId(TypedId):
    """Names one document."""


class PersonId(TypedId):
    """Names one person: the actor, as the shell authenticates it."""


class ReviewKind(StrEnum):
    ASSIGNING = "assigning"
    AWAITING_REVIEW = "awaiting_review"
    ESCALATED = "escalated"
    APPROVED = "approved"
    REVISION_REQUESTED = "revision_requested"


class SubmitDocument(Command):
    document_id: DocumentId


class CompleteReview(Command):
    """The form of the review."""

    approved: bool
    notes: str = ""


class ReviewerFound(Fact):
    reviewer: PersonId


class NobodyFound(Fact):
    """Nobody is free."""


class ReviewOverdue(Fact):
    """Three days have passed without a review."""


class FindReviewer(Intent[ReviewerFound | NobodyFound]):
    document_id: DocumentId


class SendReviewRequest(Intent[Never]):
    document_id: DocumentId
    reviewer: PersonId


class Document(State):
    document_id: DocumentId


class DocumentAssigning(Document):
    kind: Literal[ReviewKind.ASSIGNING] = ReviewKind.ASSIGNING

    @classmethod
    @start
    def submit(cls, event: SubmitDocument) -> tuple[DocumentAssigning, FindReviewer]:
        return cls(document_id=event.document_id), FindReviewer(document_id=event.document_id)

    @transition
    def assign(self, event: ReviewerFound, ctx: Context) -> tuple[DocumentAwaitingReview, SendReviewRequest]:
        awaiting = DocumentAwaitingReview(
            document_id=self.document_id, reviewer=event.reviewer, due=ctx.now + REVIEW_PERIOD
        )
        return awaiting, SendReviewRequest(document_id=self.document_id, reviewer=event.reviewer)

    @transition
    def escalate(self, event: NobodyFound) -> tuple[DocumentEscalated, NoIntent]:
        return DocumentEscalated(document_id=self.document_id), NoIntent()


class Reviewing(Document):
    """Somebody is asked; whoever answers is noted as they were authenticated, not as they say."""

    @transition
    def complete(
        self, event: CompleteReview, ctx: Context
    ) -> tuple[DocumentApproved, NoIntent] | tuple[DocumentRevisionRequested, NoIntent] | tuple[Self, Reject]:
        by = PersonId(ctx.actor)
        if event.approved:
            return DocumentApproved(document_id=self.document_id, by=by, notes=event.notes), NoIntent()
        if not event.notes:
            return self, Reject("say what is to be revised")
        return DocumentRevisionRequested(document_id=self.document_id, by=by, notes=event.notes), NoIntent()


class DocumentAwaitingReview(Reviewing):
    kind: Literal[ReviewKind.AWAITING_REVIEW] = ReviewKind.AWAITING_REVIEW
    reviewer: PersonId
    due: AwareDatetime

    @transition
    def escalate(self, event: ReviewOverdue) -> tuple[DocumentEscalated, NoIntent]:
        return DocumentEscalated(document_id=self.document_id), NoIntent()

    def waits(self) -> tuple[HumanTask[CompleteReview], Deadline[ReviewOverdue]]:
        task = HumanTask(
            answer=CompleteReview,
            title=f"Review {self.document_id}",
            assignee=self.reviewer,
            due=self.due,
            remind=(LAST_CALL,),
        )
        return task, Deadline(at=self.due, event=ReviewOverdue())


class DocumentEscalated(Reviewing):
    kind: Literal[ReviewKind.ESCALATED] = ReviewKind.ESCALATED

    def waits(self) -> tuple[HumanTask[CompleteReview]]:
        title = f"Decide on {self.document_id}: nobody has reviewed it"
        return (HumanTask(answer=CompleteReview, key="escalated", title=title, groups=("managers",), priority=1),)


class DocumentApproved(Document, FinalState):
    kind: Literal[ReviewKind.APPROVED] = ReviewKind.APPROVED
    by: PersonId
    notes: str


class DocumentRevisionRequested(Document, FinalState):
    kind: Literal[ReviewKind.REVISION_REQUESTED] = ReviewKind.REVISION_REQUESTED
    by: PersonId
    notes: str


DocumentState: TypeAlias = Annotated[
    DocumentAssigning | DocumentAwaitingReview | DocumentEscalated | DocumentApproved | DocumentRevisionRequested,
    Field(discriminator="kind"),
]
DocumentEvent: TypeAlias = SubmitDocument | CompleteReview | ReviewerFound | NobodyFound | ReviewOverdue
document_review = Machine[DocumentState, DocumentEvent](name="document_review", version=1)
