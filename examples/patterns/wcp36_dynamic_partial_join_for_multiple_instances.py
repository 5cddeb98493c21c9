"""WCP36 Dynamic Partial Join for Multiple Instances: at each end it is decided anew whether what has come is enough.

For a new bell people are asked for a gift, and as long as the bell is not paid for, more may be asked. When the gifts
are enough it is cast; whatever else is given goes to the poor. What may never be here: a number fixed beforehand.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field

from telic import (
    Command,
    Fact,
    FinalState,
    FrozenMap,
    FrozenSet,
    Ignores,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    TypedId,
    start,
    transition,
)

PRICE = 3


class BellKind(StrEnum):
    COLLECTING = "collecting"
    CASTING = "casting"
    CAST = "cast"


class Giver(TypedId):
    """Names one giver."""


class BeginCollection(Command):
    giver: Giver


class NameGiver(Command):
    giver: Giver


class GiftMade(Fact):
    giver: Giver
    amount: Annotated[int, Field(ge=1, le=2)]


class BellCast(Fact): ...


class AskGift(Intent[GiftMade]):
    giver: Giver


class CastBell(Intent[BellCast]): ...


class Collecting(State):
    kind: Literal[BellKind.COLLECTING] = BellKind.COLLECTING
    asked: FrozenSet[Giver]
    gifts: FrozenMap[Giver, int] = FrozenMap()

    @classmethod
    @start
    def begin(cls, event: BeginCollection) -> tuple[Self, AskGift]:
        return cls(asked=FrozenSet((event.giver,))), AskGift(giver=event.giver)

    @transition
    def ask(self, event: NameGiver) -> tuple[Self, AskGift] | tuple[Self, Reject]:
        if event.giver in self.asked:
            return self, Reject(f"{event.giver} has been asked already")
        return self.evolve(asked=self.asked.put(event.giver)), AskGift(giver=event.giver)

    @transition
    def join(self, event: GiftMade) -> tuple[Self, NoIntent] | tuple[Casting, CastBell]:
        gifts = self.gifts.put(event.giver, event.amount)
        if sum(gifts.values()) < PRICE:
            return self.evolve(gifts=gifts), NoIntent()
        return Casting(), CastBell()


class PaidFor(State):
    ignores = (Ignores(GiftMade, why="it goes to the poor"),)


class Casting(PaidFor):
    kind: Literal[BellKind.CASTING] = BellKind.CASTING

    @transition
    def finish(self, event: BellCast) -> tuple[Cast, NoIntent]:
        return Cast(), NoIntent()


class Cast(PaidFor, FinalState):
    kind: Literal[BellKind.CAST] = BellKind.CAST


dynamic_partial_join_for_multiple_instances = Machine[
    Collecting | Casting | Cast,
    BeginCollection | NameGiver | GiftMade | BellCast,
](name="dynamic_partial_join_for_multiple_instances", version=1)
