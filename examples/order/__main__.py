"""Run four orders on a SQLite file, and print what became of each.

``python -m examples.order``
"""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

import anyio

from examples.order.handlers import handlers
from examples.order.lost_answer import build
from examples.order.machine import order
from examples.order.vocabulary import CancelOrder, OrderId, OrderLine, PlaceOrder, Sku
from telic import System, TelicError, Worker, WorkflowId, WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase

CARTS = {
    "book": ("book", 2, "12.50"),
    "piano": ("piano", 1, "4200"),
    "lamp": ("lamp", 1, "80"),
    "chair": ("chair", 4, "45"),
}


async def run(path: Path) -> dict[str, list[str]]:
    """Place the orders, cancel one while its card is being charged, and drain the outbox.

    Returns:
        For each order, the kinds of the states that its journal names.
    """
    async with SqliteDatabase(path) as database:
        store = database.store(order)
        runtime = WorkflowRuntime(machine=order, store=store)
        for name, (sku, quantity, price) in CARTS.items():
            line = OrderLine(sku=Sku(sku), quantity=quantity, price=Decimal(price))
            await runtime.run_step(WorkflowId(name), PlaceOrder(order_id=OrderId(name), lines=(line,)))
        await runtime.run_step(WorkflowId("chair"), CancelOrder(reason="found a cheaper one"))
        await Worker(System(runtimes=[runtime], handlers=handlers)).drain()
        return {name: [entry.kind for entry in await store.journal(WorkflowId(name))] for name in CARTS}


async def main() -> None:
    """Print the story of each order, and what telic says of the shortcut."""
    with tempfile.TemporaryDirectory() as folder:
        for name, kinds in (await run(Path(folder) / "orders.sqlite")).items():
            print(f"{name:8}{' -> '.join(kinds)}")
    try:
        build()
    except TelicError as error:
        print(f"\n{error}")


if __name__ == "__main__":
    anyio.run(main)
