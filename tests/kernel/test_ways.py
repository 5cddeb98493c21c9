"""The short way and the long way through one step come to the same; ``handle`` finds transitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.order.machine import OrderAwaitingPayment, OrderCancelling, order
from examples.order.vocabulary import CancelOrder, CardCharged, OrderId, PlaceOrder, StockMissing, StockReserved
from telic import Context, EventId, Ignore, IntentId, Machine, NoIntent, Reject, State, WorkflowId, transition
from telic.kernel.advance import _moved, advance
from telic.kernel.errors import DefinitionError, JournalDiverged, TransitionError, UndeclaredResult, UnhandledEvent
from telic.kernel.gathering import declared_waits, opened_waits
from telic.kernel.journal import entry_of, fold
from telic.kernel.results import NotAccepted
from telic.kernel.snapshot import Delivery, Snapshot, Status
from telic.kernel.table import Edge, Row
from tests.kernel import machines as m
from tests.kernel.machines import ID, NOW, shop, step, walk

CTX = Context(NOW, WorkflowId("o"), "t", "ada")
LINES = ({"sku": "book", "quantity": 1, "price": 2},)
PLACED = advance(order, None, Delivery(PlaceOrder(order_id=OrderId("o"), lines=LINES)), CTX).after
ANSWERED = CardCharged(order_id=OrderId("o"))


def both(snapshot, delivery):
    return advance(order, snapshot, delivery, CTX), _moved(order, snapshot, delivery, CTX)


@given(st.lists(st.sampled_from([CardCharged, StockReserved, StockMissing]), max_size=5), st.booleans())
def test_both_ways_write_the_same_commit(facts, with_ids):
    snapshot = PLACED._replace(state=OrderCancelling(order_id=OrderId("o"), lines=(), reason="r"), waits=())
    for number, fact in enumerate(facts):
        for key in [*snapshot.open, IntentId("o:9:9"), None]:
            event_id = EventId(f"e{number}") if with_ids else None
            short, long = both(snapshot, Delivery(fact(order_id=OrderId("o")), event_id, key))
            assert short == long
        snapshot = short.after if hasattr(short, "after") else snapshot


def test_the_short_way_is_really_taken_and_leaves_what_it_cannot_decide():
    plain = m.shop.plain_rows
    assert all(m.Quote not in rows for rows in plain.values())
    assert m.Collect in plain[m.Ordering] or m.Collect not in plain[m.Ordering]
    cancelling = PLACED._replace(state=OrderCancelling(order_id=OrderId("o"), lines=(), reason="r"), waits=())
    for snapshot in (cancelling, cancelling._replace(status=Status.PAUSED)):
        short, long = both(snapshot, Delivery(ANSWERED, EventId("e"), IntentId("o:1:0")))
        assert short == long


def test_handle_finds_the_transition_of_exactly_that_event():
    new = m.New()
    assert new.handle(m.Poke(how="hush")) == (new, Ignore("hush"))
    assert new.handle(m.Mailed()) == (new, Ignore("mail is best effort"))
    accepts = ("Cancel", "Quote", "Collect", "Poke")
    assert new.handle(m.Open()) == (new, Reject(NotAccepted(command="Open", state="New", accepts=accepts)))
    quoted, _ = new.handle(m.Quote(price=1), Context(NOW))
    assert isinstance(quoted, m.Quoted)
    with pytest.raises(
        TransitionError, match=r"New.quote: expected a context, got none; do pass ctx=Context\(now=...\)"
    ):
        new.handle(m.Quote(price=1))
    with pytest.raises(UnhandledEvent) as caught:
        new.handle(m.Lapsed())
    assert str(caught.value) == (
        "New: expected one of Cancel, Quote, Collect, Poke, got Lapsed; "
        "do add a transition, or ignores = (Ignores(Lapsed, why=...),)"
    )


class Alone(State):
    kind: m.Literal[m.K.NEW] = m.K.NEW

    @transition
    def poke(self, event: m.Poke) -> tuple["Alone", NoIntent]:
        return self, NoIntent()


class Unread(State):
    kind: m.Literal[m.K.NEW] = m.K.NEW

    @transition
    def poke(self, event: "Missing") -> tuple["Unread", NoIntent]:  # noqa: F821
        return self, NoIntent()


def test_a_state_outside_of_any_machine_is_read_on_its_first_event():
    assert Alone().handle(m.Poke()) == (Alone(), NoIntent())
    assert (Alone().waits(), dict(Alone().attributes()), m.Done().outcome()) == ((), {}, None)
    with pytest.raises(DefinitionError, match="Unread.poke: expected annotations that can be read"):
        Unread().handle(m.Poke())


class TwiceKeyed(m.Quoted):
    def waits(self):
        return (*super().waits(), *super().waits())


def test_waits_have_keys_of_their_own_and_parts_prefix_theirs():
    quoted = TwiceKeyed(parts=1, price=1, until=NOW)
    with pytest.raises(
        TransitionError, match="expected each wait under a key of its own, got 'Lapsed' twice; do give one of them key="
    ):
        opened_waits(quoted, (), 1, NOW)

    class Shelf(State):
        kind: m.Literal[m.K.HERE] = m.K.HERE
        one: m.PartWanted
        row: tuple[m.PartWanted, ...]
        note: str = "x"

    part = m.PartWanted(part_id=m.PartId("p"), by=NOW)
    assert [key for key, _ in declared_waits(Shelf(one=part, row=(part, part)))] == [
        "one.slow",
        "row.0.slow",
        "row.1.slow",
    ]


def test_a_verdict_keeps_the_state_and_a_fact_is_never_rejected(monkeypatch):
    row = shop.infos[m.New].rows[m.Poke]

    def patched(result, event=m.Poke):
        from dataclasses import replace

        broken = replace(
            row, call=lambda *_: result, event=event, shapes=frozenset({(type(result[0]), type(result[1]))})
        )
        info = shop.infos[m.New]
        monkeypatch.setattr(shop, "infos", {**shop.infos, m.New: replace(info, rows={**info.rows, event: broken})})

    patched((m.New(pokes=9), Ignore("x")))
    with pytest.raises(UndeclaredResult, match="expected a verdict beside self, got it beside"):
        step(walk(m.Open()), m.Poke())
    patched((m.New(), Reject("no")), m.Mailed)
    with pytest.raises(UndeclaredResult, match="expected a state for a fact, got"):
        step(walk(m.Open()), m.Mailed(), answers=IntentId("bike:1:0"))


def test_two_of_a_type_in_a_batch_and_undeclared_manys_fail_loudly(monkeypatch):
    from telic.kernel.draft import check_shape

    row = Row(m.New, m.Poke, "poke", print, False, (Edge(m.New),))
    with pytest.raises(UndeclaredResult, match="expected at most one Log in a batch, got 2; do emit them with Many.of"):
        check_shape(row, m.New(), m.Log() & m.Log())
    for wrong in (m.Many.of([m.Log()]), 1, Ignore("x")):
        with pytest.raises(UndeclaredResult, match="do declare it in the return annotation"):
            check_shape(row, m.New(), wrong)


def test_a_start_that_ignores_is_broken(monkeypatch):
    from dataclasses import replace

    row = shop.start_rows[m.Open]
    broken = replace(row, call=lambda *_: (m.New(), Ignore("x")), shapes=frozenset({(m.New, Ignore)}))
    monkeypatch.setattr(shop, "start_rows", {m.Open: broken})
    with pytest.raises(UndeclaredResult, match="expected a first state and an intent, got"):
        step(None, m.Open())


def test_a_journal_that_comes_to_something_else_is_named():
    commits = [step(None, m.Open())]
    commits.append(step(commits[0].after, m.Poke()))
    entries = [entry_of(commit.records[0], shop) for commit in commits]
    meta = commits[0].after.meta
    assert fold(shop, meta, entries) == commits[1].after
    for wrong in (
        {"kind": "done"},
        {"state_hash": b"other"},
        {"outcome": "ignored"},
        {"event": m.Open()},
        {"revision": 7},
    ):
        with pytest.raises(JournalDiverged):
            fold(shop, meta, [entries[0], entries[1]._replace(**wrong)])
    with pytest.raises(JournalDiverged):
        fold(shop, meta, [entries[0]._replace(event=m.Poke())])
    assert entries[1].event_id == "telic:bike:2"


def test_snapshots_and_commits_tell_what_changed():
    first = step(None, m.Open())
    second = step(first.after, m.Poke())
    whole = first.followed_by(second)
    assert (whole.id, whole.expected, len(whole.records), first.waits_changed) == (ID, 0, 2, False)
    assert (first.after.id, first.after.unplaced, isinstance(first.after, Snapshot)) == (ID, (), True)
    assert isinstance(PLACED.state, OrderAwaitingPayment)
    assert CancelOrder(reason="x").reason == "x"
    assert repr(Machine) == "<class 'telic.kernel.machine.Machine'>"
