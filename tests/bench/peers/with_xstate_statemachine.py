"""The side of xstate-statemachine: one definition for all orders, and an interpreter for each.

What may never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import asyncio
import logging
from importlib.metadata import version
from typing import Any

from xstate_statemachine import Interpreter, MachineLogic, SyncInterpreter, create_machine

from tests.bench.peers.answering import answered, timed
from tests.bench.peers.orders import AMOUNT, new_orders


def charge(interpreter: Any, context: dict[str, Any], event: Any, action: Any) -> None:
    """Ask for the money."""
    context["order"].charge(event.payload["amount"])


def machine() -> Any:
    """Return the definition of an order; what an order is, its creation gives."""
    config = {
        "id": "order",
        "initial": "new",
        "context": lambda given: {"order": given["input"]},
        "states": {
            "new": {"on": {"PAY": {"target": "paid", "actions": ["charge"]}, "CALL": {}}},
            "paid": {"on": {"SHIP": "shipped"}},
            "shipped": {"type": "final"},
        },
    }
    return create_machine(config, logic=MachineLogic(actions={"charge": charge}))


def in_turn(count: int) -> dict[str, Any]:
    """Pay orders, one after the other."""
    definition, orders = machine(), new_orders(count)
    running: list[Any] = [SyncInterpreter(definition, input=order).start() for order in orders]
    with timed() as clock:
        for one in running:
            one.send("PAY", amount=AMOUNT)
    _check(running)
    return clock.told


async def in_loop(count: int) -> dict[str, Any]:
    """Pay orders, one after the other, each awaited until it is processed."""
    definition, orders = machine(), new_orders(count)
    running: list[Any] = [await Interpreter(definition, input=order).start() for order in orders]
    with timed() as clock:
        for one in running:
            await one.send("PAY", amount=AMOUNT, wait=True)
    _check(running)
    for one in running:
        await one.stop()
    return clock.told


def _check(running: list[Any]) -> None:
    assert all(one.current_state_ids == {"order.paid"} for one in running)
    assert all(one.context["order"].intent.amount == AMOUNT for one in running)


def carry_out(asked: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked."""
    return asyncio.run(in_loop(asked["count"])) if asked["mode"] == "async" else in_turn(asked["count"])


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    answered(version("xstate-statemachine"), carry_out)
