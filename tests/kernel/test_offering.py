"""Kept events: offered again after a change of state, oldest first, each once."""

from dataclasses import replace

import pytest

from telic import Cancel, Context, EventId, Reject, WorkflowId
from telic.kernel.advance import advance
from telic.kernel.errors import UndeclaredResult
from telic.kernel.events import Pause, Resume, Terminate
from telic.kernel.offering import UNHEARD
from telic.kernel.orders import FailureCause
from telic.kernel.results import NotAccepted
from telic.kernel.snapshot import Delivery, Outcome, Status
from telic.kernel.values import WaitKey
from tests.kernel import machines as m
from tests.kernel.keeper import AskRoom, Leave, RoomBooked, room
from tests.kernel.machines import (
    BOSS,
    NOW,
    OPENED,
    ORDERING,
    QUOTED,
    failed,
    outcomes,
    part,
    shop,
    step,
    walk,
)


def test_a_deferred_command_is_offered_after_a_change_of_state():
    snapshot = walk(m.Open(parts=0), (m.Collect(), {"event_id": EventId("c"), "actor": "ada"}))
    assert [one.event for one in snapshot.deferred] == [m.Collect()]
    still = step(snapshot, m.Quote(price=1)).after
    assert len(still.deferred) == 1
    commit = step(still, m.Approve(), **BOSS)
    assert outcomes(commit) == [Outcome.STEPPED, Outcome.STEPPED]
    offered = commit.records[1]
    assert (offered.first, offered.actor, offered.state) == (2, "ada", m.Done())
    assert (commit.after.status, commit.after.parked) == (Status.ENDED, ())


def test_a_deferred_command_that_is_rejected_in_the_end_is_recorded():
    commit = step(walk(m.Open(parts=1), m.Collect(), m.Quote(price=1)), m.Approve(), **BOSS)
    assert outcomes(commit) == [Outcome.STEPPED, Outcome.REJECTED]
    assert commit.records[1].why == ("parts are missing",)


def test_a_deferred_fact_keeps_its_answer_and_moves_the_state_again():
    snapshot = walk(*QUOTED, (m.Recalled(model="x"), {"wait": WaitKey("Recalled")}))
    commit = step(snapshot, m.Approve(), **BOSS)
    assert commit.after.state == m.Scrapped(why="recalled")


def test_deferred_commands_are_rejected_at_the_end():
    commit = step(walk(m.Open(), m.Collect()), Cancel(reason="no"))
    assert outcomes(commit) == [Outcome.STEPPED, Outcome.REJECTED]
    assert commit.records[1].why == (NotAccepted(command="Collect", state="Scrapped", accepts=()),)
    assert str(commit.records[1].why[0]) == "expected one of no command in Scrapped, got Collect"


def test_what_was_deferred_ends_with_the_instance():
    snapshot = walk(*QUOTED, m.Collect(), (m.Recalled(), {"wait": WaitKey("Recalled")}))
    commit = step(snapshot, Terminate())
    assert outcomes(commit) == [Outcome.STEPPED, Outcome.REJECTED, Outcome.UNPLACED]
    assert [one.outcome for one in commit.after.unplaced] == [Outcome.UNPLACED]


def paused_with(event, how, snapshot):
    """An instance that was paused, and got this meanwhile."""
    return step(step(snapshot, Pause()).after, event, **how).after


def test_a_fact_that_was_kept_during_a_pause_may_be_ignored_after_it():
    snapshot = walk(*ORDERING)
    here = m.FrozenMap({one: m.PartHere(part_id=one) for one in (m.PartId("p0"), m.PartId("p1"))})
    kept = paused_with(*part(0), snapshot._replace(state=m.Ordering(parts=here), waits=()))
    resumed = step(kept, Resume())
    assert outcomes(resumed) == [Outcome.STEPPED, Outcome.IGNORED]
    assert (resumed.records[1].why, resumed.records[1].first) == (("it is here already",), 5)


def unplaced():
    """An instance with a fact that was asked for and that its state does not take."""
    lost = walk(*ORDERING)._replace(state=m.Quoted(parts=2, price=5, until=NOW), waits=())
    commit = step(lost, *part(0)[:1], **part(0)[1])
    assert outcomes(commit) == [Outcome.UNPLACED]
    return commit.after


def test_an_unplaced_fact_stays_until_a_state_takes_it():
    kept = unplaced()
    still = step(kept, m.Collect())
    assert (outcomes(still), [one.event for one in still.after.unplaced]) == ([Outcome.DEFERRED], [part(0)[0]])
    parts = m.FrozenMap({one: m.PartWanted(part_id=one, by=NOW) for one in (m.PartId("p0"), m.PartId("p1"))})
    placed = step(kept._replace(state=m.Ordering(parts=parts)), *part(1)[:1], **part(1)[1])
    assert outcomes(placed) == [Outcome.STEPPED, Outcome.STEPPED]
    assert (placed.records[1].first, placed.after.parked, placed.closed) == (4, (), ("bike:3:0", "bike:3:1"))


def test_nothing_is_offered_to_an_instance_that_is_paused():
    paused = step(unplaced(), Pause())
    assert outcomes(paused) == [Outcome.STEPPED]
    assert len(paused.after.unplaced) == 1


def test_a_withdrawn_intent_whose_failure_was_kept_ends_quietly_where_nobody_takes_it():
    kept = paused_with(*failed(0, FailureCause.WITHDRAWN), walk(*ORDERING))
    assert [one.outcome for one in kept.parked] == [Outcome.DEFERRED]
    elsewhere = m.Quoted(parts=2, price=5, until=NOW)
    resumed = step(kept._replace(state=elsewhere, waits=()), Resume())
    assert (outcomes(resumed), resumed.after.parked) == ([Outcome.STEPPED, Outcome.IGNORED], ())
    assert resumed.records[1].why == (UNHEARD,)


def test_an_event_that_is_deferred_again_waits_for_the_next_change():
    snapshot = walk(m.Open(), m.Collect())
    commit = step(snapshot, m.Quote(price=1))
    assert (outcomes(commit), len(commit.after.deferred)) == ([Outcome.STEPPED], 1)


def test_an_offer_that_refuses_a_fact_is_broken_code(monkeypatch):
    kept = paused_with(m.Mailed(), {"answers": OPENED}, walk(m.Open()))
    info = shop.infos[m.New]
    row = replace(
        info.rows[m.Poke],
        event=m.Mailed,
        call=lambda *_: (kept.state, Reject("no")),
        shapes=frozenset({(m.New, Reject)}),
    )
    monkeypatch.setattr(shop, "infos", {**shop.infos, m.New: replace(info, rows={**info.rows, m.Mailed: row})})
    with pytest.raises(UndeclaredResult) as caught:
        step(kept, Resume())
    assert str(caught.value) == (
        "New.poke: expected a state for a fact, got Reject('no'); do handle, ignore or defer it: a fact has happened"
    )


def test_a_kept_event_that_the_next_state_ignores_is_recorded_with_the_reason():
    kept = paused_with(m.Mailed(), {"answers": OPENED}, walk(m.Open()))
    resumed = step(kept, Resume())
    assert (outcomes(resumed), resumed.records[1].why) == (
        [Outcome.STEPPED, Outcome.IGNORED],
        ("mail is best effort",),
    )


def test_a_kept_fact_that_the_end_keeps_for_people_is_unplaced():
    at = Context(now=NOW, workflow_id=WorkflowId("r"))
    begun = advance(room, None, Delivery(AskRoom()), at).after
    (asked,) = begun.open
    deferred = advance(room, begun, Delivery(RoomBooked(), None, asked), at).after
    left = advance(room, deferred, Delivery(Leave()), at)
    assert outcomes(left) == [Outcome.STEPPED, Outcome.UNPLACED]
    assert [(one.event, one.outcome) for one in left.after.parked] == [(RoomBooked(), Outcome.UNPLACED)]
