"""Provenance: where an event may come from, and what is told of one that nobody asked for."""

import pytest

from telic import IntentFailed, IntentId
from telic.kernel.events import Pause
from telic.kernel.orders import IntentDone
from telic.kernel.results import (
    Invalid,
    NoOpenTask,
    TaskNotNamed,
    Unasked,
)
from telic.kernel.snapshot import Commit
from telic.kernel.values import WaitKey
from tests.kernel import machines as m
from tests.kernel import test_reminders as reminders
from tests.kernel.machines import BOSS, HOUR, ID, LAPSE, NOW, OPENED, ORDERING, QUOTED, failed, part, step, walk


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


def test_a_fact_that_nobody_asked_for_is_unasked():
    result = step(walk(m.Open()), m.Mailed())
    assert result == Unasked(
        ID,
        "expected Mailed as the answer to an open intent or from a declared wait, got neither; "
        "do name it: answers= or wait=",
    )


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


def test_an_answer_that_is_kept_is_not_taken_twice():
    kept = step(step(walk(m.Open()), Pause()).after, m.Mailed(), answers=OPENED).after
    again = step(kept._replace(open=walk(m.Open()).open), m.Mailed(), answers=OPENED)
    assert again.why == "expected an intent without an answer, got bike:1:0, whose answer is kept with the instance"


def test_a_topic_gives_its_fact_and_an_open_intent_its_failure():
    recalled = step(walk(*QUOTED), m.Recalled(model="x"), wait=WaitKey("Recalled"))
    assert (recalled.records[0].wait, recalled.records[0].answers) == ("Recalled", None)
    gave_up = step(walk(*ORDERING), failed(0)[0], **failed(0)[1])
    assert (gave_up.records[0].wait, gave_up.records[0].answers) == (None, "bike:3:0")
    again = step(gave_up.after, failed(0)[0], **failed(0)[1])
    assert again.why == "expected the failure of an open OrderPart, got IntentFailed[OrderPart]"


def test_a_reminder_comes_only_from_a_task_that_declares_it():
    before = reminders.asked()
    at = reminders.NOW + 5 * reminders.HOUR
    assert isinstance(reminders.reminded(before, at), Commit)
    assert reminders.reminded(before, at, reminders.NOW).why.startswith("expected a reminder of task Sign not before")
