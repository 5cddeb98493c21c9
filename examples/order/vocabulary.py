"""The words of the order: ids, what is asked, what has happened, what is to be done.

The parcel has words of its own, see ``parcel``; how it ends is said here, since that is what
the order hears. What may never be here: a state.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import Field

from telic import Command, Fact, Intent, TypedId, Value

A_DAY, TWO_DAYS, A_MONTH = 86_400, 172_800, 2_592_000
Seconds: TypeAlias = Annotated[int, Field(ge=1, le=A_MONTH)]


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
    AWAITING_APPROVAL = "awaiting_approval"
    ESCALATED = "escalated"
    AWAITING_PAYMENT = "awaiting_payment"
    RESERVING = "reserving"
    SHIPPING = "shipping"
    SHIPPED = "shipped"
    CANCELLING = "cancelling"
    REFUNDING = "refunding"
    CANCELLED = "cancelled"


# ------------------------------------------------------------------------------ what is asked


class PlaceOrder(Command):
    order_id: OrderId
    lines: tuple[OrderLine, ...]
    approve_within_seconds: Seconds = A_DAY
    pay_within_seconds: Seconds = TWO_DAYS


class DecideOrder(Command):
    """What a person says of a large order: the form of a task."""

    approved: bool


class CancelOrder(Command):
    reason: str


# -------------------------------------------------------------------------- what has happened


class ApprovalOverdue(Fact):
    """Nobody has decided in time."""


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
    """The parcel has come to its recipient."""

    tracking: TrackingNumber


class ParcelLost(Fact):
    """The parcel has come to nobody."""

    tracking: TrackingNumber


class CardRefunded(Fact):
    order_id: OrderId


# ------------------------------------------------------------------------- what is to be done


class ChargeCard(Intent[CardCharged | CardDeclined]):
    order_id: OrderId
    amount: Decimal


class ReserveStock(Intent[StockReserved | StockMissing]):
    order_id: OrderId
    lines: tuple[OrderLine, ...]


class RefundCard(Intent[CardRefunded]):
    order_id: OrderId
    amount: Decimal


OrderEvent: TypeAlias = (
    PlaceOrder
    | DecideOrder
    | CancelOrder
    | ApprovalOverdue
    | PaymentOverdue
    | CardCharged
    | CardDeclined
    | StockReserved
    | StockMissing
    | ParcelShipped
    | ParcelLost
    | CardRefunded
)
