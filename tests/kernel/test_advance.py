"""The semantics of one step, fact by fact."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import given
from pydantic import BaseModel

from telic import Cancel, Context, EventId, Ignore, IntentFailed, IntentId, Machine, NoIntent, Reject
from telic.kernel.advance import advance
from telic.kernel.errors import UndeclaredResult
from telic.kernel.events import Pause, Resume, Terminate
from telic.kernel.orders import FailureCause, IntentDone
from telic.kernel.results import (
    Duplicate,
    Ended,
    Invalid,
    NotAccepted,
    NotFound,
    Paused,
    Rejected,
    TooManyDeferred,
    Unasked,
)
from telic.kernel.snapshot import Begin, Delivery, Outcome, Status
from tests.kernel import lamp
from tests.kernel import machines as m
from tests.kernel import test_reminders as reminders
from tests.kernel.keeper import AskRoom, BookRoom, RoomBooked, room
from tests.kernel.lives import MOVES, lived
from tests.kernel.machines import (
    BOSS,
    HOUR,
    ID,
    LAPSE,
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

# --- starts ---------------------------------------------------------------------------------


def test_a_start_event_begins_an_instance():
    commit = step(None, m.Open(parts=1))
    assert (commit.expected, commit.after.revision, commit.after.state) == (0, 1, m.New(parts=1))
    assert commit.after.meta.started_at == NOW
    assert [one.id for one in commit.opened] == [OPENED]


def test_a_start_may_be_rejected():
    assert step(None, m.Open(parts=-1)) == Rejected(ID, ("fewer than no parts",))


def test_any_other_event_for_an_unknown_id_is_not_found():
    assert step(None, m.Quote(price=1)) == NotFound(ID, ("Open",))


def test_a_machine_begins_with_a_state_only_where_it_names_it():
    assert step(None, Begin(m.Done())) == Invalid(ID, ("expected an event with @start to begin with, got Done",))
    named = Machine[m.Shop, m.ShopEvent](name="named", starts=(m.New,))
    assert step(None, Begin(m.New()), machine=named).after.state == m.New()
    assert step(None, Begin(m.Done()), machine=named).errors == ("expected New to begin with, got Done",)


def test_a_start_event_for_an_existing_id_is_an_ordinary_event():
    result = step(walk(m.Open()), m.Open())
    expected = NotAccepted(command="Open", state="New", accepts=("Cancel", "Quote", "Collect", "Poke"))
    assert result == Rejected(ID, (expected,))
    assert str(expected) == "expected one of Cancel, Quote, Collect, Poke in New, got Open"


# --- commands -------------------------------------------------------------------------------


def test_a_command_moves_the_state_and_opens_waits():
    snapshot = walk(*QUOTED)
    assert snapshot.state == m.Quoted(parts=2, price=5, until=NOW + HOUR)
    assert [(one.key, one.since) for one in snapshot.waits] == [
        ("Lapsed", 2), ("boss", 2), ("deputy", 2), ("Recalled", 2),
    ]  # fmt: skip


def test_a_rejected_command_writes_nothing_and_tells_every_reason():
    assert step(walk(m.Open()), m.Quote(price=-1)) == Rejected(ID, ("too cheap", "and odd"))


def test_an_ignored_command_is_recorded_with_its_reason():
    commit = step(walk(m.Open()), m.Poke(how="hush"))
    assert outcomes(commit) == [Outcome.IGNORED]
    assert commit.records[0].why == ("hush",)


def test_what_is_no_event_of_the_machine_is_invalid():
    class Foreign(m.Command): ...

    result = step(walk(m.Open()), Foreign())
    assert result == Invalid(ID, ("expected an event of machine 'shop', got Foreign",))
    assert isinstance(step(walk(m.Open()), Begin(m.New())), Invalid)


# --- event ids ------------------------------------------------------------------------------


def test_a_known_event_id_is_a_duplicate_with_the_first_result():
    commit = step(walk(m.Open()), m.Poke(), event_id=EventId("e"))
    again = step(commit.after, m.Quote(price=1), event_id=EventId("e"))
    assert again == Duplicate(ID, EventId("e"), commit.records[0].recorded)
    assert again.recorded.intent_ids == (IntentId("bike:2:0"),)


def test_an_id_of_the_form_that_names_records_is_invalid():
    result = step(None, m.Open(), event_id=EventId("telic:bike:1"))
    error = "expected an event id of your own, got telic:bike:1, a form in which telic names records"
    assert result == Invalid(ID, (error,))


def test_an_event_without_an_id_gets_one_from_its_record():
    assert step(None, m.Open()).records[0].event_id == "telic:bike:1"


# --- facts ----------------------------------------------------------------------------------


def test_an_answer_closes_its_intent():
    commit = step(walk(m.Open()), m.Mailed(), answers=OPENED)
    assert (outcomes(commit), commit.closed, commit.done) == ([Outcome.IGNORED], (OPENED,), (OPENED,))
    assert commit.records[0].why == ("mail is best effort",)


def test_an_intent_without_answers_is_done_when_it_was_carried_out():
    snapshot = walk(m.Open(), m.Poke())
    commit = step(snapshot, IntentDone(), answers=IntentId("bike:2:0"))
    assert commit.closed == ("bike:2:0",)
    assert commit.records[0].why == ("carried out, and no answer was asked for",)
    again = step(commit.after, IntentDone(), answers=IntentId("bike:2:0"))
    assert isinstance(again, Unasked)


def test_parts_keep_their_own_state_and_waits():
    snapshot = walk(*ORDERING)
    assert [one.key for one in snapshot.waits] == ["parts.p0.slow", "parts.p1.slow"]
    after = step(snapshot, part(0)[0], **part(0)[1]).after
    assert [one.key for one in after.waits] == ["parts.p1.slow"]
    assert isinstance(after.state.parts[m.PartId("p0")], m.PartHere)


# --- deadlines and topics -------------------------------------------------------------------


# --- deferral -------------------------------------------------------------------------------


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


def test_only_so_many_commands_are_deferred():
    result = step(walk(m.Open(), m.Collect(), m.Collect()), m.Collect())
    assert result == Rejected(ID, (TooManyDeferred(limit=2),))
    assert str(result.reasons[0]) == "expected at most 2 deferred commands, got one more"


# --- failures and withdrawals ---------------------------------------------------------------


def test_a_failure_that_no_state_takes_is_a_dead_letter():
    failure = IntentFailed[m.Mail](intent=m.Mail(), cause=FailureCause.EXHAUSTED)
    result = step(walk(m.Open()), failure, answers=OPENED)
    assert result.why == (
        "expected New to take IntentFailed[Mail], got no transition for it: a dead letter; do redrive it"
    )


def test_a_withdrawn_intent_stays_accounted_for():
    commit = step(walk(*ORDERING), part(0, m.PartMissing)[0], **part(0)[1])
    assert commit.withdrawn == ("bike:3:1",)
    assert commit.after.open[IntentId("bike:3:1")].withdrawn
    quiet = IntentFailed[m.Mail](intent=m.Mail(), cause=FailureCause.WITHDRAWN)
    closed = step(walk(m.Open()), quiet, answers=OPENED)
    assert (closed.closed, closed.records[0].why) == ((OPENED,), ("withdrawn, and no state asks to hear of it",))


# --- pause, cancel, terminate ---------------------------------------------------------------


def test_a_paused_instance_rejects_commands_and_keeps_facts():
    paused = step(walk(m.Open()), Pause(reason="audit")).after
    assert paused.status is Status.PAUSED
    assert step(paused, m.Poke()) == Rejected(ID, (Paused(reason="audit"),))
    kept = step(paused, m.Mailed(), answers=OPENED)
    assert outcomes(kept) == [Outcome.DEFERRED]
    resumed = step(kept.after, Resume())
    assert outcomes(resumed) == [Outcome.STEPPED, Outcome.IGNORED]
    assert (resumed.after.status, resumed.after.parked) == (Status.RUNNING, ())
    twice = step(paused, Pause()).reasons
    assert twice == ("expected a running instance for Pause, got one that is paused",)
    assert step(walk(m.Open()), Resume()).reasons == ("expected a paused instance for Resume, got one that is running",)


def test_a_failure_that_the_state_does_not_take_is_a_dead_letter_during_a_pause_too():
    paused = step(walk(m.Open()), Pause()).after
    gone = IntentFailed[m.Mail](intent=m.Mail(), cause=FailureCause.EXHAUSTED)
    result = step(paused, gone, answers=OPENED)
    assert result == step(walk(m.Open()), gone, answers=OPENED)
    assert isinstance(result, Unasked)
    quiet = step(paused, gone.evolve(cause=FailureCause.WITHDRAWN), answers=OPENED)
    assert (outcomes(quiet), quiet.closed) == ([Outcome.IGNORED], (OPENED,))
    assert quiet.records[0].why == ("withdrawn, and no state asks to hear of it",)


def test_a_failure_that_the_state_takes_waits_for_the_end_of_a_pause():
    paused = step(walk(*ORDERING), Pause()).after
    kept = step(paused, failed(0)[0], **failed(0)[1])
    assert (outcomes(kept), kept.closed) == ([Outcome.DEFERRED], ("bike:3:0",))
    resumed = step(kept.after, Resume())
    assert outcomes(resumed) == [Outcome.STEPPED, Outcome.STEPPED]
    assert list(resumed.after.state.parts) == ["p1"]


def test_deadlines_wait_while_an_instance_is_paused():
    paused = step(walk(*QUOTED), Pause()).after
    result = step(paused, m.Lapsed(), now=NOW + HOUR, **LAPSE)
    assert result.why.startswith("expected a running instance for a deadline, got one that is paused")


def test_a_state_may_compensate_a_cancellation_even_while_paused():
    paused = step(walk(m.Open()), Pause()).after
    for snapshot in (walk(m.Open()), paused):
        commit = step(snapshot, Cancel(reason="enough"))
        assert commit.after.state == m.Scrapped(why="enough")
        assert commit.after.status is Status.ENDED


def test_an_ended_instance_records_what_it_ignores():
    ended = step(walk(m.Open()), Cancel()).after
    assert step(ended, m.Poke()) == Ended(ID, Status.ENDED)
    assert outcomes(step(ended, m.Mailed(), answers=OPENED)) == [Outcome.IGNORED]


def test_what_comes_after_its_failure_was_taken_is_ignored_by_a_shop_that_gave_it_up():
    after = step(walk(*ORDERING), failed(0)[0], **failed(0)[1]).after
    late = step(after, part(0)[0], **part(0)[1])
    assert (outcomes(late), late.records[0].why) == ([Outcome.IGNORED], ("it was given up",))


# --- code that is broken --------------------------------------------------------------------


def test_a_moment_of_a_step_is_the_moment_of_its_record():
    later = NOW + timedelta(days=1)
    assert step(walk(m.Open()), m.Poke(), now=later).records[0].at == later


def test_a_start_that_ignores_is_broken(monkeypatch):
    row = shop.start_rows[m.Open]
    broken = replace(row, call=lambda *_: (m.New(), Ignore("x")), shapes=frozenset({(m.New, Ignore)}))
    monkeypatch.setattr(shop, "start_rows", {m.Open: broken})
    with pytest.raises(UndeclaredResult, match="expected a first state and an intent, got"):
        step(None, m.Open())


@given(MOVES)
def test_the_same_step_comes_to_the_same_and_the_end_is_the_end(moves):
    one, other = lived(moves), lived(moves)
    assert one == other
    for commit in one:
        again = step(commit.after, m.Poke(), event_id=commit.records[0].given_id)
        assert again.kind == "duplicate"
        if commit.after.status is Status.ENDED:
            assert step(commit.after, m.Poke()).kind == "ended"


# --- the short way --------------------------------------------------------------------------


def test_a_plain_step_and_a_verdict_that_the_short_way_leaves_come_to_what_is_declared():
    installed = lamp.step(None, lamp.Install()).after
    assert lamp.step(None, lamp.Install(), actor="thief") == Rejected(lamp.ID, ("not by you",))
    assert lamp.step(installed, lamp.Smash()) == Rejected(lamp.ID, ("with what",))
    assert lamp.step(installed, lamp.Switch()).after.state == lamp.On()


# --- facts that no state takes --------------------------------------------------------------


def test_an_asked_for_fact_that_the_state_does_not_take_is_kept_as_unplaced():
    lost = walk(*ORDERING)._replace(state=m.New(), waits=())
    commit = step(lost, part(0)[0], **part(0)[1])
    assert (outcomes(commit), commit.closed, commit.done) == ([Outcome.UNPLACED], (), ("bike:3:0",))


def test_an_instance_that_is_over_keeps_answers_and_takes_no_failure():
    after = step(walk(*ORDERING), Terminate(reason="fire")).after
    assert step(after, m.Collect()) == Ended(ID, Status.TERMINATED)
    assert outcomes(step(after, part(0)[0], **part(0)[1])) == [Outcome.UNPLACED]
    assert isinstance(step(after, failed(1)[0], **failed(1)[1]), Unasked)


def test_what_an_end_keeps_for_people_is_unplaced_and_stays():
    begun = advance(room, None, Delivery(AskRoom()), Context(now=NOW, workflow_id=ID)).after
    (asked,) = begun.open
    failure = IntentFailed[BookRoom](intent=BookRoom(), cause=FailureCause.EXHAUSTED)
    over = advance(room, begun, Delivery(failure, None, asked), Context(now=NOW, workflow_id=ID)).after
    late = advance(room, over, Delivery(RoomBooked(), None, asked), Context(now=NOW, workflow_id=ID))
    assert (outcomes(late), late.after.status) == ([Outcome.UNPLACED], Status.ENDED)
    assert [one.event for one in late.after.parked] == [RoomBooked()]
    again = advance(room, late.after, Delivery(RoomBooked(), None, asked), Context(now=NOW, workflow_id=ID))
    assert isinstance(again, Unasked)


def test_a_fact_is_never_rejected(monkeypatch):
    info = shop.infos[m.New]
    row = replace(
        info.rows[m.Poke],
        event=m.Mailed,
        call=lambda state, _: (state, Reject("no")),
        shapes=frozenset({(m.New, Reject)}),
    )
    monkeypatch.setattr(shop, "infos", {**shop.infos, m.New: replace(info, rows={**info.rows, m.Mailed: row})})
    with pytest.raises(UndeclaredResult) as caught:
        step(walk(m.Open()), m.Mailed(), answers=OPENED)
    assert str(caught.value) == (
        "New.poke: expected a state for a fact, got Reject('no'); do handle, ignore or defer it: a fact has happened"
    )


class ClassicOver(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[m.K.DONE] = m.K.DONE

    def handle(self, event: m.Mailed) -> tuple["ClassicOver", Ignore]:
        return self, Ignore("over, says the state itself")


class Classic(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[m.K.NEW] = m.K.NEW

    def handle(self, event: m.Collect | m.Poke | m.Mailed) -> tuple["Classic | ClassicOver", m.Mail | NoIntent]:
        return (self, m.Mail()) if isinstance(event, m.Poke) else (ClassicOver(), NoIntent())


def test_the_last_state_of_a_classic_machine_says_itself_that_it_ignores():
    classic = Machine[Classic | ClassicOver, m.Collect | m.Poke | m.Mailed](name="classic", starts=(Classic,))
    snapshot = None
    for event in (Begin(Classic()), m.Poke(), m.Collect()):
        snapshot = step(snapshot, event, machine=classic).after
    assert snapshot.status is Status.ENDED
    commit = step(snapshot, m.Mailed(), machine=classic, answers=IntentId("bike:2:0"))
    assert (outcomes(commit), commit.records[0].why) == ([Outcome.IGNORED], ("over, says the state itself",))


def test_a_reminder_is_a_step_that_keeps_the_state_and_waits_for_the_end_of_a_pause():
    before, at = reminders.asked(), reminders.NOW + 5 * reminders.HOUR
    assert reminders.reminded(before, at).after.state is before.state
    paused = reminders.step(before, Pause()).after
    assert reminders.reminded(paused, at).why.startswith("expected a running instance for a reminder")
