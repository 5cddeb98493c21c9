"""Given, when, then: stories that hold, and failures that can be read."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from examples.signup.machine import BeginSignup, Email, SignupExpired, signup
from telic import Cancel, IntentFailed, WorkflowId
from telic.kernel.orders import FailureCause
from telic.kernel.results import Unasked
from telic.kernel.snapshot import Status
from telic.testing.instance import MONDAY
from telic.testing.scenarios import begin, given
from tests.kernel.machines import (
    HOUR,
    Approve,
    Lapsed,
    Log,
    Mail,
    New,
    Open,
    OrderPart,
    PartCame,
    PartId,
    PartMissing,
    Poke,
    Quote,
    Quoted,
    Recalled,
    Scrapped,
    shop,
)
from tests.small_order.machine import (
    OrderAwaitingPayment,
    OrderCancelled,
    OrderCancelling,
    OrderRefunding,
    OrderReserving,
    OrderShipped,
    order,
)
from tests.small_order.vocabulary import (
    CancelOrder,
    CardCharged,
    CardDeclined,
    ChargeCard,
    OrderId,
    OrderLine,
    ParcelShipped,
    PaymentOverdue,
    PlaceOrder,
    RefundCard,
    ReserveStock,
    ShipParcel,
    Sku,
    StockMissing,
    StockReserved,
    TrackingNumber,
)

ID = OrderId("o-1")
LINES = (OrderLine(sku=Sku("book"), quantity=2, price=Decimal(5)),)
PLACE = PlaceOrder(order_id=ID, lines=LINES)
RESERVING = OrderReserving(order_id=ID, lines=LINES)
RESERVE = ReserveStock(order_id=ID, lines=LINES)


def failure(act):
    with pytest.raises(AssertionError) as caught:
        act()
    return str(caught.value)


def ordering(parts=2):
    return begin(shop, Open(parts=parts)).when(Quote(price=1)).when(Approve(), wait="boss")


# Stories that hold.


def test_an_order_is_charged_reserved_and_shipped():
    flow = begin(order, PLACE)
    flow.expect(ChargeCard, amount=Decimal(10)).answer(CardCharged(order_id=ID))
    flow.expect(ReserveStock).answer(StockReserved(order_id=ID))
    flow.expect(ShipParcel).answer(ParcelShipped(tracking=TrackingNumber("t")))
    shipped = flow.assert_state(OrderShipped, tracking=TrackingNumber("t"))
    assert shipped.lines == LINES
    flow.assert_open().assert_status(Status.ENDED)


def test_a_transition_is_tried_from_a_state_and_its_open_intents():
    flow = given(order, RESERVING, open=[RESERVE]).when(StockMissing(order_id=ID))
    flow.then(OrderRefunding, reason="out of stock", intents=[RefundCard(order_id=ID, amount=Decimal(10))])
    flow.then(OrderRefunding(order_id=ID, lines=LINES, reason="out of stock"), intents=[RefundCard])


def test_given_a_start_event_is_the_same_as_begin():
    assert given(order, PLACE).state == begin(order, PLACE).state


def test_a_rejection_is_a_result():
    flow = begin(order, PlaceOrder(order_id=ID, lines=()))
    flow.then_rejected("an order has at least one line").then_rejected()
    begin(order, PLACE).when(Cancel()).when(CancelOrder(reason="x")).then_rejected()


def test_a_deadline_fires_when_its_time_is_skipped_and_not_before():
    flow = begin(order, PLACE).skip(timedelta(hours=47))
    flow.assert_state(OrderAwaitingPayment)
    flow.skip(timedelta(hours=2)).then(OrderCancelling, reason="not paid in time")
    assert flow.snapshot.at == MONDAY + timedelta(hours=48)
    assert flow.now == MONDAY + timedelta(hours=49)
    flow.expect(ChargeCard).answer(CardDeclined(order_id=ID)).then(OrderCancelled, intents=[])


def test_deadlines_fire_in_their_order_each_at_its_moment():
    flow = begin(shop, Open()).when(Quote(price=1)).skip(HOUR * 3)
    assert flow.assert_state(Quoted).extended
    times = ordering(3).skip(HOUR * 2)
    assert re.findall(r"Lapsed\(\) from parts\.(p\d)", times.story) == ["p0", "p1", "p2"]
    assert times.snapshot.at == MONDAY + HOUR


def test_a_paused_instance_lets_time_pass():
    from telic.kernel.events import Pause

    flow = begin(order, PLACE).when(Pause()).skip(timedelta(days=9))
    flow.assert_state(OrderAwaitingPayment)


def test_a_fact_finds_the_deadline_that_it_comes_from():
    begin(order, PLACE).when(PaymentOverdue()).then(OrderCancelling)
    begin(signup, BeginSignup(email=Email("a@b.c"))).skip(timedelta(days=2)).then(SignupExpired)


def test_a_fact_finds_the_topic_and_the_task_is_named():
    flow = begin(shop, Open(parts=1)).when(Quote(price=1)).when(Recalled()).then_deferred()
    flow.when(Approve(), wait="boss").assert_state(Scrapped)


def test_answers_are_told_apart_by_their_typed_ids():
    flow = ordering()
    assert [one.intent for one in flow.expect_every(OrderPart)] == [
        OrderPart(part_id=PartId("p0")),
        OrderPart(part_id=PartId("p1")),
    ]
    flow.when(PartCame(part_id=PartId("p1"))).then(intents=[])
    flow.expect(OrderPart, part_id=PartId("p0")).answer(PartMissing(part_id=PartId("p0")))
    flow.assert_open(Mail)


def test_an_intent_fails_and_a_failure_finds_its_intent():
    flow = ordering()
    flow.expect(OrderPart, part_id=PartId("p0")).fail(FailureCause.NON_RETRYABLE, "gone").then()
    flow.when(IntentFailed[OrderPart](intent=OrderPart(part_id=PartId("p1")), cause=FailureCause.EXHAUSTED))
    assert not flow.state.parts
    flow.expect(Mail).fail()
    assert isinstance(flow.result, Unasked)


def test_an_intent_without_an_answer_is_done():
    flow = begin(shop, Open()).when(Poke()).then(New, intents=[Log], pokes=1)
    flow.expect(Log).done().then_ignored("carried out, and no answer was asked for")
    flow.when(Poke(how="hush")).then_ignored("hush").assert_open(Mail())


def test_a_fact_that_nobody_asked_for_is_a_result():
    assert isinstance(given(order, RESERVING).when(StockReserved(order_id=ID)).result, Unasked)


def test_a_second_delivery_is_a_duplicate():
    flow = begin(shop, Open()).when(Poke(), event_id="e")
    assert flow.when(Poke(), event_id="e").result.kind == "duplicate"
    assert flow.assert_state(New).pokes == 1


def test_the_actor_and_the_id_reach_the_machine():
    flow = begin(shop, Open(parts=1), id=WorkflowId("bike")).when(Quote(price=1))
    flow.when(Approve(), wait="boss", actor="thief").then_rejected("not you, at boss")
    assert flow.snapshot.id == "bike"


# Failures that can be read.


def test_a_failure_tells_what_differs_and_what_came_before():
    flow = given(order, RESERVING, open=[RESERVE]).when(StockMissing(order_id=ID))
    expected = OrderRefunding(order_id=ID, lines=(LINES[0].evolve(quantity=3),), reason="late")
    assert failure(lambda: flow.then(expected)) == (
        "expected another OrderRefunding: lines[0].quantity: expected 3, got 2; "
        "reason: expected 'late', got 'out of stock'\n"
        "the story:\n"
        f"  1. given {RESERVING!r}\n"
        "  2. StockMissing(order_id=OrderId('o-1')) for order-1:1:0 -> Stepped, OrderRefunding; "
        "opens RefundCard(order_id=OrderId('o-1'), amount=Decimal('10'))\n"
        "now it stands so:\n"
        f"  {flow.state!r}, running\n"
        "  open: RefundCard(order_id=OrderId('o-1'), amount=Decimal('10'))"
    )


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda flow: flow.then(OrderShipped), "expected OrderShipped, got OrderAwaitingPayment("),
        (lambda flow: flow.then(intents=[]), "expected none, got ChargeCard"),
        (
            lambda flow: flow.then(intents=[ChargeCard(order_id=ID, amount=Decimal(9))]),
            "expected other intents: ChargeCard.amount: expected Decimal('9'), got Decimal('10')",
        ),
        (lambda flow: flow.expect(ShipParcel), "expected an open ShipParcel, got ChargeCard"),
        (
            lambda flow: flow.expect(ChargeCard, amount=Decimal(9)),
            "expected an open ChargeCard, got amount: expected Decimal('9'), got Decimal('10')",
        ),
        (lambda flow: flow.assert_open(), "expected none, got ChargeCard"),
        (lambda flow: flow.assert_status(Status.ENDED), "expected an instance that is ended, got one that is running"),
        (lambda flow: flow.then_rejected(), "expected Rejected or Ended, got Started, OrderAwaitingPayment; opens"),
        (lambda flow: flow.then_deferred(), "expected Deferred, got Started, OrderAwaitingPayment; opens"),
    ],
)
def test_each_expectation_that_fails_says_what_it_got(act, sentence):
    told = failure(lambda: act(begin(order, PLACE)))
    assert told.startswith(sentence)
    assert "the story:\n  1. PlaceOrder(" in told


def test_reasons_that_differ_are_both_told():
    refused = begin(order, PlaceOrder(order_id=ID, lines=()))
    assert failure(lambda: refused.then_rejected("no")).startswith(
        "expected a rejection because of ('no',), got ('an order has at least one line',)"
    )
    hushed = begin(shop, Open()).when(Poke(how="hush"))
    assert failure(lambda: hushed.then_ignored("no")).startswith("expected it to be ignored because 'no', got 'hush'")


def test_an_instance_that_never_began_has_no_state():
    refused = begin(order, PlaceOrder(order_id=ID, lines=()))
    assert failure(lambda: refused.state).startswith("expected an instance, got none\nthe story:\n  1. PlaceOrder(")
    assert failure(lambda: refused.then(OrderShipped)).startswith("expected Started or Stepped, got Rejected(")


def test_an_expectation_before_any_event_says_so():
    assert failure(lambda: given(order, RESERVING).then()).startswith(
        "expected an event before its result, got none; do when(...)"
    )


def test_several_intents_that_fit_are_listed():
    assert failure(lambda: ordering().expect(OrderPart)).startswith(
        "expected one open OrderPart, got 2: OrderPart(part_id=PartId('p0')), OrderPart(part_id=PartId('p1')); "
        "do name fields that tell them apart"
    )


def test_a_fact_that_fits_in_several_places_is_not_guessed():
    assert failure(lambda: ordering().when(Lapsed())).startswith(
        "expected one place that asks for Lapsed(), got 2: parts.p0.slow, parts.p1.slow; "
        "do expect(...).answer(...) or when(..., wait=...)"
    )


def test_a_field_that_is_not_there_is_a_mistake_of_the_test():
    with pytest.raises(TypeError) as caught:
        begin(order, PLACE).expect(ChargeCard, amuont=1)
    assert str(caught.value) == (
        "expected fields of ChargeCard (order_id, amount), got 'amuont' (did you mean 'amount'?); do name one of them"
    )


def test_what_is_no_state_is_refused():
    with pytest.raises(TypeError, match=r"expected a state of machine 'order' \(OrderAwaitingPayment, .*got 7;"):
        given(order, 7)
    with pytest.raises(TypeError, match="expected open= beside a state, got it beside an event"):
        given(order, PLACE, open=[RESERVE])
