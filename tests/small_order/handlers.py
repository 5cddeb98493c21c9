"""The outside of the small order: a card service, a warehouse and a courier, made up.

What may never be here: a decision about an order.
"""

from __future__ import annotations

from decimal import Decimal

from telic import Call, Handlers
from tests.small_order.vocabulary import (
    CardCharged,
    CardDeclined,
    CardRefunded,
    ChargeCard,
    ParcelShipped,
    RefundCard,
    ReserveStock,
    ShipParcel,
    Sku,
    StockMissing,
    StockReserved,
    TrackingNumber,
)

CARD_LIMIT = Decimal(500)
SOLD_OUT = frozenset({Sku("lamp")})


async def charge_card(intent: ChargeCard, call: Call) -> CardCharged | CardDeclined:
    """Charge up to the limit of the card."""
    if intent.amount > CARD_LIMIT:
        return CardDeclined(order_id=intent.order_id)
    return CardCharged(order_id=intent.order_id)


async def reserve_stock(intent: ReserveStock, call: Call) -> StockReserved | StockMissing:
    """Reserve what is there."""
    if any(line.sku in SOLD_OUT for line in intent.lines):
        return StockMissing(order_id=intent.order_id)
    return StockReserved(order_id=intent.order_id)


async def ship_parcel(intent: ShipParcel, call: Call) -> ParcelShipped:
    """Hand the parcel over; the key of the call makes a second one impossible."""
    return ParcelShipped(tracking=TrackingNumber(f"T-{call.key}"))


async def refund_card(intent: RefundCard, call: Call) -> CardRefunded:
    """Give the money back."""
    return CardRefunded(order_id=intent.order_id)


handlers = Handlers(
    ChargeCard.handled_by(charge_card),
    ReserveStock.handled_by(reserve_stock),
    ShipParcel.handled_by(ship_parcel),
    RefundCard.handled_by(refund_card),
)
