"""The order example: every story ends where it should, and the shortcut is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import anyio
import pytest

from examples.order.__main__ import main
from examples.order.handlers import handlers
from examples.order.lost_answer import build
from examples.order.machine import (
    ESCALATION_PERIOD,
    OrderAwaitingApproval,
    OrderAwaitingPayment,
    OrderCancelled,
    OrderCancelling,
    OrderEscalated,
    OrderRefunding,
    OrderShipped,
    OrderShipping,
    order,
)
from examples.order.parcel import ShipParcel, parcel
from examples.order.shop import CARTS, placing
from examples.order.story import run
from examples.order.vocabulary import (
    CancelOrder,
    CardDeclined,
    ChargeCard,
    DecideOrder,
    OrderId,
    OrderLine,
    ParcelLost,
    PaymentOverdue,
    PlaceOrder,
    RefundCard,
    Sku,
    TrackingNumber,
)
from telic import TelicError, WorkflowId, WorkflowRuntime
from telic.kernel.errors import DefinitionError
from telic.kernel.results import Rejected
from telic.kernel.values import WaitKey
from telic.shell import Simulation
from telic.stores.memory import MemoryStore
from telic.testing import begin, given

PLACED = datetime(2026, 3, 1, tzinfo=UTC)
LINE = OrderLine(sku=Sku("book"), quantity=1, price=Decimal(10))
ID = OrderId("o")
STORIES = {
    "book": ["awaiting_payment", "reserving", "shipping", "shipped"],
    "piano": ["awaiting_approval", "awaiting_payment", "reserving", "shipping", "shipped"],
    "yacht": ["awaiting_approval", "awaiting_payment", "cancelled"],
    "lamp": ["awaiting_payment", "reserving", "refunding", "cancelled"],
    "vase": ["awaiting_payment", "reserving", "shipping", "refunding", "cancelled"],
    "chair": ["awaiting_payment", "cancelling", "refunding", "cancelled"],
}


async def test_each_order_takes_its_way_on_a_sqlite_file(tmp_path):
    assert await run(tmp_path / "orders.sqlite") == STORIES


def test_the_run_prints_the_stories_and_the_refused_machine(capsys):
    assert anyio.run(main, []) == 0
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
    result = await runtime.run_step(WorkflowId("o"), PlaceOrder(order_id=ID, lines=()))
    assert isinstance(result, Rejected)
    assert result.reasons == ("an order has at least one line",)


async def test_an_order_that_nobody_pays_waits_for_the_card_before_it_is_cancelled():
    runtime = WorkflowRuntime(machine=order, store=MemoryStore(order))
    id = WorkflowId("o")
    placed = await runtime.run_step(id, PlaceOrder(order_id=ID, lines=(LINE,)), now=PLACED)
    key = WaitKey("PaymentOverdue")
    late = await runtime.run_step(id, PaymentOverdue(), wait=key, now=PLACED + timedelta(hours=48))
    assert isinstance(late.state, OrderCancelling)
    settled = await runtime.answer(placed.intents[0].id, CardDeclined(order_id=ID))
    assert isinstance(settled.state, OrderCancelled)
    assert settled.state.reason == "not paid in time"


@pytest.mark.parametrize(("price", "state"), [(1000, OrderAwaitingPayment), (1001, OrderAwaitingApproval)])
def test_what_costs_more_than_a_thousand_is_approved_by_a_person(price, state):
    line = OrderLine(sku=Sku("piano"), quantity=1, price=Decimal(price))
    begin(order, PlaceOrder(order_id=ID, lines=(line,))).assert_state(state)


def test_the_time_to_pay_begins_with_the_approval():
    flow = begin(order, placing("piano", pay_within_seconds=60)).skip(timedelta(hours=1))
    flow.when(DecideOrder(approved=True)).expect(ChargeCard, amount=Decimal(4200))
    flow.skip(timedelta(seconds=59)).assert_state(OrderAwaitingPayment)
    flow.skip(timedelta(seconds=1)).assert_state(OrderCancelling, reason="not paid in time")


def test_what_is_not_approved_is_cancelled_and_nothing_is_charged():
    begin(order, placing("piano")).when(DecideOrder(approved=False)).then(
        OrderCancelled, reason="not approved", intents=[]
    )


def test_what_waits_for_a_person_can_be_cancelled_at_once():
    begin(order, placing("piano")).when(CancelOrder(reason="too dear")).then(OrderCancelled, intents=[])


def asked(state):
    task, deadline = state.waits()
    return task.title, task.groups, task.assignee, task.priority, task.due, deadline.at


def test_the_sales_group_is_asked_first_then_the_boss_then_nobody():
    with Simulation(order, parcel, handlers=handlers, at=PLACED) as world:
        placed = world.start(order, placing("piano"), key="piano")
        a_day = PLACED + timedelta(days=1)
        assert asked(placed.state) == ("Approve piano: 4200", ("sales",), None, 0, a_day, a_day)
        world.skip(timedelta(days=1))
        assert isinstance(placed.state, OrderEscalated)
        later = a_day + ESCALATION_PERIOD
        assert asked(placed.state) == ("OVERDUE: approve piano: 4200", (), "boss", 9, later, later)
        world.skip(ESCALATION_PERIOD)
        assert isinstance(placed.state, OrderCancelled)
        assert placed.state.reason == "not approved in time"


def test_a_lost_parcel_is_refunded():
    shipping = OrderShipping(order_id=ID, lines=(LINE,))
    flow = given(order, shipping, open=[ShipParcel(order_id=ID, lines=(LINE,))])
    flow.when(ParcelLost(tracking=TrackingNumber("t"))).then(
        OrderRefunding, reason="lost on its way", intents=[RefundCard(order_id=ID, amount=Decimal(10))]
    )


def test_the_end_of_the_parcel_is_the_answer_to_the_order():
    with Simulation(order, parcel, handlers=handlers) as world:
        placed = world.start(order, placing("book"), key="book")
        world.run_until_idle()
        assert isinstance(placed.state, OrderShipped)
        assert placed.state.tracking == "T-book"


def test_every_cart_has_a_story():
    assert CARTS.keys() == STORIES.keys()
