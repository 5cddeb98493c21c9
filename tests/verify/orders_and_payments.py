"""Two machines that belong together: an order, and the payment that it spawns."""

from enum import StrEnum
from typing import Literal

from telic import (
    Command,
    Fact,
    FinalState,
    Intent,
    IntentFailed,
    Machine,
    NoIntent,
    Reject,
    State,
    Topic,
    TypedId,
    WorkflowId,
    start,
    transition,
)
from telic.kernel.messages import Publish, Signal, Spawn


class PaymentKind(StrEnum):
    ASKING = "asking"
    PAID = "paid"
    FAILED = "failed"


class OrderKind(StrEnum):
    NEW = "new"
    DONE = "done"
    CANCELLED = "cancelled"
    LISTENING = "listening"
    TOLD = "told"


class PayId(TypedId): ...


class Charged(Fact):
    pay_id: PayId


class Declined(Fact):
    pay_id: PayId


class Charge(Intent[Charged | Declined]):
    pay_id: PayId


class Settled(Fact):
    pay_id: PayId


class Broken(Fact):
    pay_id: PayId


class BeginPayment(Command):
    pay_id: PayId


class Asking(State):
    kind: Literal[PaymentKind.ASKING] = PaymentKind.ASKING
    pay_id: PayId

    @classmethod
    @start
    def begin(cls, event: BeginPayment) -> tuple["Asking", Charge]:
        return cls(pay_id=event.pay_id), Charge(pay_id=event.pay_id)

    @transition
    def settle(self, event: Charged) -> tuple["Paid", NoIntent]:
        return Paid(pay_id=self.pay_id), NoIntent()

    @transition
    def fail(self, event: Declined) -> tuple["Failed", NoIntent]:
        return Failed(pay_id=self.pay_id), NoIntent()


class Paid(FinalState):
    kind: Literal[PaymentKind.PAID] = PaymentKind.PAID
    pay_id: PayId

    def outcome(self) -> Settled:
        return Settled(pay_id=self.pay_id)


class Failed(FinalState):
    kind: Literal[PaymentKind.FAILED] = PaymentKind.FAILED
    pay_id: PayId

    def outcome(self) -> Broken:
        return Broken(pay_id=self.pay_id)


payment = Machine[Asking | Paid | Failed, BeginPayment | Charged | Declined](name="payment")


class StartPayment(Spawn[Settled | Broken], machine=lambda: payment):
    pay_id: PayId

    def begin(self) -> BeginPayment:
        return BeginPayment(pay_id=self.pay_id)


class Place(Command): ...


class New(State):
    kind: Literal[OrderKind.NEW] = OrderKind.NEW

    @classmethod
    @start
    def place(cls, event: Place) -> tuple["New", StartPayment]:
        return cls(), StartPayment(pay_id=PayId("p-1"))

    @transition
    def finish(self, event: Settled) -> tuple["Done", NoIntent]:
        return Done(), NoIntent()

    @transition
    def cancel(self, event: Broken) -> tuple["Cancelled", NoIntent]:
        return Cancelled(), NoIntent()


class Done(FinalState):
    kind: Literal[OrderKind.DONE] = OrderKind.DONE


class Cancelled(FinalState):
    kind: Literal[OrderKind.CANCELLED] = OrderKind.CANCELLED


order = Machine[New | Done | Cancelled, Place | Settled | Broken](name="order")


# ------------------------------------------------------------- a bell, and somebody who hears it


class BellKind(StrEnum):
    RINGING = "ringing"
    RUNG = "rung"
    IN_VAIN = "in_vain"


class Rang(Fact): ...


class Wake(Command): ...


class Ring(Publish[Rang]): ...


class Nudge(Signal[Wake], machine="sleeper"): ...


class Pull(Command): ...


class Ringing(State):
    """Has nudged the sleeper, and rings when asked to."""

    kind: Literal[BellKind.RINGING] = BellKind.RINGING

    @classmethod
    @start
    def hang(cls, event: Place) -> tuple["Ringing", Nudge]:
        return cls(), Nudge(to=WorkflowId("sleeper"), command=Wake())

    @transition
    def pull(self, event: Pull) -> tuple["Rung", Ring]:
        return Rung(), Ring(fact=Rang(), name="bell")

    @transition
    def refused(self, event: IntentFailed[Nudge]) -> tuple["InVain", NoIntent]:
        return InVain(), NoIntent()


class Rung(FinalState):
    kind: Literal[BellKind.RUNG] = BellKind.RUNG


class InVain(FinalState):
    kind: Literal[BellKind.IN_VAIN] = BellKind.IN_VAIN


bell = Machine[Ringing | Rung | InVain, Place | Pull](name="bell")


class SleeperKind(StrEnum):
    ASLEEP = "asleep"
    AWAKE = "awake"
    UP = "up"


class Lie(Command): ...


class Asleep(State):
    kind: Literal[SleeperKind.ASLEEP] = SleeperKind.ASLEEP

    @classmethod
    @start
    def lie_down(cls, event: Lie) -> tuple["Asleep", NoIntent]:
        return cls(), NoIntent()

    @transition
    def wake(self, event: Wake) -> tuple["Awake", NoIntent]:
        return Awake(), NoIntent()


class Awake(State):
    kind: Literal[SleeperKind.AWAKE] = SleeperKind.AWAKE

    @transition
    def hear(self, event: Rang) -> tuple["Up", NoIntent]:
        return Up(), NoIntent()

    @transition
    def wake(self, event: Wake) -> tuple["Awake", Reject]:
        return self, Reject("awake already")

    def waits(self) -> tuple[Topic[Rang]]:
        return (Topic(fact=Rang, name="bell"),)


class Up(FinalState):
    kind: Literal[SleeperKind.UP] = SleeperKind.UP


sleeper = Machine[Asleep | Awake | Up, Lie | Wake | Rang](name="sleeper")
