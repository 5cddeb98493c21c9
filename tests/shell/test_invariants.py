"""What must hold of a world at rest, and how each breach of it is told."""

import pickle
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from telic import IntentId, WorkflowId, WorkflowRuntime
from telic.kernel.events import Pause
from telic.kernel.orders import FailureCause
from telic.runtime.claims import buried
from telic.shell.invariants import InvariantBroken, ran_twice, violations
from telic.shell.simulated import Attempted, Diary
from telic.stores.memory import MemoryStore
from tests.shell.till import Charge, Ref, Wire
from tests.small_order.machine import OrderBase, order
from tests.small_order.vocabulary import CardCharged, ChargeCard, OrderId, OrderLine, PlaceOrder, Sku

ID = WorkflowId("o-1")
KEY = IntentId("o-1:1:0")
NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
async def store():
    made = MemoryStore(order)
    await placed(made)
    return made


async def placed(store):
    line = OrderLine(sku=Sku("book"), quantity=2, price=Decimal(5))
    await runtime(store).run_step(ID, PlaceOrder(order_id=OrderId("o-1"), lines=(line,)))


def runtime(store):
    return WorkflowRuntime(machine=order, store=store)


async def found(store, later=()):
    diary = Diary()
    diary.later.update(later)
    return list(await violations(order, store, diary))


def changed(store, **fields):
    store._snapshots[ID] = store._snapshots[ID]._replace(**fields)


async def test_an_intent_that_waits_for_a_later_answer_is_in_order(store):
    assert await found(store, later=[KEY]) == []


async def test_a_dead_letter_is_in_order(store):
    (claim,) = await store.claim({ChargeCard.__tag__: 1}, 1, now=NOW.replace(year=9000), until=NOW, worker="w")
    await store.settle([buried(claim, "no", FailureCause.EXHAUSTED)])
    assert await found(store) == []


async def test_an_intent_of_a_paused_instance_is_in_order(store):
    await runtime(store).run_step(ID, Pause())
    assert await found(store) == []


async def test_an_intent_that_is_still_to_be_done_is_told(store):
    assert await found(store) == [
        "order o-1: expected intent o-1:1:0 to be carried out by now, got it still to be done"
    ]


async def test_an_intent_that_nobody_will_carry_out_is_told(store):
    store._books()._entries.clear()
    assert await found(store) == [
        "order o-1: expected intent o-1:1:0 in the outbox while it is open, got nothing there: nobody will carry it out"
    ]


async def test_an_intent_that_is_gone_is_told(store):
    changed(store, open={})
    first, second = await found(store)
    assert first.startswith("order o-1: expected what its journal leads to, ")
    assert second == "order o-1: expected an end of intent o-1:1:0, got neither an answer nor a failure"


async def test_a_state_that_its_journal_does_not_lead_to_is_told(store):
    changed(store, state=OrderBase(order_id=OrderId("o-2"), lines=()))
    assert "expected what its journal leads to" in (await found(store, later=[KEY]))[0]


async def test_a_journal_that_does_not_replay_is_told(store):
    store._journals[ID][0] = store._journals[ID][0]._replace(revision=2)
    assert (await found(store, later=[KEY]))[0].startswith("order o-1: expected a journal that replays, got: ")


async def test_a_journal_that_was_cut_is_in_order_unless_its_checkpoint_is_gone(monkeypatch):
    monkeypatch.setattr(order, "checkpoint_every", 2)
    store = MemoryStore(order)
    await placed(store)
    await runtime(store).answer(KEY, CardCharged(order_id=OrderId("o-1")))
    assert await store.cut(datetime.max.replace(tzinfo=UTC), 1) == 1
    assert await found(store, later=["o-1:2:0"]) == []
    store._journals[ID][0] = store._journals[ID][0]._replace(checkpoint=None)
    assert "expected a journal that begins with revision 1 or with a checkpoint" in (await found(store))[0]


async def test_a_missing_journal_is_told(store):
    store._books()
    store._journals[ID].clear()
    assert await found(store, later=[KEY]) == ["order o-1: expected a journal, got none"]


async def test_an_answer_that_is_counted_twice_is_told(store):
    await runtime(store).answer(KEY, CardCharged(order_id=OrderId("o-1")))
    store._journals[ID].append(store._journals[ID][1]._replace(revision=3))
    assert "order o-1: expected one answer of intent o-1:1:0, got 2" in await found(store, later=["o-1:2:0"])


async def test_an_instance_that_waits_for_nothing_is_told(store, monkeypatch):
    monkeypatch.setattr("telic.shell.invariants.accepted_commands", lambda info: ())
    changed(store, open={}, waits=())
    assert (await found(store))[-1] == (
        "order o-1: expected something to wait for, got OrderAwaitingPayment with nothing: it is stuck"
    )


def test_an_intent_that_ran_twice_is_told_where_it_must_not():
    diary = Diary()
    diary.attempts = [Attempted(IntentId(kind.__name__), kind(ref=Ref("r")), 1, NOW) for kind in (Charge, Wire)]
    diary.effects.update(["Charge", "Charge", "Wire"])
    assert ran_twice(diary) == ()
    diary.effects["Wire"] += 1
    assert ran_twice(diary) == ("Wire Wire: expected one run at most, got 2",)


def test_the_texts_name_each_finding_and_pickle():
    one, two = InvariantBroken(("a",)), pickle.loads(pickle.dumps(InvariantBroken(("a", "b"))))
    assert str(one) == "the world is at rest, and 1 promise does not hold:\n  1. a"
    assert str(two) == "the world is at rest, and 2 promises do not hold:\n  1. a\n  2. b"
