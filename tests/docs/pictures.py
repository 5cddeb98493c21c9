"""The pictures in the docs: ``python -m tests.docs.pictures`` draws them anew.

What may never be here: a picture that was drawn by hand.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import anyio

from examples.loan.machine import loan
from examples.order.machine import order
from examples.order.vocabulary import CardCharged, OrderId, OrderLine, PlaceOrder, Sku
from examples.signup.machine import signup
from telic import WorkflowId, WorkflowRuntime
from telic.graph import marks_of, sequence, svg
from telic.stores.memory import MemoryStore
from tests.graph.fulfilment import fulfilment

HOME = Path(__file__).parents[2] / "docs/pictures"


async def _paid() -> tuple[str, str]:
    """Draw an order that is paid, and what happened to it."""
    store = MemoryStore(order)
    runtime = WorkflowRuntime(machine=order, store=store)
    id = WorkflowId("o-1")
    line = OrderLine(sku=Sku("book"), quantity=1, price=Decimal(12))
    await runtime.run_step(id, PlaceOrder(order_id=OrderId("o-1"), lines=(line,)))
    snapshot = await runtime.load(id)
    assert snapshot is not None
    await runtime.run_step(id, CardCharged(order_id=OrderId("o-1")), answers=next(iter(snapshot.open)))
    snapshot = await runtime.load(id)
    assert snapshot is not None
    journal = await store.journal(id)
    return svg(order, marks=marks_of(order, snapshot, journal)), sequence(order, journal).svg()


PICTURES: Mapping[str, Callable[[], str]] = {
    "order.svg": lambda: svg(order),
    "order-instance.svg": lambda: anyio.run(_paid)[0],
    "order-sequence.svg": lambda: anyio.run(_paid)[1],
    "signup.svg": lambda: svg(signup),
    "loan.svg": lambda: svg(loan),
    "fulfilment.svg": lambda: svg(fulfilment),
}


def main() -> None:
    """Write every picture."""
    HOME.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (HOME / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
