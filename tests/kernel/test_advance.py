"""The semantics of one step, fact by fact."""

from datetime import timedelta

import pytest

from telic import Cancel, EventId, IntentFailed, IntentId, Machine
from telic.kernel.errors import BrokenClaim, TransitionError, UndeclaredResult
from telic.kernel.events import Pause, Resume, Terminate
from telic.kernel.orders import FailureCause, IntentDone
from telic.kernel.results import (
    Duplicate,
    Ended,
    Invalid,
    NoOpenTask,
    NotAccepted,
    NotFound,
    Paused,
    Rejected,
    TaskNotNamed,
    TooManyDeferred,
    Unasked,
)
from telic.kernel.snapshot import Begin, Outcome, Status
from telic.kernel.values import WaitKey
from tests.kernel import machines as m
from tests.kernel.machines import HOUR, ID, NOW, step, walk

OPENED = IntentId("bike:1:0")
BOSS, LAPSE = {"wait": WaitKey("boss")}, {"wait": WaitKey("Lapsed")}
QUOTED = (m.Open(parts=2), m.Quote(price=5))
ORDERING = (*QUOTED, (m.Approve(), BOSS))


def part(number, event=m.PartCame):
    return event(part_id=m.PartId(f"p{number}")), {"answers": IntentId(f"bike:3:{number}")}


def failed(number, cause=FailureCause.EXHAUSTED):
    intent = m.OrderPart(part_id=m.PartId(f"p{number}"))
    return IntentFailed[m.OrderPart](intent=intent, cause=cause), {"answers": IntentId(f"bike:3:{number}")}


def outcomes(commit):
    return [record.outcome for record in commit.records]


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


def test_a_command_that_a_task_asks_for_needs_an_open_task():
    result = step(walk(m.Open()), m.Approve())
    assert str(result.reasons[0]) == "expected an open task that asks for Approve, got none"
    result = step(walk(*QUOTED), m.Approve(), wait=WaitKey("nobody"))
    assert result.reasons == (NoOpenTask(command="Approve", task=WaitKey("nobody")),)
    assert str(result.reasons[0]) == "expected an open task that asks for Approve under key nobody, got none"


def test_of_several_tasks_one_has_to_be_named():
    result = step(walk(*QUOTED), m.Approve())
    assert result.reasons == (TaskNotNamed(command="Approve", tasks=(WaitKey("boss"), WaitKey("deputy"))),)
    assert str(result.reasons[0]) == "expected wait= naming one of boss, deputy for Approve, got none"


def test_a_transition_sees_task_and_actor_in_its_context():
    assert step(walk(*QUOTED), m.Approve(), actor="thief", **BOSS) == Rejected(ID, ("not you, at boss",))


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


def test_a_fact_that_nobody_asked_for_is_unasked():
    result = step(walk(m.Open()), m.Mailed())
    assert result == Unasked(
        ID,
        "expected Mailed as the answer to an open intent or from a declared wait, got neither; "
        "do name it: answers= or wait=",
    )


def test_an_answer_closes_its_intent():
    commit = step(walk(m.Open()), m.Mailed(), answers=OPENED)
    assert (outcomes(commit), commit.closed, commit.done) == ([Outcome.IGNORED], (OPENED,), (OPENED,))
    assert commit.records[0].why == ("mail is best effort",)


@pytest.mark.parametrize(
    ("answers", "event", "why"),
    [
        (
            "bike:9:0",
            m.Mailed(),
            "expected the id of an open intent, got bike:9:0; do check the id, it may be answered already",
        ),
        (OPENED, m.PartCame(part_id=m.PartId("p")), "expected Mailed as the answer to Mail, got PartCame"),
        (OPENED, IntentDone(), "expected Mailed as the answer to Mail, got IntentDone"),
        (
            OPENED,
            IntentFailed[m.OrderPart](intent=m.OrderPart(part_id=m.PartId("p")), cause="exhausted"),
            "expected the failure of an open Mail, got IntentFailed[OrderPart]",
        ),
    ],
)
def test_what_does_not_answer_the_intent_is_unasked(answers, event, why):
    assert step(walk(m.Open()), event, answers=IntentId(answers)) == Unasked(ID, why)


def test_an_intent_without_answers_is_done_when_it_was_carried_out():
    snapshot = walk(m.Open(), m.Poke())
    commit = step(snapshot, IntentDone(), answers=IntentId("bike:2:0"))
    assert commit.closed == ("bike:2:0",)
    assert commit.records[0].why == ("carried out, and no answer was asked for",)
    again = step(commit.after, IntentDone(), answers=IntentId("bike:2:0"))
    assert isinstance(again, Unasked)


def test_answers_to_many_carry_the_ids_that_tell_them_apart():
    snapshot = walk(*ORDERING)
    assert all(one.correlated for key, one in snapshot.open.items() if key.startswith("bike:3"))
    wrong, _ = part(1)
    result = step(snapshot, wrong, answers=IntentId("bike:3:0"))
    assert isinstance(result, Invalid)
    assert result.errors[0].startswith("expected PartCame with the typed ids of OrderPart(")


def test_parts_keep_their_own_state_and_waits():
    snapshot = walk(*ORDERING)
    assert [one.key for one in snapshot.waits] == ["parts.p0.slow", "parts.p1.slow"]
    after = step(snapshot, part(0)[0], **part(0)[1]).after
    assert [one.key for one in after.waits] == ["parts.p1.slow"]
    assert isinstance(after.state.parts[m.PartId("p0")], m.PartHere)


# --- deadlines and topics -------------------------------------------------------------------


def test_a_deadline_is_never_early_and_fires_once_for_its_moment():
    snapshot = walk(*QUOTED)
    early = step(snapshot, m.Lapsed(), **LAPSE)
    assert early.why == "expected deadline Lapsed not before 2026-05-01T13:00:00+00:00, got 2026-05-01T12:00:00+00:00"
    fired = step(snapshot, m.Lapsed(), now=NOW + HOUR, **LAPSE).after
    assert fired.state.extended
    assert fired.waits[0].fired == NOW + HOUR
    again = step(fired, m.Lapsed(), now=NOW + 2 * HOUR, **LAPSE)
    assert again.why == "expected a deadline that has not fired, got Lapsed, which fired for 2026-05-01T13:00:00+00:00"


def test_what_the_state_does_not_declare_any_more_is_unasked():
    result = step(walk(*ORDERING), m.Lapsed(), now=NOW + HOUR, **LAPSE)
    assert result.why == "expected a wait that Ordering declares (parts.p0.slow, parts.p1.slow), got Lapsed"
    assert "(none)" in step(walk(m.Open()), m.Lapsed(), **LAPSE).why


def test_a_wait_takes_only_its_own_event():
    snapshot = walk(*QUOTED)
    assert (
        step(snapshot, m.Recalled(), now=NOW + HOUR, **LAPSE).why
        == "expected Lapsed() from deadline Lapsed, got Recalled(model='')"
    )
    assert step(snapshot, m.Lapsed(), wait=WaitKey("Recalled")).why == "expected Recalled from Recalled, got Lapsed"
    assert step(snapshot, m.Recalled(), **BOSS).why == "expected Approve from boss, got Recalled"


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


def test_a_deferred_command_that_is_rejected_in_the_end_is_recorded():
    commit = step(walk(m.Open(parts=1), m.Collect(), m.Quote(price=1)), m.Approve(), **BOSS)
    assert outcomes(commit) == [Outcome.STEPPED, Outcome.REJECTED]
    assert commit.records[1].why == ("parts are missing",)


def test_a_deferred_fact_keeps_its_answer_and_moves_the_state_again():
    snapshot = walk(*QUOTED, (m.Recalled(model="x"), {"wait": WaitKey("Recalled")}))
    commit = step(snapshot, m.Approve(), **BOSS)
    assert commit.after.state == m.Scrapped(why="recalled")


def test_only_so_many_commands_are_deferred():
    result = step(walk(m.Open(), m.Collect(), m.Collect()), m.Collect())
    assert result == Rejected(ID, (TooManyDeferred(limit=2),))
    assert str(result.reasons[0]) == "expected at most 2 deferred commands, got one more"


def test_deferred_commands_are_rejected_at_the_end():
    commit = step(walk(m.Open(), m.Collect()), Cancel(reason="no"))
    assert outcomes(commit) == [Outcome.STEPPED, Outcome.REJECTED]
    assert commit.records[1].why == (NotAccepted(command="Collect", state="Scrapped", accepts=()),)
    assert str(commit.records[1].why[0]) == "expected one of no command in Scrapped, got Collect"


# --- failures and withdrawals ---------------------------------------------------------------


def test_a_taken_failure_closes_the_intent_and_its_late_success_still_counts():
    snapshot = step(walk(*ORDERING), failed(0)[0], **failed(0)[1]).after
    assert IntentId("bike:3:0") not in snapshot.open
    assert IntentId("bike:3:0") in snapshot.late
    late, how = part(1)
    after = step(step(snapshot, failed(1)[0], **failed(1)[1]).after, m.Collect()).after
    commit = step(after, late, **how)
    assert (outcomes(commit), commit.after.late.keys()) == ([Outcome.IGNORED], {"bike:3:0"})


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


def test_a_claim_that_does_not_hold_fails_loudly():
    snapshot = walk(*ORDERING)
    empty = snapshot._replace(state=m.Ordering(parts=m.FrozenMap()), waits=())
    with pytest.raises(BrokenClaim) as caught:
        step(empty, m.Collect())
    assert str(caught.value) == (
        "Done: expected no open OrderPart, as settles claims, got bike:3:0; "
        "do wait for its answer before this state, or withdraw the claim"
    )


# --- pause, cancel, terminate ---------------------------------------------------------------


def test_a_paused_instance_rejects_commands_and_keeps_facts():
    paused = step(walk(m.Open()), Pause(reason="audit")).after
    assert paused.status is Status.PAUSED
    assert step(paused, m.Poke()) == Rejected(ID, (Paused(),))
    kept = step(paused, m.Mailed(), answers=OPENED)
    assert outcomes(kept) == [Outcome.DEFERRED]
    resumed = step(kept.after, Resume())
    assert outcomes(resumed) == [Outcome.STEPPED, Outcome.IGNORED]
    assert (resumed.after.status, resumed.after.parked) == (Status.RUNNING, ())
    twice = step(paused, Pause()).reasons
    assert twice == ("expected a running instance for Pause, got one that is paused",)
    assert step(walk(m.Open()), Resume()).reasons == ("expected a paused instance for Resume, got one that is running",)


def test_deadlines_wait_while_an_instance_is_paused():
    paused = step(walk(*QUOTED), Pause()).after
    result = step(paused, m.Lapsed(), now=NOW + HOUR, **LAPSE)
    assert result.why.startswith("expected a running instance for a deadline, got one that is paused")


def test_an_answer_that_is_kept_is_not_taken_twice():
    kept = step(step(walk(m.Open()), Pause()).after, m.Mailed(), answers=OPENED).after
    again = step(kept._replace(open=walk(m.Open()).open), m.Mailed(), answers=OPENED)
    assert again.why == "expected an intent without an answer, got bike:1:0, whose answer is kept with the instance"


def test_a_state_may_compensate_a_cancellation_even_while_paused():
    paused = step(walk(m.Open()), Pause()).after
    for snapshot in (walk(m.Open()), paused):
        commit = step(snapshot, Cancel(reason="enough"))
        assert commit.after.state == m.Scrapped(why="enough")
        assert commit.after.status is Status.ENDED


def test_terminate_keeps_the_state_withdraws_everything_and_ends_the_waits():
    commit = step(walk(*ORDERING), Terminate(reason="fire"))
    after = commit.after
    assert (after.status, after.waits) == (Status.TERMINATED, ())
    assert all(one.withdrawn for one in after.open.values())
    assert step(after, m.Collect()) == Ended(ID, Status.TERMINATED)
    late = step(after, part(0)[0], **part(0)[1])
    assert outcomes(late) == [Outcome.UNPLACED]
    assert late.done == ("bike:3:0",)
    dead = step(after, failed(1)[0], **failed(1)[1])
    assert isinstance(dead, Unasked)


def test_what_was_deferred_ends_with_the_instance():
    snapshot = walk(*QUOTED, m.Collect(), (m.Recalled(), {"wait": WaitKey("Recalled")}))
    commit = step(snapshot, Terminate())
    assert outcomes(commit) == [Outcome.STEPPED, Outcome.REJECTED, Outcome.UNPLACED]
    assert [one.outcome for one in commit.after.unplaced] == [Outcome.UNPLACED]


def test_an_ended_instance_records_what_it_ignores():
    ended = step(walk(m.Open()), Cancel()).after
    assert step(ended, m.Poke()) == Ended(ID, Status.ENDED)
    assert outcomes(step(ended, m.Mailed(), answers=OPENED)) == [Outcome.IGNORED]


# --- code that is broken --------------------------------------------------------------------


def test_an_exception_names_the_transition_and_nothing_is_returned():
    with pytest.raises(KeyError) as caught:
        step(walk(*ORDERING)._replace(state=m.Ordering(parts=m.FrozenMap())), part(0)[0], **part(0)[1])
    assert caught.value.__notes__ == ["raised in Ordering.come of machine 'shop'; the instance is untouched"]


def test_a_batch_and_a_single_intent_are_what_was_declared():
    commit = step(walk(m.Open()), m.Poke(how="both"))
    assert [one.id for one in commit.records[0].emitted] == ["bike:2:0", "bike:2:1"]
    assert commit.records[0].emitted[0].correlated


def test_a_result_that_is_not_declared_fails_loudly(monkeypatch):
    row = shop_row(m.New, m.Quote)
    for result, text in (
        (None, "New.quote: expected a pair of a state and an intent, got None; do return NewState(...), NoIntent()"),
        (
            (m.Done(), m.NoIntent()),
            "New.quote: expected (New, Reject) | (Quoted, NoIntent), got (Done, NoIntent()); do declare it in the return annotation",
        ),
    ):
        monkeypatch.setattr(m.shop, "infos", with_call(row, lambda *_, result=result: result))
        with pytest.raises(UndeclaredResult) as caught:
            step(walk_from(m.New()), m.Quote(price=1))
        assert str(caught.value) == text
        assert isinstance(caught.value, TransitionError)


def shop_row(state, event):
    return m.shop.infos[state].rows[event]


def with_call(row, call):
    from dataclasses import replace

    info = m.shop.infos[row.state]
    return {**m.shop.infos, row.state: replace(info, rows={**info.rows, row.event: replace(row, call=call)})}


def walk_from(state):
    return step(None, m.Open()).after._replace(state=state)


def test_a_moment_of_a_step_is_the_moment_of_its_record():
    later = NOW + timedelta(days=1)
    assert step(walk(m.Open()), m.Poke(), now=later).records[0].at == later
