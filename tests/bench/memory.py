"""A step on the memory store, beside the bare transition that it cannot do without.

The bare side builds the same validated state and intent. Each instance takes one step, so
nothing grows but the number of instances.
"""

from __future__ import annotations

from telic.stores.memory import MemoryStore
from tests.bench.measure import BEGIN, NEW, PAY, Orders, Rounds, Row, at_most, in_turn, numbered, send
from tests.bench.order import order


async def memory(rounds: Rounds, count: int, *, named: bool = False, kept: bool = False) -> Row:
    """Compare steps with bare transitions.

    Args:
        rounds: How often.
        count: How many instances.
        named: Give each event an id of its own.
        kept: The bare side keeps what it makes, as a store has to.
    """
    ids = numbered(0, count)
    ratios: list[float] = []
    for number in rounds.numbers():
        orders = Orders(machine=order, store=MemoryStore(order))
        await send(orders, ids, BEGIN, 1)
        held: list[object] = []

        def bare(held: list[object] = held) -> None:
            if kept:
                held.extend([NEW.pay(PAY) for _ in ids])
            else:
                for _ in ids:
                    NEW.pay(PAY)

        telic, alone = await in_turn(number, lambda: send(orders, ids, PAY, 1, named=named), bare)  # noqa: B023
        ratios.append(telic / alone)
    if named:
        return Row("memory: a step with an event id / bare transition", ratios)
    if kept:
        return Row("memory: a step / bare transition, its result kept", ratios)
    return Row("memory: a step / bare transition", ratios, at_most(2))
