"""The order of the comparisons as plain data: what telic keeps of one, and what paying asks for.

What may never be here: an import of telic, or of any engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

__all__ = ["AMOUNT", "ORDER", "ChargeCard", "Line", "Order", "new_order", "new_orders"]

AMOUNT = Decimal("13.7")

# The same order as JSON, for engines whose steps take and return that.
ORDER: dict[str, object] = {
    "order_id": "o-1",
    "customer": "c-1",
    "lines": [{"sku": "book", "price": "12.5"}, {"sku": "pen", "price": "1.2"}],
    "total": "13.7",
    "placed_at": "2026-01-01T00:00:00Z",
    "calls": 0,
}


@dataclass(slots=True)
class Line:
    """One line of an order."""

    sku: str
    price: Decimal


@dataclass(slots=True)
class ChargeCard:
    """What a payment asks for."""

    order_id: str
    amount: Decimal
    reference: str


@dataclass
class Order:
    """An order, with room for what an engine keeps on it; nothing of it is validated."""

    order_id: str
    customer: str
    lines: tuple[Line, ...]
    total: Decimal
    placed_at: datetime
    calls: int = 0
    intent: ChargeCard | None = None

    def charge(self, amount: Decimal) -> None:
        """Ask for the money."""
        self.intent = ChargeCard(self.order_id, amount, "invoice")


def new_order(number: int) -> Order:
    """Return an order that nobody has paid."""
    lines = (Line("book", Decimal("12.5")), Line("pen", Decimal("1.2")))
    return Order(f"o-{number}", "c-1", lines, AMOUNT, datetime(2026, 1, 1, tzinfo=UTC))


def new_orders(count: int) -> list[Order]:
    """Return so many of them."""
    return [new_order(number) for number in range(count)]
