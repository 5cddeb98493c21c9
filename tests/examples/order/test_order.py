"""The order example: every story ends where it should, and the shortcut is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from examples.order.__main__ import main, run
from examples.order.lost_answer import build
from examples.order.machine import OrderCancelled, OrderCancelling, order
from examples.order.vocabulary import (
    CardDeclined,
    OrderId,
    OrderLine,
    PaymentOverdue,
    PlaceOrder,
    Sku,
)
from telic import TelicError, WorkflowId, WorkflowRuntime
from telic.kernel.errors import DefinitionError
from telic.kernel.results import Rejected
from telic.kernel.values import WaitKey
from telic.stores.memory import MemoryStore

PLACED = datetime(2026, 3, 1, tzinfo=UTC)
LINE = OrderLine(sku=Sku("book"), quantity=1, price=Decimal(10))
STORIES = {
    "book": ["awaiting_payment", "reserving", "shipping", "shipped"],
    "piano": ["awaiting_payment", "cancelled"],
    "lamp": ["awaiting_payment", "reserving", "refunding", "cancelled"],
    "chair": ["awaiting_payment", "cancelling", "refunding", "cancelled"],
}


async def test_each_order_takes_its_way_on_a_sqlite_file(tmp_path):
    assert await run(tmp_path / "orders.sqlite") == STORIES


async def test_the_run_prints_the_stories_and_the_refused_machine(capsys):
    await main()
    printed = capsys.readouterr().out
    assert "chair   awaiting_payment -> cancelling -> refunding -> cancelled" in printed
    assert "machine 'order_with_a_shortcut' has 2 faults:" in printed


def test_a_cancellation_that_does_not_wait_for_the_card_is_refused_with_the_way_there():
    with pytest.raises(DefinitionError) as caught:
        build()
    charged, declined = (str(fault) for fault in caught.value.faults)
    assert charged == (
        "Cancelled: expected CardCharged (an answer to ChargeCard) to be handled or ignored, got a state "
        "that would drop it: --PlaceOrder--> AwaitingPayment --CancelOrder--> Cancelled; do add a state "
        "before Cancelled that waits for it, or ignores = (Ignores(CardCharged, why=...),)"
    )
    assert declined.startswith("Cancelled: expected CardDeclined")
    assert isinstance(caught.value, TelicError)


async def test_an_order_without_lines_is_rejected():
    runtime = WorkflowRuntime(machine=order, store=MemoryStore(order))
    result = await runtime.run_step(WorkflowId("o"), PlaceOrder(order_id=OrderId("o"), lines=()))
    assert isinstance(result, Rejected)
    assert result.reasons == ("an order has at least one line",)


async def test_an_order_that_nobody_pays_waits_for_the_card_before_it_is_cancelled():
    runtime = WorkflowRuntime(machine=order, store=MemoryStore(order))
    id = WorkflowId("o")
    placed = await runtime.run_step(id, PlaceOrder(order_id=OrderId("o"), lines=(LINE,)), now=PLACED)
    key = WaitKey("PaymentOverdue")
    late = await runtime.run_step(id, PaymentOverdue(), wait=key, now=PLACED + timedelta(hours=48))
    assert isinstance(late.state, OrderCancelling)
    settled = await runtime.answer(placed.intents[0].id, CardDeclined(order_id=OrderId("o")))
    assert isinstance(settled.state, OrderCancelled)
    assert settled.state.reason == "not paid in time"
