"""The side of Automat: a typed machine, built for each order around the order as its core.

What may never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import version
from typing import Any, Protocol

from automat import TypeMachineBuilder

from tests.bench.peers.answering import answered, timed
from tests.bench.peers.orders import AMOUNT, Order, new_orders


class Orders(Protocol):
    """What can be done with an order."""

    def pay(self, amount: Decimal) -> None:
        """Pay it."""

    def call(self) -> None:
        """Note a call."""

    def ship(self) -> None:
        """Send it."""


builder = TypeMachineBuilder(Orders, Order)
new = builder.state("new")
paid = builder.state("paid")
shipped = builder.state("shipped")


@new.upon(Orders.pay).to(paid)
def charge(orders: Orders, order: Order, amount: Decimal) -> None:
    """Ask for the money."""
    order.charge(amount)


new.upon(Orders.call).loop().returns(None)
paid.upon(Orders.ship).to(shipped).returns(None)
started = builder.build()


def carry_out(asked: dict[str, Any]) -> dict[str, Any]:
    """Pay orders, one after the other."""
    orders = new_orders(asked["count"])
    machines = [started(order) for order in orders]
    with timed() as clock:
        for machine in machines:
            machine.pay(AMOUNT)
    assert all(order.intent is not None and order.intent.amount == AMOUNT for order in orders)
    return clock.told


if __name__ == "__main__":
    answered(version("automat"), carry_out)
