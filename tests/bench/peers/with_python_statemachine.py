"""The side of python-statemachine: a machine for each order, with the order as its model.

What may never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from statemachine import State, StateMachine

from tests.bench.peers.answering import answered, timed
from tests.bench.peers.orders import AMOUNT, Order, new_orders


class OrderMachine(StateMachine):
    """An order that is paid, and sent."""

    new = State(initial=True)
    paid = State()
    shipped = State(final=True)

    pay = new.to(paid)
    call = new.to.itself(internal=True)
    ship = paid.to(shipped)

    def on_pay(self, amount: Decimal) -> None:
        """Ask for the money."""
        self.model.charge(amount)


class AsyncOrderMachine(StateMachine):
    """The same, with a callback that is awaited: the engine is the asynchronous one then."""

    new = State(initial=True)
    paid = State()
    shipped = State(final=True)

    pay = new.to(paid)
    call = new.to.itself(internal=True)
    ship = paid.to(shipped)

    async def on_pay(self, amount: Decimal) -> None:
        """Ask for the money."""
        self.model.charge(amount)


def in_turn(count: int) -> dict[str, Any]:
    """Pay orders, one after the other."""
    orders = new_orders(count)
    machines: list[Any] = [OrderMachine(model=order) for order in orders]
    with timed() as clock:
        for machine in machines:
            machine.pay(AMOUNT)
    _check(machines, orders)
    return clock.told


async def in_loop(count: int) -> dict[str, Any]:
    """Pay orders, one after the other, each awaited."""
    orders = new_orders(count)
    machines: list[Any] = [AsyncOrderMachine(model=order) for order in orders]
    for machine in machines:
        await machine.activate_initial_state()
    with timed() as clock:
        for machine in machines:
            await machine.pay(AMOUNT)
    _check(machines, orders)
    return clock.told


def _check(machines: list[Any], orders: list[Order]) -> None:
    assert all(machine.paid.is_active for machine in machines)
    assert all(order.intent is not None and order.intent.amount == AMOUNT for order in orders)


def carry_out(asked: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked."""
    return asyncio.run(in_loop(asked["count"])) if asked["mode"] == "async" else in_turn(asked["count"])


if __name__ == "__main__":
    answered(version("python-statemachine"), carry_out)
