"""The short way of the one step: it writes what the long way would write, or leaves it to that."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telic import Context, EventId, IntentId, Machine, WorkflowId
from telic.kernel.advance import _moved, advance
from telic.kernel.plain import plain_step
from telic.kernel.snapshot import Commit, Delivery, OpenIntent, Parked, Status
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


def short(snapshot, delivery, machine=lamp.lamp):
    written = plain_step(machine, snapshot, *delivery[:3], NOW, "ada", CTX)
    return Commit(snapshot, written[1], written[:1]) if written is not None else None


@pytest.mark.parametrize(
    ("snapshot", "delivery"),
    [
        (OFF, Delivery(lamp.Switch())),
        (OFF, Delivery(lamp.Switch(), EventId("s"))),
        (OFF, Delivery(lamp.Smash(how="hammer"))),
        (OFF._replace(open={"desk:1:0": OpenIntent(IntentId("desk:1:0"), m.Mail())}), Delivery(lamp.Switch())),
        (OFF._replace(revision=98), Delivery(lamp.Switch())),
        (OFF._replace(seen=ON.seen), Delivery(lamp.Switch(), EventId("s"))),
        (ON, GLOWED),
    ],
)
def test_the_short_way_is_really_taken(snapshot, delivery):
    assert short(snapshot, delivery) == _moved(lamp.lamp, snapshot, delivery, CTX)


def test_a_transition_that_takes_a_context_has_a_plain_one_where_none_is_given():
    written = plain_step(lamp.lamp, ON, *GLOWED[:3], NOW, "ada", None)
    assert Commit(ON, written[1], written[:1]) == short(ON, GLOWED)


@pytest.mark.parametrize("result", [lamp.On(), (lamp.On(),), (lamp.On(), "glow"), (lamp.Smashed(), lamp.Glow())])
def test_a_result_that_is_not_declared_is_told_by_the_long_way(result, monkeypatch):
    broken = replace(lamp.lamp.plain_rows[lamp.Off][lamp.Switch], call=lambda *_: result)
    monkeypatch.setattr(lamp.lamp, "plain_rows", {lamp.Off: {lamp.Switch: broken}})
    assert short(OFF, Delivery(lamp.Switch())) is None


def test_an_error_of_a_transition_says_where_it_was_raised(monkeypatch):
    def fuse(*_):
        raise RuntimeError("blown")

    broken = replace(lamp.lamp.plain_rows[lamp.Off][lamp.Switch], call=fuse)
    monkeypatch.setattr(lamp.lamp, "plain_rows", {lamp.Off: {lamp.Switch: broken}})
    with pytest.raises(RuntimeError) as caught:
        short(OFF, Delivery(lamp.Switch()))
    assert caught.value.__notes__ == ["raised in Off.switch of machine 'lamp'; the instance is untouched"]


@pytest.mark.parametrize(
    ("snapshot", "delivery"),
    [
        (OFF, Delivery(lamp.Smash())),
        (OFF, Delivery(lamp.Install())),
        (OFF, Delivery(lamp.Switch(), EventId("telic:desk:1"))),
        (OFF._replace(seen={EventId("s"): OFF.seen}), Delivery(lamp.Switch(), EventId("s"))),
        (OFF._replace(status=Status.PAUSED), Delivery(lamp.Switch())),
        (OFF._replace(waits=m.walk(*m.QUOTED).waits), Delivery(lamp.Switch())),
        (OFF._replace(parked=(Parked(lamp.Smash(), EventId("e"), 1, "deferred"),)), Delivery(lamp.Switch())),
        (ON._replace(state=lamp.Off()), Delivery(lamp.Switch())),
        (ON, GLOWED._replace(answers=None)),
        (ON, GLOWED._replace(answers=IntentId("desk:9:0"))),
        (ON._replace(open={key: one._replace(correlated=True) for key, one in ON.open.items()}), GLOWED),
        (ON._replace(open={"desk:2:0": ON.open["desk:2:0"]._replace(intent=m.Mail())}), GLOWED),
    ],
    ids=[
        "verdict",
        "no row",
        "no id of a caller",
        "known",
        "paused",
        "waits",
        "kept",
        "second of a type",
        "unasked",
        "unknown",
        "correlated",
        "other",
    ],
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
    assert short(snapshot, delivery, order) is None
    assert [type(one.intent).__name__ for one in advance(order, snapshot, delivery, CTX).after.open.values()] == [
        "Report"
    ]
