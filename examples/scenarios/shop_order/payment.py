"""The payment of an order: a machine of its own, which the order begins as its child.

The payment has its name before the card is touched, so it can be voided under it whatever has
become of a charge that nobody answered. What may never be here: an order.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from examples.scenarios.shop_order.vocabulary import (
    BeginPayment,
    CardCharged,
    CardDeclined,
    ChargeCard,
    PaymentEvent,
    PaymentId,
    PaymentRefused,
    PaymentTaken,
    PaymentVoided,
    VoidPayment,
)
from telic import Context, FinalState, Ignores, IntentFailed, Machine, NoIntent, State, start, transition


class PaymentKind(StrEnum):
    CHARGING = "charging"
    VOIDING = "voiding"
    DONE = "done"
    FAILED = "failed"


class PaymentCharging(State):
    """The card is being charged; how often that is tried stands at the intent."""

    kind: Literal[PaymentKind.CHARGING] = PaymentKind.CHARGING
    payment_id: PaymentId

    @classmethod
    @start
    def begin(cls, event: BeginPayment, ctx: Context) -> tuple[PaymentCharging, ChargeCard]:
        payment_id = PaymentId(str(ctx.uuid("payment")))
        return cls(payment_id=payment_id), ChargeCard(payment_id=payment_id, amount=event.amount)

    @transition
    def finish(self, event: CardCharged, ctx: Context) -> tuple[PaymentDone, NoIntent]:
        return PaymentDone(payment_id=self.payment_id, charged_at=ctx.now), NoIntent()

    @transition
    def decline(self, event: CardDeclined) -> tuple[PaymentFailed, NoIntent]:
        return PaymentFailed(reason=event.reason), NoIntent()

    @transition
    def give_up(self, event: IntentFailed[ChargeCard]) -> tuple[PaymentVoiding, VoidPayment]:
        return PaymentVoiding(reason="the card service does not answer"), VoidPayment(payment_id=self.payment_id)


class PaymentVoiding(State):
    """Nobody knows whether the card was charged, so the payment is voided."""

    kind: Literal[PaymentKind.VOIDING] = PaymentKind.VOIDING
    reason: str
    ignores = (Ignores(CardCharged, CardDeclined, why="what was charged under this name is voided"),)

    @transition
    def settle(self, event: PaymentVoided) -> tuple[PaymentFailed, NoIntent]:
        return PaymentFailed(reason=self.reason), NoIntent()


class PaymentDone(FinalState):
    kind: Literal[PaymentKind.DONE] = PaymentKind.DONE
    payment_id: PaymentId
    charged_at: AwareDatetime

    def outcome(self) -> PaymentTaken:
        return PaymentTaken(payment_id=self.payment_id)


class PaymentFailed(FinalState):
    kind: Literal[PaymentKind.FAILED] = PaymentKind.FAILED
    reason: str
    ignores = (Ignores(CardCharged, CardDeclined, why="what was charged under this name is voided"),)

    def outcome(self) -> PaymentRefused:
        return PaymentRefused(reason=self.reason)


payment = Machine[PaymentCharging | PaymentVoiding | PaymentDone | PaymentFailed, PaymentEvent](name="shop_payment")
