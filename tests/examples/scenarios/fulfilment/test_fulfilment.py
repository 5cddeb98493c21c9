"""Orders that are shipped, and orders that are undone, in memory and on SQLite."""

from decimal import Decimal

import pytest

from examples.scenarios.fulfilment.handlers import handlers
from examples.scenarios.fulfilment.machine import FulfilOrder, OrderId, OrderPlaced, fulfil_orders, fulfilment
from telic.patterns import SagaCompleted, SagaUndone, approvals
from tests.examples.scenarios.stage import DAY

SALES = "head of sales"


async def placed(stage, order_id, total):
    """Place an order; return the play, and the id of its fulfilment."""
    play = stage(fulfilment, approvals, handlers=handlers, triggers=[fulfil_orders])
    await play.publish(OrderPlaced(order_id=OrderId(order_id), total=Decimal(total)), name="orders")
    return play, play.runtime(fulfilment).id_of(fulfil_orders.key_of(order_id))


async def test_an_order_that_is_placed_is_paid_reserved_and_shipped(stage):
    play, id = await placed(stage, "o-book", 50)
    assert await play.kinds(fulfilment, id) == [
        "awaiting_take_payment",
        "awaiting_reserve_items",
        "awaiting_ship_order",
        "completed",
    ]


async def test_its_end_holds_what_each_step_has_brought(stage):
    play, id = await placed(stage, "o-book", 50)
    state = await play.state(fulfilment, id)
    assert isinstance(state, SagaCompleted)
    asked, approval, payment, _, shipped = state.results
    assert asked == FulfilOrder(order_id=OrderId("o-book"), total=Decimal(50))
    assert (approval, payment.payment_id, shipped.tracking_id) == (None, "p-o-book", "t-o-book")


async def test_an_order_that_is_placed_twice_is_fulfilled_once(stage):
    play, id = await placed(stage, "o-book", 50)
    await play.publish(OrderPlaced(order_id=OrderId("o-book"), total=Decimal(50)), name="orders")
    assert await play.instances(fulfilment) == [id]


@pytest.mark.parametrize(("total", "first"), [(1000, "awaiting_take_payment"), (1001, "awaiting_ask_for_approval")])
async def test_only_an_order_above_a_thousand_is_approved_first(stage, total, first):
    play, id = await placed(stage, "o-piano", total)
    assert (await play.kinds(fulfilment, id))[0] == first


async def test_a_large_order_goes_on_once_it_is_approved(stage):
    play, id = await placed(stage, "o-piano", 4000)
    await play.complete({"choice": "approve"}, actor=SALES)
    assert (await play.kinds(fulfilment, id))[-1] == "completed"


async def test_a_large_order_that_is_declined_takes_no_money(stage):
    play, id = await placed(stage, "o-piano", 4000)
    await play.complete({"choice": "decline", "comment": "they never pay"}, actor=SALES)
    assert await play.kinds(fulfilment, id) == ["awaiting_ask_for_approval", "undone"]
    state = await play.state(fulfilment, id)
    assert isinstance(state, SagaUndone)
    assert state.stopped_at == "ask_for_approval"


async def test_a_large_order_that_is_sent_back_is_brought_back_by_the_order_desk(stage):
    play, id = await placed(stage, "o-piano", 4000)
    await play.complete({"choice": "ask_for_changes", "comment": "which colour?"}, actor=SALES)
    await play.complete({"about": "Order o-piano, black"}, actor="order desk", groups=("order desk",))
    await play.complete({"choice": "approve"}, actor=SALES)
    assert (await play.kinds(fulfilment, id))[-1] == "completed"


async def test_a_large_order_that_nobody_approves_in_two_days_is_over(stage):
    play, id = await placed(stage, "o-piano", 4000)
    await play.skip(2 * DAY)
    assert isinstance(await play.state(fulfilment, id), SagaUndone)


async def test_what_was_paid_is_refunded_where_the_items_are_missing(stage):
    play, id = await placed(stage, "o-lamp", 50)
    kinds = await play.kinds(fulfilment, id)
    assert kinds[-2:] == ["undoing_take_payment", "undone"]
    state = await play.state(fulfilment, id)
    assert (state.stopped_at, state.why) == ("reserve_items", "ItemsMissing")


async def test_a_payment_that_is_refused_ends_the_order_with_nothing_to_undo(stage):
    play, id = await placed(stage, "o-boat", 9000)
    await play.complete({"choice": "approve"}, actor=SALES)
    state = await play.state(fulfilment, id)
    assert (type(state).__name__, state.stopped_at) == ("FulfilmentUndone", "take_payment")
