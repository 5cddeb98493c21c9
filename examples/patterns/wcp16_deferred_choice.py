"""WCP16 Deferred Choice: several branches are offered, and the world outside chooses by what comes first.

A flat is offered to an applicant, who may accept; it may be let to somebody else, or the offer may lapse. What
may never be here: a decision by the process, or an offer that is still open after another was taken.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Literal, Self

from pydantic import AwareDatetime

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
    start,
    transition,
)

OFFERED_FOR = timedelta(days=3)


class OfferKind(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    GONE = "gone"
    LAPSED = "lapsed"
    CLOSED = "closed"


class FlatId(TypedId):
    """Names one flat."""


class OfferFlat(Command):
    flat: FlatId


class AcceptOffer(Command): ...


class FlatLet(Fact):
    flat: FlatId


class OfferLapsed(Fact): ...


class LeaseDrawnUp(Fact): ...


class ApplicantTold(Fact): ...


class FlatAdvertised(Fact): ...


class DrawUpLease(Intent[LeaseDrawnUp]): ...


class TellApplicant(Intent[ApplicantTold]): ...


class AdvertiseFlat(Intent[FlatAdvertised]): ...


class Offered(State):
    kind: Literal[OfferKind.OFFERED] = OfferKind.OFFERED
    flat: FlatId
    until: AwareDatetime

    @classmethod
    @start
    def offer(cls, event: OfferFlat, ctx: Context) -> tuple[Self, NoIntent]:
        return cls(flat=event.flat, until=ctx.now + OFFERED_FOR), NoIntent()

    def waits(self) -> tuple[HumanTask[AcceptOffer], Topic[FlatLet], Deadline[OfferLapsed]]:
        return (
            HumanTask(answer=AcceptOffer, title="Take the flat?", due=self.until),
            Topic(fact=FlatLet, name="flats", key=self.flat),
            Deadline(at=self.until, event=OfferLapsed()),
        )

    @transition
    def accept(self, event: AcceptOffer) -> tuple[Accepted, DrawUpLease]:
        return Accepted(), DrawUpLease()

    @transition
    def give_away(self, event: FlatLet) -> tuple[Gone, TellApplicant]:
        return Gone(), TellApplicant()

    @transition
    def lapse(self, event: OfferLapsed) -> tuple[Lapsed, AdvertiseFlat]:
        return Lapsed(), AdvertiseFlat()


class Accepted(State):
    kind: Literal[OfferKind.ACCEPTED] = OfferKind.ACCEPTED

    @transition
    def close(self, event: LeaseDrawnUp) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Gone(State):
    kind: Literal[OfferKind.GONE] = OfferKind.GONE

    @transition
    def close(self, event: ApplicantTold) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Lapsed(State):
    kind: Literal[OfferKind.LAPSED] = OfferKind.LAPSED

    @transition
    def close(self, event: FlatAdvertised) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Closed(FinalState):
    kind: Literal[OfferKind.CLOSED] = OfferKind.CLOSED


deferred_choice = Machine[
    Offered | Accepted | Gone | Lapsed | Closed,
    OfferFlat | AcceptOffer | FlatLet | OfferLapsed | LeaseDrawnUp | ApplicantTold | FlatAdvertised,
](name="deferred_choice", version=1)
