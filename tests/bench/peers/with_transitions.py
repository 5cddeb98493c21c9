"""The side of transitions: one machine for all orders, and orders as its models.

What may never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from transitions import Machine
from transitions.extensions.asyncio import AsyncMachine

from tests.bench.peers.answering import answered, timed
from tests.bench.peers.orders import AMOUNT, Order, new_orders

STATES = ["new", "paid", "shipped"]
MOVES: list[dict[str, Any]] = [
    {"trigger": "pay", "source": "new", "dest": "paid", "before": "charge"},
    {"trigger": "call", "source": "new", "dest": None},
    {"trigger": "ship", "source": "paid", "dest": "shipped"},
]


class AsyncOrder(Order):
    """An order whose callbacks are awaited."""

    async def charge(self, amount: Decimal) -> None:  # type: ignore[override]
        """Ask for the money."""
        super().charge(amount)


def in_turn(count: int) -> dict[str, Any]:
    """Pay orders, one after the other."""
    orders: list[Any] = new_orders(count)
    Machine(model=orders, states=STATES, transitions=MOVES, initial="new", auto_transitions=False)
    with timed() as clock:
        for order in orders:
            order.pay(AMOUNT)
    assert all(order.state == "paid" and order.intent.amount == AMOUNT for order in orders)
    return clock.told


async def in_loop(count: int) -> dict[str, Any]:
    """Pay orders, one after the other, each awaited."""
    orders: list[Any] = [AsyncOrder(**vars(one)) for one in new_orders(count)]
    AsyncMachine(model=orders, states=STATES, transitions=MOVES, initial="new", auto_transitions=False)
    with timed() as clock:
        for order in orders:
            await order.pay(AMOUNT)
    assert all(order.state == "paid" and order.intent.amount == AMOUNT for order in orders)
    return clock.told


def carry_out(asked: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked."""
    return asyncio.run(in_loop(asked["count"])) if asked["mode"] == "async" else in_turn(asked["count"])


if __name__ == "__main__":
    answered(version("transitions"), carry_out)
