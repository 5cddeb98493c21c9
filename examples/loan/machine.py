"""The life of a loan application, from its submission to its outcome and beyond.

Read from top to bottom, this is the process. The states stand in the order in which an
application meets them; each says what work belongs into it, and what may be done with its
offers; `application` says how. What must never be here: the log, its file format, its words.

    Submitted ► PartlySubmitted ► Preaccepted ► Accepted ► Finalized ► Granting ► Activated
                      └───────────────┴────────────┴───────────┴─────► Declined, Cancelled

No outcome is the end: work on the application goes on for weeks, and offers are settled
after it. So the machine is perpetual.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from examples.loan.application import Application, NoteMisfit, Offered, Worked
from examples.loan.offers import (
    AcceptOffer,
    CancelOffer,
    CreateOffer,
    DeclineOffer,
    ReturnOffer,
    SelectOffer,
    SendOffer,
)
from examples.loan.work import CompleteWork, ScheduleWork, TakeUpWork, WorkKind
from telic import Command, Context, FrozenSet, Machine, NoIntent, Reject, start, transition

# ------------------------------------------------------------------------------- what is asked


class SubmitApplication(Command):
    amount: Annotated[int, Field(ge=0)]


class SubmitPartly(Command): ...


class PreacceptApplication(Command): ...


class AcceptApplication(Command): ...


class FinalizeApplication(Command): ...


class DeclineApplication(Command): ...


class CancelApplication(Command): ...


class Grant(StrEnum):
    """The three steps of granting, which come in any order."""

    APPROVED = "approved"
    REGISTERED = "registered"
    ACTIVATED = "activated"


class GrantStep(Command):
    grant: ClassVar[Grant]


class ApproveLoan(GrantStep):
    grant = Grant.APPROVED


class RegisterLoan(GrantStep):
    grant = Grant.REGISTERED


class ActivateLoan(GrantStep):
    grant = Grant.ACTIVATED


# --------------------------------------------------------------------------------- the states


class LoanKind(StrEnum):
    """The states of an application."""

    SUBMITTED = "submitted"
    PARTLY_SUBMITTED = "partly_submitted"
    PREACCEPTED = "preaccepted"
    ACCEPTED = "accepted"
    FINALIZED = "finalized"
    GRANTING = "granting"
    ACTIVATED = "activated"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class Undecided(Worked):
    """Until it is granted, an application may be lost in either of two ways."""

    @transition
    def decline(self, _: DeclineApplication) -> tuple["Declined", NoIntent]:
        return Declined(
            amount=self.amount,
            submitted_at=self.submitted_at,
            work=self.work,
            offers=self.offers_made(),
        ), NoIntent()

    @transition
    def cancel(self, _: CancelApplication) -> tuple["Cancelled", NoIntent]:
        return Cancelled(
            amount=self.amount,
            submitted_at=self.submitted_at,
            work=self.work,
            offers=self.offers_made(),
        ), NoIntent()


class Submitted(Application):
    kind: Literal[LoanKind.SUBMITTED] = LoanKind.SUBMITTED

    @classmethod
    @start
    def submit(cls, event: SubmitApplication, ctx: Context) -> tuple["Submitted", NoIntent]:
        return cls(amount=event.amount, submitted_at=ctx.now), NoIntent()

    @transition
    def submit_partly(self, _: SubmitPartly) -> tuple["PartlySubmitted", NoIntent]:
        return PartlySubmitted(amount=self.amount, submitted_at=self.submitted_at), NoIntent()


class PartlySubmitted(Undecided):
    kind: Literal[LoanKind.PARTLY_SUBMITTED] = LoanKind.PARTLY_SUBMITTED
    schedules = frozenset({WorkKind.HANDLE_LEAD, WorkKind.ASSESS_FRAUD})

    @transition
    def preaccept(self, _: PreacceptApplication) -> tuple["Preaccepted", NoIntent]:
        return Preaccepted(amount=self.amount, submitted_at=self.submitted_at, work=self.work), NoIntent()


class Preaccepted(Undecided):
    kind: Literal[LoanKind.PREACCEPTED] = LoanKind.PREACCEPTED
    schedules = frozenset({WorkKind.COMPLETE_APPLICATION, WorkKind.ASSESS_FRAUD})

    @transition
    def accept(self, _: AcceptApplication) -> tuple["Accepted", NoIntent]:
        return Accepted(amount=self.amount, submitted_at=self.submitted_at, work=self.work), NoIntent()


class Accepted(Offered, Undecided):
    kind: Literal[LoanKind.ACCEPTED] = LoanKind.ACCEPTED
    offer_steps = frozenset({SelectOffer})

    @transition
    def finalize(self, _: FinalizeApplication) -> tuple["Finalized", NoIntent]:
        return Finalized(
            amount=self.amount, submitted_at=self.submitted_at, work=self.work, offers=self.offers
        ), NoIntent()


class Finalized(Offered, Undecided):
    """The offers go out, come back, and are replaced, until the applicant or the bank decides."""

    kind: Literal[LoanKind.FINALIZED] = LoanKind.FINALIZED
    schedules = frozenset(
        {
            WorkKind.CALL_ABOUT_OFFER,
            WorkKind.VALIDATE,
            WorkKind.CALL_ABOUT_FILE,
            WorkKind.ASSESS_FRAUD,
            WorkKind.CHANGE_CONTRACT,
        }
    )
    offer_steps = frozenset(
        {
            SelectOffer,
            CreateOffer,
            SendOffer,
            ReturnOffer,
            AcceptOffer,
            DeclineOffer,
            CancelOffer,
        }
    )

    @transition
    def grant(self, event: ApproveLoan | RegisterLoan | ActivateLoan) -> tuple["Granting", NoIntent]:
        return Granting(
            amount=self.amount,
            submitted_at=self.submitted_at,
            work=self.work,
            offers=self.offers,
            done=FrozenSet({event.grant}),
        ), NoIntent()


class Granting(Offered):
    """One or two of the three steps are done; the last one, whichever it is, activates."""

    kind: Literal[LoanKind.GRANTING] = LoanKind.GRANTING
    offer_steps = frozenset({AcceptOffer})
    done: FrozenSet[Grant]

    @transition
    def grant(
        self, event: ApproveLoan | RegisterLoan | ActivateLoan
    ) -> tuple[Self, NoIntent | Reject] | tuple["Activated", NoIntent]:
        if event.grant in self.done:
            return self, Reject(f"the loan is {event.grant} already")
        done = self.done.put(event.grant)
        if len(done) < len(Grant):
            return self.evolve(done=done), NoIntent()
        return Activated(
            amount=self.amount, submitted_at=self.submitted_at, work=self.work, offers=self.offers
        ), NoIntent()


class Activated(Offered):
    kind: Literal[LoanKind.ACTIVATED] = LoanKind.ACTIVATED
    offer_steps = frozenset({AcceptOffer})
    schedules = frozenset({WorkKind.CHANGE_CONTRACT})


class Declined(Offered):
    """What is in hand is put down, what lies about is closed; nothing is taken up any more."""

    kind: Literal[LoanKind.DECLINED] = LoanKind.DECLINED
    offer_steps = frozenset({DeclineOffer})

    @transition
    def take_up_work(self, event: TakeUpWork) -> tuple[Self, Reject]:
        return self, Reject(f"{event.work} is not taken up for a declined application")


class Cancelled(Offered):
    kind: Literal[LoanKind.CANCELLED] = LoanKind.CANCELLED
    offer_steps = frozenset({CancelOffer})


# -------------------------------------------------------------------------------- the machine

LoanState = Annotated[
    Submitted | PartlySubmitted | Preaccepted | Accepted | Finalized | Granting | Activated | Declined | Cancelled,
    Field(discriminator="kind"),
]
ApplicationCommand = (
    SubmitApplication
    | SubmitPartly
    | PreacceptApplication
    | AcceptApplication
    | FinalizeApplication
    | ApproveLoan
    | RegisterLoan
    | ActivateLoan
    | DeclineApplication
    | CancelApplication
)
AnyOfferCommand = SelectOffer | CreateOffer | SendOffer | ReturnOffer | AcceptOffer | DeclineOffer | CancelOffer
WorkCommand = ScheduleWork | TakeUpWork | CompleteWork
LoanEvent = ApplicationCommand | AnyOfferCommand | WorkCommand | NoteMisfit

loan = Machine[LoanState, LoanEvent](name="loan", version=1, perpetual=True)
"""One application, from its submission on."""
