"""WCP32 Cancelling Partial Join: it goes on when so many branches have ended, and the others are called off at once.

Three printers are asked for an offer on a poster. When two offers are there, they are compared, and nobody else needs
to calculate any longer. What may never be here: an offer that comes later and still counts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Batch,
    Command,
    Fact,
    FinalState,
    FrozenSet,
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    Withdraw,
    start,
    transition,
)

NEEDED = 2


class PosterKind(StrEnum):
    ASKING = "asking"
    COMPARING = "comparing"
    ORDERED = "ordered"


class Printer(TypedId):
    """Names one printer."""


PRINTERS = (Printer("ada"), Printer("ben"), Printer("cat"))


class PlanPoster(Command): ...


class OfferMade(Fact):
    printer: Printer


class OffersCompared(Fact): ...


class AskOffer(Intent[OfferMade]):
    printer: Printer


class CompareOffers(Intent[OffersCompared]):
    offers: FrozenSet[Printer]


class Asking(State):
    kind: Literal[PosterKind.ASKING] = PosterKind.ASKING
    offers: FrozenSet[Printer] = FrozenSet()

    @classmethod
    @start
    def plan(cls, event: PlanPoster) -> tuple[Self, Many[AskOffer]]:
        return cls(), Many.of(AskOffer(printer=one) for one in PRINTERS)

    @transition
    def join(self, event: OfferMade) -> tuple[Self, NoIntent] | tuple[Comparing, Batch[Withdraw | CompareOffers]]:
        offers = self.offers.put(event.printer)
        if len(offers) < NEEDED:
            return self.evolve(offers=offers), NoIntent()
        return Comparing(), Withdraw(every=AskOffer) & CompareOffers(offers=offers)


class Enough(State):
    ignores = (Ignores(OfferMade, why="there were offers enough"),)


class Comparing(Enough):
    kind: Literal[PosterKind.COMPARING] = PosterKind.COMPARING

    @transition
    def order(self, event: OffersCompared) -> tuple[Ordered, NoIntent]:
        return Ordered(), NoIntent()


class Ordered(Enough, FinalState):
    kind: Literal[PosterKind.ORDERED] = PosterKind.ORDERED


cancelling_partial_join = Machine[
    Asking | Comparing | Ordered,
    PlanPoster | OfferMade | OffersCompared,
](name="cancelling_partial_join", version=1)
