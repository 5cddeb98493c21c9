"""The same order with one shortcut: a cancellation goes straight to the end.

The card may have been charged all the same, and nobody is left to notice. ``build`` shows
that telic refuses the machine, with the way there. What may never be here: a machine that
could be used.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from examples.order.vocabulary import (
    CancelOrder,
    CardCharged,
    CardDeclined,
    ChargeCard,
    OrderId,
    OrderKind,
    PlaceOrder,
)
from telic import FinalState, Machine, NoIntent, State, start, transition


class AwaitingPayment(State):
    kind: Literal[OrderKind.AWAITING_PAYMENT] = OrderKind.AWAITING_PAYMENT
    order_id: OrderId

    @classmethod
    @start
    def place(cls, event: PlaceOrder) -> tuple[AwaitingPayment, ChargeCard]:
        amount = sum((line.price * line.quantity for line in event.lines), Decimal(0))
        return cls(order_id=event.order_id), ChargeCard(order_id=event.order_id, amount=amount)

    @transition
    def pay(self, event: CardCharged) -> tuple[Paid, NoIntent]:
        return Paid(), NoIntent()

    @transition
    def decline(self, event: CardDeclined) -> tuple[Cancelled, NoIntent]:
        return Cancelled(), NoIntent()

    @transition
    def cancel(self, event: CancelOrder) -> tuple[Cancelled, NoIntent]:
        return Cancelled(), NoIntent()  # the shortcut


class Paid(FinalState):
    kind: Literal[OrderKind.SHIPPED] = OrderKind.SHIPPED


class Cancelled(FinalState):
    kind: Literal[OrderKind.CANCELLED] = OrderKind.CANCELLED


def build() -> None:
    """Build the machine, which cannot be done.

    Raises:
        DefinitionError: With the two answers that would be lost.
    """
    Machine[
        AwaitingPayment | Paid | Cancelled,
        PlaceOrder | CancelOrder | CardCharged | CardDeclined,
    ](name="order_with_a_shortcut")
