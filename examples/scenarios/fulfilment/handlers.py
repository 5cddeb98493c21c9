"""The outside of the fulfilment, made up: a bank, a warehouse and a courier.

What may never be here: a decision about an order.
"""

from __future__ import annotations

from decimal import Decimal

from examples.scenarios.fulfilment.machine import (
    ItemsMissing,
    ItemsReleased,
    ItemsReserved,
    OrderId,
    OrderShipped,
    PaymentId,
    PaymentRefunded,
    PaymentRefused,
    PaymentTaken,
    RefundPayment,
    ReleaseItems,
    ReserveItems,
    ShipOrder,
    TakePayment,
    TrackingId,
)
from telic import Call, Handlers

LIMIT = Decimal(5000)
SOLD_OUT = frozenset({OrderId("o-lamp")})


async def take_payment(intent: TakePayment, call: Call) -> PaymentTaken | PaymentRefused:
    """Take the money, up to a limit."""
    return PaymentTaken(payment_id=PaymentId(f"p-{intent.order_id}")) if intent.total <= LIMIT else PaymentRefused()


async def refund_payment(intent: RefundPayment, call: Call) -> PaymentRefunded:
    """Give it back."""
    return PaymentRefunded()


async def reserve_items(intent: ReserveItems, call: Call) -> ItemsReserved | ItemsMissing:
    """Put the items aside."""
    return ItemsMissing() if intent.order_id in SOLD_OUT else ItemsReserved()


async def release_items(intent: ReleaseItems, call: Call) -> ItemsReleased:
    """Put them back."""
    return ItemsReleased()


async def ship_order(intent: ShipOrder, call: Call) -> OrderShipped:
    """Hand the parcel over."""
    return OrderShipped(tracking_id=TrackingId(f"t-{intent.order_id}"))


handlers = Handlers(
    TakePayment.handled_by(take_payment),
    RefundPayment.handled_by(refund_payment),
    ReserveItems.handled_by(reserve_items),
    ReleaseItems.handled_by(release_items),
    ShipOrder.handled_by(ship_order),
)
