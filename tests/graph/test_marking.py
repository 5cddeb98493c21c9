"""Marks: taken from an instance as it is stored, and from its journal."""

from decimal import Decimal

import pytest

from telic import WorkflowId, WorkflowRuntime
from telic.graph import marks_of, sequence
from telic.kernel.snapshot import Status
from telic.stores.memory import MemoryStore
from tests.small_order.machine import order
from tests.small_order.vocabulary import CardCharged, OrderId, OrderLine, PlaceOrder, Sku

ID = WorkflowId("o1")


@pytest.fixture
async def store(anyio_backend):
    store = MemoryStore(order)
    runtime = WorkflowRuntime(machine=order, store=store)
    line = OrderLine(sku=Sku("book"), quantity=1, price=Decimal(12))
    await runtime.run_step(ID, PlaceOrder(order_id=OrderId("o1"), lines=(line,)))
    placed = await runtime.load(ID)
    assert placed is not None
    (charge,) = placed.open
    await runtime.run_step(ID, CardCharged(order_id=OrderId("o1")), answers=charge)
    return store


async def test_an_instance_is_marked_with_its_way_and_with_what_it_waits_for(store):
    marks = marks_of(order, await store.load(ID), await store.journal(ID))
    assert marks.current == {"OrderReserving"}
    assert marks.visited == {"OrderAwaitingPayment", "OrderReserving"}
    assert marks.taken == {("OrderAwaitingPayment", "OrderReserving")}
    assert marks.waiting == ("ReserveStock",)
    assert marks.status is Status.RUNNING


async def test_a_journal_is_a_sequence_of_messages(store):
    drawn = sequence(order, await store.journal(ID))
    assert drawn.text().splitlines() == [
        "order",
        "  People -> order: PlaceOrder",
        "  (OrderAwaitingPayment)",
        "  Outside --> order: CardCharged",
        "  (OrderReserving)",
    ]
