"""The short story: one order of each sort, on one SQLite file, in one process.

What may never be here: what takes a second process; see ``counter``.
"""

from __future__ import annotations

from pathlib import Path

from examples.order.shop import CARTS, on, placing
from examples.order.vocabulary import CancelOrder, DecideOrder
from telic import Worker, WorkflowId
from telic.shell.tasks import Inbox
from telic.stores.sqlite import SqliteDatabase


async def run(path: Path) -> dict[str, list[str]]:
    """Place the orders, approve the large ones, cancel one while its card is being charged, and drain the outbox.

    Returns:
        For each order, the kinds of the states that its journal names.
    """
    async with SqliteDatabase(path) as database:
        shop = on(database)
        for name in CARTS:
            await shop.orders.run_step(WorkflowId(name), placing(name))
        inbox = Inbox(shop.system)
        for task in (await inbox.tasks(groups=("sales",))).items:
            await inbox.complete(task, DecideOrder(approved=True), actor="ann", groups=("sales",))
        await shop.orders.run_step(WorkflowId("chair"), CancelOrder(reason="found a cheaper one"))
        await Worker(shop.system).drain()
        return {name: await shop.kinds("order", WorkflowId(name)) for name in CARTS}
