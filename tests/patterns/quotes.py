"""Quotes: suppliers are asked at once, two quotes are enough, the others are called off and accounted for."""

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Command,
    Fact,
    FinalState,
    FrozenSet,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    TypedId,
    Withdraw,
    start,
    transition,
)
from telic.patterns import Join, Joined, Refusal, Unjoinable


class QuotesKind(StrEnum):
    ASKED = "asked"
    CALLED_OFF = "called_off"
    CLOSED = "closed"


class SupplierId(TypedId): ...


class RequestQuotes(Command):
    suppliers: tuple[SupplierId, ...]


class QuoteGiven(Fact):
    supplier: SupplierId
    price: int


class QuoteRefused(Fact):
    supplier: SupplierId


class AskSupplier(Intent[QuoteGiven | QuoteRefused]):
    supplier: SupplierId


def ask(supplier: SupplierId) -> AskSupplier:
    return AskSupplier(supplier=supplier)


class QuotesClosed(FinalState):
    kind: Literal[QuotesKind.CLOSED] = QuotesKind.CLOSED
    settles = (AskSupplier,)
    ignores = (Ignores(QuoteGiven, QuoteRefused, why="a call-off may cross with an answer"),)
    best: int | None


class QuotesCalledOff(State):
    """Who has not answered is called off; the end waits until each of them has been heard of."""

    kind: Literal[QuotesKind.CALLED_OFF] = QuotesKind.CALLED_OFF
    best: int | None
    rest: FrozenSet[SupplierId]

    @transition
    def hear(
        self, event: QuoteGiven | QuoteRefused | IntentFailed[AskSupplier]
    ) -> tuple[Self, NoIntent] | tuple[QuotesClosed, NoIntent]:
        supplier = event.intent.supplier if isinstance(event, IntentFailed) else event.supplier
        rest = self.rest.without(supplier)
        if rest:
            return self.evolve(rest=rest), NoIntent()
        return QuotesClosed(best=self.best), NoIntent()


class QuotesAsked(State):
    kind: Literal[QuotesKind.ASKED] = QuotesKind.ASKED
    quotes: Join[SupplierId, int]

    @classmethod
    @start
    def request(cls, event: RequestQuotes) -> tuple["QuotesAsked", Many[AskSupplier]] | tuple[None, Reject]:
        match Join[SupplierId, int].over(event.suppliers, need=2):
            case Join() as quotes:
                return cls(quotes=quotes), quotes.fan_out(ask)
            case Refusal() as refusal:
                return None, Reject(refusal)

    @transition
    def give(
        self, event: QuoteGiven
    ) -> tuple[Self, NoIntent] | tuple[QuotesCalledOff, Withdraw] | tuple[QuotesClosed, NoIntent]:
        match self.quotes.answered(event.supplier, event.price):
            case Join() as quotes:
                return self.evolve(quotes=quotes), NoIntent()
            case Joined(results=results, rest=rest, join=join):
                best = min(results.values())
                if rest:
                    return QuotesCalledOff(best=best, rest=rest), join.withdraw(ask)
                return QuotesClosed(best=best), NoIntent()
            case Refusal() as refusal:  # an answer comes from whoever was asked, once: explore proves it
                raise AssertionError(refusal.why)

    @transition
    def refuse(
        self, event: QuoteRefused
    ) -> tuple[Self, NoIntent] | tuple[QuotesCalledOff, Withdraw] | tuple[QuotesClosed, NoIntent]:
        match self.quotes.gave_up(event.supplier):
            case Join() as quotes:
                return self.evolve(quotes=quotes), NoIntent()
            case Joined(rest=rest, join=join) | Unjoinable(rest=rest, join=join):
                if rest:
                    return QuotesCalledOff(best=None, rest=rest), join.withdraw(ask)
                return QuotesClosed(best=None), NoIntent()
            case Refusal() as refusal:  # an answer comes from whoever was asked, once: explore proves it
                raise AssertionError(refusal.why)


QuotesEvent = RequestQuotes | QuoteGiven | QuoteRefused
quotes = Machine[QuotesAsked | QuotesCalledOff | QuotesClosed, QuotesEvent](name="quotes")
