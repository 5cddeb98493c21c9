"""A loan application: a score above 700 is enough, up to 600 is not, and between them a person decides.

Read it from top to bottom. What may never be here: the call of the credit agency; see ``handlers``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from telic import (
    Command,
    Fact,
    FinalState,
    HumanTask,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)

GOOD_SCORE, POOR_SCORE = 700, 600


class ApplicationId(TypedId):
    """Names one application."""


class LoanKind(StrEnum):
    UNDER_REVIEW = "under_review"
    MANUAL_REVIEW = "manual_review"
    APPROVED = "approved"
    DENIED = "denied"


class Verdict(StrEnum):
    APPROVE = "approve"
    DENY = "deny"


class SubmitApplication(Command):
    application_id: ApplicationId


class DecideLoan(Command):
    """The form of whoever reviews it."""

    verdict: Verdict
    income_verified: bool


class CreditChecked(Fact):
    score: Annotated[int, Field(ge=300, le=850)]


class CheckCredit(Intent[CreditChecked]):
    application_id: ApplicationId


class Loan(State):
    application_id: ApplicationId


class LoanUnderReview(Loan):
    kind: Literal[LoanKind.UNDER_REVIEW] = LoanKind.UNDER_REVIEW

    @classmethod
    @start
    def submit(cls, event: SubmitApplication) -> tuple[LoanUnderReview, CheckCredit]:
        return cls(application_id=event.application_id), CheckCredit(application_id=event.application_id)

    @transition
    def check_credit(
        self, event: CreditChecked
    ) -> tuple[LoanApproved, NoIntent] | tuple[LoanManualReview, NoIntent] | tuple[LoanDenied, NoIntent]:
        if event.score > GOOD_SCORE:
            return LoanApproved(application_id=self.application_id, score=event.score), NoIntent()
        if event.score > POOR_SCORE:
            return LoanManualReview(application_id=self.application_id, score=event.score), NoIntent()
        return LoanDenied(application_id=self.application_id, reason=f"a score of {event.score}"), NoIntent()

    @transition
    def review_without_score(self, event: IntentFailed[CheckCredit]) -> tuple[LoanManualReview, NoIntent]:
        return LoanManualReview(application_id=self.application_id, score=None), NoIntent()


class LoanManualReview(Loan):
    kind: Literal[LoanKind.MANUAL_REVIEW] = LoanKind.MANUAL_REVIEW
    ignores = (Ignores(CreditChecked, why="it was given up, and a person decides"),)
    score: int | None

    @transition
    def decide(self, event: DecideLoan) -> tuple[LoanApproved, NoIntent] | tuple[LoanDenied, NoIntent]:
        if event.verdict is Verdict.DENY:
            return LoanDenied(application_id=self.application_id, reason="denied by a person"), NoIntent()
        if not event.income_verified:
            return LoanDenied(application_id=self.application_id, reason="the income is not verified"), NoIntent()
        return LoanApproved(application_id=self.application_id, score=self.score), NoIntent()

    def waits(self) -> tuple[HumanTask[DecideLoan]]:
        title = f"Review {self.application_id}: score {self.score or 'unknown'}"
        return (HumanTask(answer=DecideLoan, title=title, groups=("underwriters",)),)


class LoanApproved(Loan, FinalState):
    kind: Literal[LoanKind.APPROVED] = LoanKind.APPROVED
    ignores = (Ignores(CreditChecked, why="it was given up, and a person has decided"),)
    score: int | None


class LoanDenied(Loan, FinalState):
    kind: Literal[LoanKind.DENIED] = LoanKind.DENIED
    ignores = (Ignores(CreditChecked, why="it was given up, and a person has decided"),)
    reason: str


LoanState: TypeAlias = Annotated[
    LoanUnderReview | LoanManualReview | LoanApproved | LoanDenied, Field(discriminator="kind")
]
LoanEvent: TypeAlias = SubmitApplication | DecideLoan | CreditChecked
loan_application = Machine[LoanState, LoanEvent](name="loan_application", version=1)
