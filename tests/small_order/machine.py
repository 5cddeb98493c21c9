"""A small order, from placing it to shipping or refunding it, for tests of what is done with any machine.

It stands still, so that what is counted and drawn of it stays; the example grows.

A cancellation while the card is being charged leads to ``OrderCancelling``, which waits for
the answer: the money may have been taken. What may never be here: a payment; see ``handlers``.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field

from telic import Context, Deadline, FinalState, Machine, NoIntent, Reject, State, start, transition
from tests.small_order.vocabulary import (
    CancelOrder,
    CardCharged,
    CardDeclined,
    CardRefunded,
    ChargeCard,
    OrderEvent,
    OrderId,
    OrderKind,
    OrderLine,
    ParcelShipped,
    PaymentOverdue,
    PlaceOrder,
    RefundCard,
    ReserveStock,
    ShipParcel,
    StockMissing,
    StockReserved,
    TrackingNumber,
)

PAYMENT_PERIOD = timedelta(hours=48)


class OrderBase(State):
    order_id: OrderId
    lines: tuple[OrderLine, ...]

    @property
    def total(self) -> Decimal:
        """What the order costs."""
        return sum((line.price * line.quantity for line in self.lines), Decimal(0))


class OrderAwaitingPayment(OrderBase):
    kind: Literal[OrderKind.AWAITING_PAYMENT] = OrderKind.AWAITING_PAYMENT
    pay_by: AwareDatetime

    @classmethod
    @start
    def place(
        cls, event: PlaceOrder, ctx: Context
    ) -> tuple[OrderAwaitingPayment, ChargeCard] | tuple[OrderAwaitingPayment, Reject]:
        order = cls(order_id=event.order_id, lines=event.lines, pay_by=ctx.now + PAYMENT_PERIOD)
        if not event.lines:
            return order, Reject("an order has at least one line")
        return order, ChargeCard(order_id=order.order_id, amount=order.total)

    @transition
    def reserve(self, event: CardCharged) -> tuple[OrderReserving, ReserveStock]:
        reserving = OrderReserving(order_id=self.order_id, lines=self.lines)
        return reserving, ReserveStock(order_id=self.order_id, lines=self.lines)

    @transition
    def decline(self, event: CardDeclined) -> tuple[OrderCancelled, NoIntent]:
        return OrderCancelled(order_id=self.order_id, lines=self.lines, reason="declined"), NoIntent()

    @transition
    def lapse(self, event: PaymentOverdue) -> tuple[OrderCancelling, NoIntent]:
        return OrderCancelling(order_id=self.order_id, lines=self.lines, reason="not paid in time"), NoIntent()

    @transition
    def cancel(self, event: CancelOrder) -> tuple[OrderCancelling, NoIntent]:
        return OrderCancelling(order_id=self.order_id, lines=self.lines, reason=event.reason), NoIntent()

    def waits(self) -> tuple[Deadline[PaymentOverdue]]:
        return (Deadline(at=self.pay_by, event=PaymentOverdue()),)


class OrderReserving(OrderBase):
    kind: Literal[OrderKind.RESERVING] = OrderKind.RESERVING

    @transition
    def ship(self, event: StockReserved) -> tuple[OrderShipping, ShipParcel]:
        return OrderShipping(order_id=self.order_id, lines=self.lines), ShipParcel(order_id=self.order_id)

    @transition
    def refund(self, event: StockMissing) -> tuple[OrderRefunding, RefundCard]:
        refunding = OrderRefunding(order_id=self.order_id, lines=self.lines, reason="out of stock")
        return refunding, RefundCard(order_id=self.order_id, amount=self.total)


class OrderShipping(OrderBase):
    kind: Literal[OrderKind.SHIPPING] = OrderKind.SHIPPING

    @transition
    def hand_over(self, event: ParcelShipped) -> tuple[OrderShipped, NoIntent]:
        return OrderShipped(order_id=self.order_id, lines=self.lines, tracking=event.tracking), NoIntent()


class OrderShipped(OrderBase, FinalState):
    kind: Literal[OrderKind.SHIPPED] = OrderKind.SHIPPED
    tracking: TrackingNumber


class OrderCancelling(OrderBase):
    """Cancelled, and the answer of the card is still to come."""

    kind: Literal[OrderKind.CANCELLING] = OrderKind.CANCELLING
    reason: str

    @transition
    def refund(self, event: CardCharged) -> tuple[OrderRefunding, RefundCard]:
        refunding = OrderRefunding(order_id=self.order_id, lines=self.lines, reason=self.reason)
        return refunding, RefundCard(order_id=self.order_id, amount=self.total)

    @transition
    def settle(self, event: CardDeclined) -> tuple[OrderCancelled, NoIntent]:
        return OrderCancelled(order_id=self.order_id, lines=self.lines, reason=self.reason), NoIntent()


class OrderRefunding(OrderBase):
    kind: Literal[OrderKind.REFUNDING] = OrderKind.REFUNDING
    reason: str

    @transition
    def settle(self, event: CardRefunded) -> tuple[OrderCancelled, NoIntent]:
        return OrderCancelled(order_id=self.order_id, lines=self.lines, reason=self.reason), NoIntent()


class OrderCancelled(OrderBase, FinalState):
    kind: Literal[OrderKind.CANCELLED] = OrderKind.CANCELLED
    reason: str


OrderState: TypeAlias = Annotated[
    OrderAwaitingPayment
    | OrderReserving
    | OrderShipping
    | OrderShipped
    | OrderCancelling
    | OrderRefunding
    | OrderCancelled,
    Field(discriminator="kind"),
]
order = Machine[OrderState, OrderEvent](name="order", version=1)
