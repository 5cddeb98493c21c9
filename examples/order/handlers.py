"""The outside of an order: a card service, a warehouse and a courier, made up.

What may never be here: a decision about an order.
"""

from __future__ import annotations

from decimal import Decimal

from examples.order.parcel import (
    FollowParcel,
    HandOverParcel,
    LinesPicked,
    ParcelHandedOver,
    ParcelReceived,
    ParcelVanished,
    PickLines,
)
from examples.order.vocabulary import (
    CardCharged,
    CardDeclined,
    CardRefunded,
    ChargeCard,
    RefundCard,
    ReserveStock,
    Sku,
    StockMissing,
    StockReserved,
    TrackingNumber,
)
from telic import Call, Handlers
from telic.kernel.handling import Binding

CARD_LIMIT = Decimal(5000)
SOLD_OUT = frozenset({Sku("lamp")})
FRAGILE = frozenset({Sku("vase")})


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


async def refund_card(intent: RefundCard, call: Call) -> CardRefunded:
    """Give the money back."""
    return CardRefunded(order_id=intent.order_id)


async def pick_lines(intent: PickLines, call: Call) -> LinesPicked:
    """Take everything from its shelf."""
    return LinesPicked(order_id=intent.order_id)


async def hand_over_parcel(intent: HandOverParcel, call: Call) -> ParcelHandedOver:
    """Hand the parcel over; the number says whose it is."""
    return ParcelHandedOver(tracking=TrackingNumber(f"T-{intent.order_id}"))


async def follow_parcel(intent: FollowParcel, call: Call) -> ParcelReceived | ParcelVanished:
    """Hear what became of the parcel; what is fragile does not arrive."""
    if any(intent.tracking == f"T-{sku}" for sku in FRAGILE):
        return ParcelVanished(tracking=intent.tracking)
    return ParcelReceived(tracking=intent.tracking)


def handlers_with(*card: Binding) -> Handlers:
    """Return the warehouse and the courier, beside a card service.

    Args:
        card: Who charges cards, and who refunds them.
    """
    return Handlers(
        *card,
        ReserveStock.handled_by(reserve_stock),
        PickLines.handled_by(pick_lines),
        HandOverParcel.handled_by(hand_over_parcel),
        FollowParcel.handled_by(follow_parcel),
    )


handlers = handlers_with(ChargeCard.handled_by(charge_card), RefundCard.handled_by(refund_card))
