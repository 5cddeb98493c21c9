"""The words of the small order: ids, what is asked, what has happened, what is to be done.

What may never be here: a state.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from telic import Command, Fact, Intent, TypedId, Value


class OrderId(TypedId):
    """Names one order."""


class Sku(TypedId):
    """Names one article."""


class TrackingNumber(TypedId):
    """Names one parcel on its way."""


class OrderLine(Value):
    """So many of one article, at a price each."""

    sku: Sku
    quantity: int
    price: Decimal


class OrderKind(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    RESERVING = "reserving"
    SHIPPING = "shipping"
    SHIPPED = "shipped"
    CANCELLING = "cancelling"
    REFUNDING = "refunding"
    CANCELLED = "cancelled"


class PlaceOrder(Command):
    order_id: OrderId
    lines: tuple[OrderLine, ...]


class CancelOrder(Command):
    reason: str


class PaymentOverdue(Fact):
    """Nobody has paid in time."""


class CardCharged(Fact):
    order_id: OrderId


class CardDeclined(Fact):
    order_id: OrderId


class StockReserved(Fact):
    order_id: OrderId


class StockMissing(Fact):
    order_id: OrderId


class ParcelShipped(Fact):
    tracking: TrackingNumber


class CardRefunded(Fact):
    order_id: OrderId


class ChargeCard(Intent[CardCharged | CardDeclined]):
    order_id: OrderId
    amount: Decimal


class ReserveStock(Intent[StockReserved | StockMissing]):
    order_id: OrderId
    lines: tuple[OrderLine, ...]


class ShipParcel(Intent[ParcelShipped]):
    order_id: OrderId


class RefundCard(Intent[CardRefunded]):
    order_id: OrderId
    amount: Decimal


OrderEvent: TypeAlias = (
    PlaceOrder
    | CancelOrder
    | PaymentOverdue
    | CardCharged
    | CardDeclined
    | StockReserved
    | StockMissing
    | ParcelShipped
    | CardRefunded
)
