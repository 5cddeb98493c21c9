"""Offers: what the bank puts before the applicant, one after the other.

Here are the commands that move an offer, and the states of one offer. Which offer a command
is meant for must never be here: the application holds them all, and knows::

    OfferSelected ──► OfferCreated ──► OfferSent ──► OfferReturned
                                           │               │
                                           └───────┬───────┘
                                                   ▼
                              OfferAccepted, OfferDeclined or OfferCancelled
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from telic import Command, NoIntent, State, TypedId, transition


class OfferId(TypedId):
    """Names one offer within its application."""

    __slots__ = ()


class OfferCommand(Command):
    """Base of what may be done with an offer."""


class SelectOffer(OfferCommand): ...


class CreateOffer(OfferCommand): ...


class SendOffer(OfferCommand): ...


class ReturnOffer(OfferCommand): ...


class AcceptOffer(OfferCommand): ...


class DeclineOffer(OfferCommand): ...


class CancelOffer(OfferCommand): ...


class OfferKind(StrEnum):
    """The states of one offer."""

    SELECTED = "selected"
    CREATED = "created"
    SENT = "sent"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class PendingOffer(State):
    """The applicant has it: it waits for one of three ends."""

    @transition
    def accept(self, _: AcceptOffer) -> tuple["OfferAccepted", NoIntent]:
        return OfferAccepted(), NoIntent()

    @transition
    def decline(self, _: DeclineOffer) -> tuple["OfferDeclined", NoIntent]:
        return OfferDeclined(), NoIntent()

    @transition
    def cancel(self, _: CancelOffer) -> tuple["OfferCancelled", NoIntent]:
        return OfferCancelled(), NoIntent()


class OfferSelected(State):
    kind: Literal[OfferKind.SELECTED] = OfferKind.SELECTED

    @transition
    def create(self, _: CreateOffer) -> tuple["OfferCreated", NoIntent]:
        return OfferCreated(), NoIntent()


class OfferCreated(State):
    kind: Literal[OfferKind.CREATED] = OfferKind.CREATED

    @transition
    def send(self, _: SendOffer) -> tuple["OfferSent", NoIntent]:
        return OfferSent(), NoIntent()


class OfferSent(PendingOffer):
    kind: Literal[OfferKind.SENT] = OfferKind.SENT

    @transition
    def send_back(self, _: ReturnOffer) -> tuple["OfferReturned", NoIntent]:
        return OfferReturned(), NoIntent()


class OfferReturned(PendingOffer):
    kind: Literal[OfferKind.RETURNED] = OfferKind.RETURNED


class OfferAccepted(State):
    kind: Literal[OfferKind.ACCEPTED] = OfferKind.ACCEPTED


class OfferDeclined(State):
    kind: Literal[OfferKind.DECLINED] = OfferKind.DECLINED


class OfferCancelled(State):
    kind: Literal[OfferKind.CANCELLED] = OfferKind.CANCELLED


Offer = Annotated[
    OfferSelected | OfferCreated | OfferSent | OfferReturned | OfferAccepted | OfferDeclined | OfferCancelled,
    Field(discriminator="kind"),
]
