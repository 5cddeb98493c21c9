"""An offer: a manager lets it out, the customer has seven days to answer, the money two days to come.

It waits for a signal without an end, for a signal with a time-out, and for an event with a time-out. Read it from top
to bottom. What may never be here: a mail; see ``handlers``.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Never, TypeAlias

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
    State,
    Topic,
    TypedId,
    Value,
    start,
    transition,
)

ANSWER_PERIOD = timedelta(days=7)
PAYMENT_PERIOD = timedelta(hours=48)


class OfferId(TypedId):
    """Names one offer."""


class OfferKind(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_ANSWER = "awaiting_answer"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Contact(Value):
    """What the customer fills in."""

    name: str
    phone: str


class DrawUpOffer(Command):
    offer_id: OfferId


class DecideOffer(Command):
    """The signal of the manager."""

    approved: bool
    notes: str = ""


class AcceptOffer(Command):
    """The signal of the customer."""

    contact: Contact


class AnswerOverdue(Fact):
    """Seven days have passed."""


class PaymentReceived(Fact):
    """Published by whoever sees the account, under the id of the offer."""

    amount: Decimal


class PaymentOverdue(Fact):
    """Two days have passed."""


class SendOffer(Intent[Never]):
    offer_id: OfferId


class SendFinalNotice(Intent[Never]):
    offer_id: OfferId


class Offer(State):
    offer_id: OfferId


class OfferAwaitingApproval(Offer):
    kind: Literal[OfferKind.AWAITING_APPROVAL] = OfferKind.AWAITING_APPROVAL

    @classmethod
    @start
    def draw_up(cls, event: DrawUpOffer) -> tuple[OfferAwaitingApproval, NoIntent]:
        return cls(offer_id=event.offer_id), NoIntent()

    @transition
    def decide(
        self, event: DecideOffer, ctx: Context
    ) -> tuple[OfferAwaitingAnswer, SendOffer] | tuple[OfferRefused, NoIntent]:
        if not event.approved:
            return OfferRefused(offer_id=self.offer_id, notes=event.notes), NoIntent()
        awaiting = OfferAwaitingAnswer(offer_id=self.offer_id, answer_by=ctx.now + ANSWER_PERIOD)
        return awaiting, SendOffer(offer_id=self.offer_id)

    def waits(self) -> tuple[HumanTask[DecideOffer]]:
        return (HumanTask(answer=DecideOffer, title=f"Approve {self.offer_id}", groups=("managers",)),)


class OfferAwaitingAnswer(Offer):
    kind: Literal[OfferKind.AWAITING_ANSWER] = OfferKind.AWAITING_ANSWER
    answer_by: AwareDatetime

    @transition
    def accept(self, event: AcceptOffer, ctx: Context) -> tuple[OfferAwaitingPayment, NoIntent]:
        awaiting = OfferAwaitingPayment(
            offer_id=self.offer_id, contact=event.contact, accepted_at=ctx.now, pay_by=ctx.now + PAYMENT_PERIOD
        )
        return awaiting, NoIntent()

    @transition
    def expire(self, event: AnswerOverdue) -> tuple[OfferExpired, SendFinalNotice]:
        return OfferExpired(offer_id=self.offer_id), SendFinalNotice(offer_id=self.offer_id)

    def waits(self) -> tuple[Deadline[AnswerOverdue]]:
        return (Deadline(at=self.answer_by, event=AnswerOverdue()),)


class OfferAwaitingPayment(Offer):
    kind: Literal[OfferKind.AWAITING_PAYMENT] = OfferKind.AWAITING_PAYMENT
    contact: Contact
    accepted_at: AwareDatetime
    pay_by: AwareDatetime

    @transition
    def take(self, event: PaymentReceived) -> tuple[OfferPaid, NoIntent]:
        return OfferPaid(offer_id=self.offer_id, contact=self.contact, amount=event.amount), NoIntent()

    @transition
    def cancel(self, event: PaymentOverdue) -> tuple[OfferCancelled, NoIntent]:
        return OfferCancelled(offer_id=self.offer_id), NoIntent()

    def waits(self) -> tuple[Topic[PaymentReceived], Deadline[PaymentOverdue]]:
        payment = Topic(fact=PaymentReceived, name="payments", key=self.offer_id)
        return payment, Deadline(at=self.pay_by, event=PaymentOverdue())


class OfferPaid(Offer, FinalState):
    kind: Literal[OfferKind.PAID] = OfferKind.PAID
    contact: Contact
    amount: Decimal


class OfferRefused(Offer, FinalState):
    kind: Literal[OfferKind.REFUSED] = OfferKind.REFUSED
    notes: str


class OfferExpired(Offer, FinalState):
    kind: Literal[OfferKind.EXPIRED] = OfferKind.EXPIRED


class OfferCancelled(Offer, FinalState):
    kind: Literal[OfferKind.CANCELLED] = OfferKind.CANCELLED


OfferState: TypeAlias = Annotated[
    OfferAwaitingApproval
    | OfferAwaitingAnswer
    | OfferAwaitingPayment
    | OfferPaid
    | OfferRefused
    | OfferExpired
    | OfferCancelled,
    Field(discriminator="kind"),
]
OfferEvent: TypeAlias = DrawUpOffer | DecideOffer | AcceptOffer | AnswerOverdue | PaymentReceived | PaymentOverdue
offer = Machine[OfferState, OfferEvent](name="offer", version=1)
