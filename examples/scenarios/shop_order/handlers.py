"""The outside of the shop order: a card service, a warehouse, a printer and a mailbox, made up.

What may never be here: a decision about an order.
"""

from __future__ import annotations

from examples.scenarios.shop_order.vocabulary import (
    CardCharged,
    CardDeclined,
    ChargeCard,
    ItemMissing,
    ItemReserved,
    LabelPrinted,
    PaymentRefunded,
    PaymentVoided,
    PrintLabel,
    RefundPayment,
    ReleaseStock,
    ReserveItem,
    SendApology,
    SendNotice,
    Sku,
    StockReleased,
    VoidPayment,
)
from telic import Call, Handlers

CARD_LIMIT = 500
SOLD_OUT = frozenset({Sku("lamp")})


async def charge_card(intent: ChargeCard, call: Call) -> CardCharged | CardDeclined:
    """Charge up to the limit of the card."""
    if intent.amount > CARD_LIMIT:
        return CardDeclined(payment_id=intent.payment_id, reason="over the limit of the card")
    return CardCharged(payment_id=intent.payment_id)


async def void_payment(intent: VoidPayment, call: Call) -> PaymentVoided:
    """Void whatever was charged under this name."""
    return PaymentVoided(payment_id=intent.payment_id)


async def reserve_item(intent: ReserveItem, call: Call) -> ItemReserved | ItemMissing:
    """Hold an item back, under the name that came with the intent."""
    return ItemMissing(sku=intent.sku) if intent.sku in SOLD_OUT else ItemReserved(sku=intent.sku)


async def print_label(intent: PrintLabel, call: Call) -> LabelPrinted:
    """Print the number that was drawn for the order."""
    return LabelPrinted(tracking=intent.tracking)


async def release_stock(intent: ReleaseStock, call: Call) -> StockReleased:
    """Let go of what is held back."""
    return StockReleased(order_id=intent.order_id)


async def refund_payment(intent: RefundPayment, call: Call) -> PaymentRefunded:
    """Give the money back."""
    return PaymentRefunded(payment_id=intent.payment_id)


async def write_mail(intent: SendNotice | SendApology, call: Call) -> None:
    """Write to the customer."""


handlers = Handlers(
    ChargeCard.handled_by(charge_card),
    VoidPayment.handled_by(void_payment),
    ReserveItem.handled_by(reserve_item),
    PrintLabel.handled_by(print_label),
    ReleaseStock.handled_by(release_stock),
    RefundPayment.handled_by(refund_payment),
    SendNotice.handled_by(write_mail),
    SendApology.handled_by(write_mail),
)
