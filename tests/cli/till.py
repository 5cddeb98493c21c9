"""A till: one intent, one task, one deadline."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from telic import (
    Call,
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    HumanTask,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    start,
    transition,
)


class TillKind(StrEnum):
    CHARGING = "charging"
    REVIEWED = "reviewed"
    PAID = "paid"
    REFUSED = "refused"


class Sell(Command):
    price: int


class Approve(Command):
    pass


class Charged(Fact):
    pass


class Lapsed(Fact):
    pass


class Charge(Intent[Charged]):
    price: int


class Charging(State):
    kind: Literal[TillKind.CHARGING] = TillKind.CHARGING
    price: int

    @classmethod
    @start
    def sell(cls, event: Sell) -> tuple["Charging", Charge] | tuple["Charging", Reject]:
        if event.price < 0:
            return cls(price=event.price), Reject("nothing costs less than nothing")
        return cls(price=event.price), Charge(price=event.price)

    @transition
    def pay(self, event: Charged, ctx: Context) -> tuple["Reviewed", NoIntent]:
        return Reviewed(price=self.price, until=ctx.now + timedelta(days=1)), NoIntent()

    def attributes(self) -> dict[str, int]:
        return {"price": self.price}


class Reviewed(State):
    kind: Literal[TillKind.REVIEWED] = TillKind.REVIEWED
    price: int
    until: AwareDatetime

    @transition
    def approve(self, event: Approve) -> tuple["Paid", NoIntent]:
        return Paid(), NoIntent()

    @transition
    def lapse(self, event: Lapsed) -> tuple["Refused", NoIntent]:
        return Refused(), NoIntent()

    def waits(self) -> tuple[Deadline[Lapsed], HumanTask[Approve]]:
        return (
            Deadline(at=self.until, event=Lapsed()),
            HumanTask(answer=Approve, title="Look at the sale", groups=("desk",), due=self.until),
        )


class Paid(FinalState):
    kind: Literal[TillKind.PAID] = TillKind.PAID


class Refused(FinalState):
    kind: Literal[TillKind.REFUSED] = TillKind.REFUSED


TillState = Annotated[Charging | Reviewed | Paid | Refused, Field(discriminator="kind")]
TillEvent = Sell | Approve | Charged | Lapsed
till = Machine[TillState, TillEvent](name="till")


async def _charge(intent: Charge, call: Call) -> Charged:
    return Charged()


charge = Charge.handled_by(_charge)
