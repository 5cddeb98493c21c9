"""WCP9 Structured Discriminator: the first branch to end goes on; after the last one, all may begin anew.

Three shops are asked for a price. Paper is ordered where the first answer comes from; nobody is asked again
until the others have answered, too. What may never be here: a second order in one round.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Command,
    Fact,
    FinalState,
    FrozenSet,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)


class SupplyKind(StrEnum):
    ASKING = "asking"
    ORDERING = "ordering"
    SUPPLIED = "supplied"
    CLOSED = "closed"


class Shop(TypedId):
    """Names one shop."""


SHOPS = FrozenSet((Shop("north"), Shop("south"), Shop("west")))


class BuyPaper(Command): ...


class CloseOffice(Command): ...


class PriceNamed(Fact):
    shop: Shop


class PaperDelivered(Fact):
    shop: Shop


class AskPrice(Intent[PriceNamed]):
    shop: Shop


class OrderPaper(Intent[PaperDelivered]):
    shop: Shop


def ask_everywhere() -> Many[AskPrice]:
    """Return one question for each shop."""
    return Many.of(AskPrice(shop=one) for one in SHOPS)


class Asking(State):
    kind: Literal[SupplyKind.ASKING] = SupplyKind.ASKING

    @classmethod
    @start
    def buy(cls, event: BuyPaper) -> tuple[Self, Many[AskPrice]]:
        return cls(), ask_everywhere()

    @transition
    def take_first(self, event: PriceNamed) -> tuple[Ordering, OrderPaper]:
        return Ordering(asked=SHOPS.without(event.shop)), OrderPaper(shop=event.shop)


class Ordering(State):
    kind: Literal[SupplyKind.ORDERING] = SupplyKind.ORDERING
    asked: FrozenSet[Shop]
    delivered: bool = False

    @transition
    def pass_over(self, event: PriceNamed) -> tuple[Self, NoIntent] | tuple[Supplied, NoIntent]:
        return self.evolve(asked=self.asked.without(event.shop)).reset_or_not()

    @transition
    def store(self, event: PaperDelivered) -> tuple[Self, NoIntent] | tuple[Supplied, NoIntent]:
        return self.evolve(delivered=True).reset_or_not()

    def reset_or_not(self) -> tuple[Self, NoIntent] | tuple[Supplied, NoIntent]:
        return (Supplied(), NoIntent()) if self.delivered and not self.asked else (self, NoIntent())


class Supplied(State):
    kind: Literal[SupplyKind.SUPPLIED] = SupplyKind.SUPPLIED
    settles = (AskPrice, OrderPaper)

    @transition
    def buy(self, event: BuyPaper) -> tuple[Asking, Many[AskPrice]]:
        return Asking(), ask_everywhere()

    @transition
    def close(self, event: CloseOffice) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Closed(FinalState):
    kind: Literal[SupplyKind.CLOSED] = SupplyKind.CLOSED


structured_discriminator = Machine[
    Asking | Ordering | Supplied | Closed,
    BuyPaper | CloseOffice | PriceNamed | PaperDelivered,
](name="structured_discriminator", version=1)
