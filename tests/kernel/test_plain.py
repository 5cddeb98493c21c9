"""The short way of the one step: it writes what the long way would write, or leaves it to that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telic import Context, EventId, IntentId, Machine, WorkflowId
from telic.kernel.advance import _moved, advance
from telic.kernel.plain import plain_step
from telic.kernel.snapshot import Delivery, OpenIntent, Parked, Status
from tests.kernel import lamp
from tests.kernel import machines as m
from tests.kernel.machines import NOW
from tests.small_order.machine import (
    OrderAwaitingPayment,
    OrderCancelling,
    OrderRefunding,
    OrderState,
    order,
)
from tests.small_order.vocabulary import (
    CardCharged,
    CardRefunded,
    OrderEvent,
    OrderId,
    PlaceOrder,
    RefundCard,
    StockMissing,
    StockReserved,
)

CTX = Context(NOW, WorkflowId("o"), "t", "ada")
LINES = ({"sku": "book", "quantity": 1, "price": 2},)
PLACED = advance(order, None, Delivery(PlaceOrder(order_id=OrderId("o"), lines=LINES)), CTX).after


def both(snapshot, delivery):
    return advance(order, snapshot, delivery, CTX), _moved(order, snapshot, delivery, CTX)


noting = Machine[OrderState, OrderEvent](name="order", checkpoint_every=3)


@given(st.lists(st.sampled_from([CardCharged, StockReserved, StockMissing]), max_size=5), st.booleans())
def test_both_ways_write_the_same_commit(facts, with_ids):
    assert isinstance(PLACED.state, OrderAwaitingPayment)
    snapshot = PLACED._replace(state=OrderCancelling(order_id=OrderId("o"), lines=(), reason="r"), waits=())
    for number, fact in enumerate(facts):
        for key in [*snapshot.open, IntentId("o:9:9"), None]:
            event_id = EventId(f"e{number}") if with_ids else None
            delivery = Delivery(fact(order_id=OrderId("o")), event_id, key)
            short, long = both(snapshot, delivery)
            assert short == long
            assert advance(noting, snapshot, delivery, CTX) == _moved(noting, snapshot, delivery, CTX)
        snapshot = short.after if hasattr(short, "after") else snapshot


def test_a_paused_instance_goes_the_long_way():
    cancelling = PLACED._replace(state=OrderCancelling(order_id=OrderId("o"), lines=(), reason="r"), waits=())
    for snapshot in (cancelling, cancelling._replace(status=Status.PAUSED)):
        short, long = both(snapshot, Delivery(CardCharged(order_id=OrderId("o")), EventId("e"), IntentId("o:1:0")))
        assert short == long


OFF, ON = lamp.walk(lamp.Install()), lamp.walk(lamp.Install(), lamp.Switch())
GLOWED = Delivery(lamp.Glowed(), EventId("g"), IntentId("desk:2:0"))


def short(snapshot, delivery):
    row = lamp.lamp.plain_rows[type(snapshot.state)][type(delivery.event)]
    return plain_step(lamp.lamp, row, snapshot, delivery, CTX)


@pytest.mark.parametrize(
    ("snapshot", "delivery"),
    [
        (OFF, Delivery(lamp.Switch())),
        (OFF, Delivery(lamp.Switch(), EventId("s"))),
        (OFF, Delivery(lamp.Smash(how="hammer"))),
        (OFF._replace(open={"desk:1:0": OpenIntent(IntentId("desk:1:0"), m.Mail())}), Delivery(lamp.Switch())),
        (ON, GLOWED),
    ],
)
def test_the_short_way_is_really_taken(snapshot, delivery):
    assert short(snapshot, delivery) == _moved(lamp.lamp, snapshot, delivery, CTX)


@pytest.mark.parametrize(
    ("snapshot", "delivery"),
    [
        (OFF, Delivery(lamp.Smash())),
        (OFF._replace(status=Status.PAUSED), Delivery(lamp.Switch())),
        (OFF._replace(waits=m.walk(*m.QUOTED).waits), Delivery(lamp.Switch())),
        (OFF._replace(parked=(Parked(lamp.Smash(), EventId("e"), 1, "deferred"),)), Delivery(lamp.Switch())),
        (ON._replace(state=lamp.Off()), Delivery(lamp.Switch())),
        (ON, GLOWED._replace(answers=None)),
        (ON, GLOWED._replace(answers=IntentId("desk:9:0"))),
        (ON._replace(open={key: one._replace(correlated=True) for key, one in ON.open.items()}), GLOWED),
        (ON._replace(open={"desk:2:0": ON.open["desk:2:0"]._replace(intent=m.Mail())}), GLOWED),
    ],
    ids=["verdict", "paused", "waits", "kept", "second of a type", "unasked", "unknown", "correlated", "other"],
)
def test_what_the_short_way_cannot_decide_it_leaves(snapshot, delivery, monkeypatch):
    monkeypatch.setattr(lamp.lamp, "intents", {**lamp.lamp.intents, m.Mail: frozenset({m.Mailed})})
    assert short(snapshot, delivery) is None


def test_a_checkpoint_is_left_to_the_long_way(monkeypatch):
    monkeypatch.setattr(lamp.lamp, "checkpoint_every", 2)
    assert short(OFF, Delivery(lamp.Switch())) is None
    commit = advance(lamp.lamp, OFF, Delivery(lamp.Switch(), EventId("s")), CTX)
    assert commit.records[-1].checkpoint == commit.after._replace(seen={})
    assert short(commit.after._replace(status=Status.RUNNING), GLOWED) is not None


def test_only_transitions_that_concern_state_and_intents_alone_go_the_short_way():
    assert all(m.Quote not in rows for rows in m.shop.plain_rows.values())
    assert {state: set(rows) for state, rows in lamp.lamp.plain_rows.items()} == {
        lamp.Off: {lamp.Switch, lamp.Smash},
        lamp.On: {lamp.Glowed},
        lamp.Smashed: set(),
    }


def test_the_end_of_a_child_is_left_to_the_long_way_which_tells_its_parent():
    state = OrderRefunding(order_id=OrderId("o"), lines=(), reason="r")
    opened = OpenIntent(IntentId("o:1:0"), RefundCard(order_id=OrderId("o"), amount=1))
    meta = PLACED.meta._replace(parent=IntentId("p:1:0"))
    snapshot = PLACED._replace(meta=meta, state=state, waits=(), open={opened.id: opened})
    delivery = Delivery(CardRefunded(order_id=OrderId("o")), answers=opened.id)
    row = order.plain_rows[OrderRefunding][CardRefunded]
    assert plain_step(order, row, snapshot, delivery, CTX) is None
    assert [type(one.intent).__name__ for one in advance(order, snapshot, delivery, CTX).after.open.values()] == [
        "Report"
    ]
