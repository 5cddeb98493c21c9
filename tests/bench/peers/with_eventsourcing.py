"""The side of eventsourcing: an aggregate, alone, or kept by an application in memory or in a file.

With a file the application writes a log ahead, and each of its commits is on disk: so SQLite does
where nobody says otherwise. What may never be here: an import of telic, or of what this
environment has not.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from tests.bench.peers.answering import answered, timed
from tests.bench.peers.orders import AMOUNT, new_order


class Order(Aggregate):
    """An order, with its lines as plain pairs, for which the library has a way to write them."""

    @event("Begun")
    def __init__(
        self, order_id: str, customer: str, lines: list[list[str]], total: Decimal, placed_at: datetime
    ) -> None:
        """Begin it."""
        self.order_id = order_id
        self.customer = customer
        self.lines = lines
        self.total = total
        self.placed_at = placed_at
        self.status = "new"
        self.calls = 0

    @event("Paid")
    def pay(self, amount: Decimal, reference: str) -> None:
        """Ask for the money: the event itself says so."""
        if self.status != "new":
            raise ValueError(self.status)
        self.status = "paid"
        self.charged = (amount, reference)


class Orders(Application[UUID]):
    """Orders that are kept."""

    def begin(self, number: int) -> UUID:
        """Keep a new order."""
        order = begun(number)
        self.save(order)
        return order.id

    def pay(self, id: UUID, amount: Decimal) -> None:
        """Read an order, pay it, and keep what happened."""
        order: Order = self.repository.get(id)
        order.pay(amount, "invoice")
        self.save(order)

    def paid(self, id: UUID) -> bool:
        """Say whether it is paid."""
        order: Order = self.repository.get(id)
        return order.status == "paid" and order.charged[0] == AMOUNT


def begun(number: int) -> Order:
    """Return a new order."""
    given = new_order(number)
    lines = [[line.sku, str(line.price)] for line in given.lines]
    return Order(given.order_id, given.customer, lines, given.total, given.placed_at)


def alone(count: int) -> dict[str, Any]:
    """Pay orders that nobody keeps."""
    orders = [begun(number) for number in range(count)]
    with timed() as clock:
        for order in orders:
            order.pay(AMOUNT, "invoice")
    assert all(order.status == "paid" for order in orders)
    return clock.told


def kept(environment: dict[str, str], count: int) -> dict[str, Any]:
    """Pay orders that are kept."""
    orders = Orders(env=environment)
    ids = [orders.begin(number) for number in range(count)]
    with timed() as clock:
        for id in ids:
            orders.pay(id, AMOUNT)
    assert orders.paid(ids[-1])
    orders.close()
    return clock.told


def carry_out(asked: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked."""
    if asked["mode"] == "aggregate":
        return alone(asked["count"])
    environment: dict[str, str] = {}
    if asked.get("path"):
        environment = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": asked["path"]}
    if asked["mode"] == "cached":  # nobody else writes here, so the library may trust what it remembers
        environment |= {
            "AGGREGATE_CACHE_MAXSIZE": str(2 * asked["count"]),
            "AGGREGATE_CACHE_FASTFORWARD": "n",
            "DEEPCOPY_FROM_AGGREGATE_CACHE": "n",
        }
    return kept(environment, asked["count"])


if __name__ == "__main__":
    answered(version("eventsourcing"), carry_out)
