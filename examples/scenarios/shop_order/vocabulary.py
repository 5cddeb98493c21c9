"""The words of the shop order: ids, what is asked for, what has happened, what is to be done.

What may never be here: when any of it happens; see ``machine`` and ``payment``.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Never, TypeAlias

from pydantic import Field

from telic import Command, Fact, Intent, TypedId, Value
from telic.kernel.retry import Retry


class OrderId(TypedId):
    """Names one order."""


class CustomerId(TypedId):
    """Names one customer."""


class Sku(TypedId):
    """Names one article."""


class PaymentId(TypedId):
    """Names one payment, before the card is touched: who gives up can void it by this name."""


class ReservationId(TypedId):
    """Names one item that is held back in the warehouse."""


class TrackingNumber(TypedId):
    """What the customer follows the parcel with."""


class Item(Value):
    sku: Sku
    quantity: Annotated[int, Field(ge=1)]
    price: Decimal


class CleanUp(StrEnum):
    """What is left to do for an order that has failed."""

    RELEASE_STOCK = "release_stock"
    REFUND_PAYMENT = "refund_payment"


# The payment: a machine of its own.


class BeginPayment(Command):
    order_id: OrderId
    amount: Decimal


class CardCharged(Fact):
    payment_id: PaymentId


class CardDeclined(Fact):
    payment_id: PaymentId
    reason: str


class PaymentVoided(Fact):
    payment_id: PaymentId


class ChargeCard(Intent[CardCharged | CardDeclined], retry=Retry(max_attempts=4, base_delay=timedelta(seconds=2))):
    payment_id: PaymentId
    amount: Decimal


class VoidPayment(Intent[PaymentVoided]):
    """Take back what was charged under this name, and let nothing more be charged under it."""

    payment_id: PaymentId


class PaymentTaken(Fact):
    """What the order receives of a payment that went well."""

    payment_id: PaymentId


class PaymentRefused(Fact):
    """What it receives of one that did not: nothing was taken, or it was given back."""

    reason: str


PaymentEvent: TypeAlias = BeginPayment | CardCharged | CardDeclined | PaymentVoided


# The order.


class PlaceOrder(Command):
    order_id: OrderId
    customer_id: CustomerId | None = None
    items: tuple[Item, ...] = ()


class ItemReserved(Fact):
    sku: Sku


class ItemMissing(Fact):
    sku: Sku


class LabelPrinted(Fact):
    tracking: TrackingNumber


class NoticeDue(Fact):
    """An hour has gone by since the label was printed."""


class StockReleased(Fact):
    order_id: OrderId


class PaymentRefunded(Fact):
    payment_id: PaymentId


class ReserveItem(Intent[ItemReserved | ItemMissing]):
    order_id: OrderId
    sku: Sku
    quantity: int
    reservation_id: ReservationId


class PrintLabel(Intent[LabelPrinted]):
    order_id: OrderId
    tracking: TrackingNumber


class SendNotice(Intent[Never]):
    customer_id: CustomerId
    tracking: TrackingNumber


class ReleaseStock(Intent[StockReleased]):
    """Let go of all that is, or comes to be, held back for an order."""

    order_id: OrderId


class RefundPayment(Intent[PaymentRefunded]):
    payment_id: PaymentId


class SendApology(Intent[Never]):
    customer_id: CustomerId
    reason: str


OrderEvent: TypeAlias = (
    PlaceOrder
    | PaymentTaken
    | PaymentRefused
    | ItemReserved
    | ItemMissing
    | LabelPrinted
    | NoticeDue
    | StockReleased
    | PaymentRefunded
)
