"""The side of Burr: an application for each order, whose next action takes the payment as its input.

What may never be here: an import of telic, or of what this environment has not.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from burr.core import Application, ApplicationBuilder, Graph, GraphBuilder, State, action

from tests.bench.peers.answering import answered, timed
from tests.bench.peers.orders import AMOUNT, ChargeCard, new_order


@action(reads=["order"], writes=["intent"])
def pay(state: State, amount: Decimal) -> State:
    """Ask for the money."""
    return state.update(intent=ChargeCard(state["order"].order_id, amount, "invoice"))


@action(reads=["order"], writes=["intent"])
async def pay_in_loop(state: State, amount: Decimal) -> State:
    """Ask for the money."""
    return state.update(intent=ChargeCard(state["order"].order_id, amount, "invoice"))


@action(reads=[], writes=["intent"])
def ship(state: State) -> State:
    """Send it."""
    return state.update(intent=None)


def graph(paying: Any) -> Graph:
    """Return what can happen to an order."""
    return GraphBuilder().with_actions(pay=paying, ship=ship).with_transitions(("pay", "ship")).build()


def applications(paying: Any, count: int) -> list[Application[Any]]:
    """Return orders that nobody has paid."""
    common = graph(paying)
    return [
        ApplicationBuilder()
        .with_graph(common)
        .with_state(order=new_order(number), intent=None)
        .with_entrypoint("pay")
        .build()
        for number in range(count)
    ]


def in_turn(count: int) -> dict[str, Any]:
    """Pay orders, one after the other."""
    running = applications(pay, count)
    with timed() as clock:
        for one in running:
            one.step(inputs={"amount": AMOUNT})
    assert all(one.state["intent"].amount == AMOUNT for one in running)
    return clock.told


async def in_loop(count: int) -> dict[str, Any]:
    """Pay orders, one after the other, each awaited."""
    running = applications(pay_in_loop, count)
    with timed() as clock:
        for one in running:
            await one.astep(inputs={"amount": AMOUNT})
    assert all(one.state["intent"].amount == AMOUNT for one in running)
    return clock.told


def carry_out(asked: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked."""
    return asyncio.run(in_loop(asked["count"])) if asked["mode"] == "async" else in_turn(asked["count"])


if __name__ == "__main__":
    answered(version("apache-burr"), carry_out)
