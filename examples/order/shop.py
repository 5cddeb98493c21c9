"""The shop: what it sells, and its two machines over one database.

What may never be here: what a command of the example prints.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examples.order.card import CardService
from examples.order.handlers import handlers
from examples.order.machine import OrderState, order
from examples.order.parcel import parcel
from examples.order.vocabulary import A_DAY, TWO_DAYS, OrderEvent, OrderId, OrderLine, PlaceOrder, Sku
from telic import Handlers, System, WorkflowId, WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from telic.kernel.journal import JournalEntry
    from telic.stores.postgres import PostgresDatabase

CARTS = {
    "book": (2, "12.50"),
    "piano": (1, "4200"),
    "yacht": (1, "95000"),
    "lamp": (1, "80"),
    "vase": (1, "60"),
    "chair": (4, "45"),
}
"""What people buy, by the name of the article: how many, and the price of each."""


def placing(name: str, approve_within_seconds: int = A_DAY, pay_within_seconds: int = TWO_DAYS) -> PlaceOrder:
    """Return what asks for the order of a name: everybody buys one sort of article."""
    quantity, price = CARTS[name]
    line = OrderLine(sku=Sku(name), quantity=quantity, price=Decimal(price))
    return PlaceOrder(
        order_id=OrderId(name),
        lines=(line,),
        approve_within_seconds=approve_within_seconds,
        pay_within_seconds=pay_within_seconds,
    )


class Shop(NamedTuple):
    """The two machines over one database.

    Attributes:
        system: What workers and people serve.
        orders: The orders.
        journals: What reads the journal of an instance, by the name of its machine.
    """

    system: System
    orders: WorkflowRuntime[OrderState, OrderEvent]
    journals: Mapping[str, Callable[[WorkflowId], Awaitable[tuple[JournalEntry, ...]]]]

    async def kinds(self, machine: str, id: WorkflowId) -> list[str]:
        """Return the kinds of the states that an instance has come through, as its journal names them."""
        return [kind for kind, _ in groupby(entry.kind for entry in await self.journals[machine](id))]


def on(database: SqliteDatabase | PostgresDatabase, outside: Handlers = handlers) -> Shop:
    """Return the shop over a database.

    Args:
        database: Where orders and parcels are kept.
        outside: Who carries out what they ask for.
    """
    order_store, parcel_store = database.store(order), database.store(parcel)
    orders = WorkflowRuntime(machine=order, store=order_store)
    parcels = WorkflowRuntime(machine=parcel, store=parcel_store)
    return Shop(
        system=System(runtimes=[orders, parcels], handlers=outside),
        orders=orders,
        journals={"order": order_store.journal, "parcel": parcel_store.journal},
    )


@asynccontextmanager
async def opened(store: str, folder: Path) -> AsyncGenerator[Shop, None]:
    """Open the database of a shop, with a card service that keeps a ledger.

    Args:
        store: ``sqlite:///file.db`` or ``postgresql://...``.
        folder: Where the ledger is.
    """
    outside = CardService(folder).handlers()
    if store.startswith("sqlite:///"):
        path = Path(store.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        async with SqliteDatabase(path) as file:
            yield on(file, outside)
    else:
        from telic.stores.postgres import PostgresDatabase  # needs a driver that not everybody has

        async with PostgresDatabase(store) as server:
            yield on(server, outside)
