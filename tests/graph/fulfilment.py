"""A machine with everything that a picture can show: parts, parallel regions, a map, all waits."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from telic import (
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    FrozenMap,
    HumanTask,
    Intent,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    Topic,
    TypedId,
    lift,
    start,
    transition,
)
from telic.kernel.states import Ignores


class Sku(TypedId):
    pass


class Place(Command):
    skus: tuple[Sku, ...]


class Pick(Command):
    sku: Sku


class Count(Command):
    sku: Sku


class Approve(Command):
    pass


class TooLate(Fact):
    pass


class Settled(Fact):
    pass


class Charged(Fact):
    pass


class Told(Fact):
    sku: Sku


class Charge(Intent[Charged]):
    pass


class Tell(Intent[Told]):
    sku: Sku


class ItemKind(StrEnum):
    LYING = "lying"
    PICKED = "picked"


class Lying(State):
    kind: Literal[ItemKind.LYING] = ItemKind.LYING
    sku: Sku

    @transition
    def pick(self, event: Pick) -> tuple["Picked", NoIntent]:
        return Picked(sku=self.sku), NoIntent()

    @transition
    def count(self, event: Count) -> tuple["Lying", NoIntent]:
        return self, NoIntent()


class Picked(State):
    kind: Literal[ItemKind.PICKED] = ItemKind.PICKED
    sku: Sku


Item = Annotated[Lying | Picked, Field(discriminator="kind")]


class MoneyKind(StrEnum):
    OWED = "owed"
    PAID = "paid"


class Owed(State):
    kind: Literal[MoneyKind.OWED] = MoneyKind.OWED

    @transition
    def settle(self, event: Settled) -> tuple["Paid", NoIntent]:
        return Paid(), NoIntent()

    def waits(self) -> tuple[Topic[Settled]]:
        return (Topic(fact=Settled, name="settlements"),)


class Paid(State):
    kind: Literal[MoneyKind.PAID] = MoneyKind.PAID


Money = Annotated[Owed | Paid, Field(discriminator="kind")]


class FulfilmentKind(StrEnum):
    REVIEWED = "reviewed"
    FULFILLING = "fulfilling"
    DONE = "done"
    LOST = "lost"


class Reviewed(State):
    kind: Literal[FulfilmentKind.REVIEWED] = FulfilmentKind.REVIEWED
    skus: tuple[Sku, ...]
    until: AwareDatetime

    @classmethod
    @start
    def place(cls, event: Place, ctx: Context) -> tuple["Reviewed", Charge] | tuple["Reviewed", Reject]:
        order = cls(skus=event.skus, until=ctx.now + timedelta(days=1))
        return (order, Charge()) if event.skus else (order, Reject("nothing to pick"))

    @transition
    def approve(self, event: Approve) -> tuple["Reviewed", NoIntent]:
        return self, NoIntent()

    @transition
    def begin(self, event: Charged) -> tuple["Fulfilling", Many[Tell]]:
        items = FrozenMap({sku: Lying(sku=sku) for sku in self.skus})
        return Fulfilling(items=items, money=Owed()), Many.of(Tell(sku=sku) for sku in self.skus)

    @transition
    def give_up(self, event: IntentFailed[Charge]) -> tuple["Lost", NoIntent]:
        return Lost(), NoIntent()

    @transition
    def lapse(self, event: TooLate) -> tuple["Reviewed", NoIntent]:
        return self, NoIntent()

    def waits(self) -> tuple[Deadline[TooLate], HumanTask[Approve]]:
        return Deadline(at=self.until, event=TooLate()), HumanTask(answer=Approve, title="Look at it", groups=("desk",))


class Fulfilling(State):
    kind: Literal[FulfilmentKind.FULFILLING] = FulfilmentKind.FULFILLING
    ignores = (Ignores(Told, why="telling is best effort"),)
    items: FrozenMap[Sku, Item]
    money: Money

    @transition
    def pick(self, event: Pick) -> tuple["Fulfilling", NoIntent | Reject]:
        item = self.items.get(event.sku)
        if not isinstance(item, Lying):
            return self, Reject("not there")
        return lift(item.pick(event), lambda one: self.evolve(items=self.items.put(event.sku, one)))

    @transition
    def count(self, event: Count) -> tuple["Fulfilling", NoIntent | Reject]:
        item = self.items.get(event.sku)
        if not isinstance(item, Lying):
            return self, Reject("not there")
        return lift(item.count(event), lambda one: self.evolve(items=self.items.put(event.sku, one)))

    @transition
    def settle(self, event: Settled) -> tuple["Done", NoIntent]:
        return Done(), NoIntent()


class Done(FinalState):
    kind: Literal[FulfilmentKind.DONE] = FulfilmentKind.DONE
    ignores = (Ignores(Told, why="telling is best effort"),)


class Lost(FinalState):
    kind: Literal[FulfilmentKind.LOST] = FulfilmentKind.LOST
    ignores = (Ignores(Charged, why="given back by hand"),)


FulfilmentState = Annotated[Reviewed | Fulfilling | Done | Lost, Field(discriminator="kind")]
FulfilmentEvent = Place | Approve | Pick | Count | TooLate | Settled | Charged | Told
fulfilment = Machine[FulfilmentState, FulfilmentEvent](name="fulfilment")
