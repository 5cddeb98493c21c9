"""A reminder is a step that leaves the state as it is and opens one intent, once for each moment."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime

from telic import Cancel, Command, Context, EventId, FinalState, Machine, NoIntent, State, WorkflowId, start, transition
from telic.kernel.advance import advance
from telic.kernel.events import Pause, Resume
from telic.kernel.journal import entry_of, fold
from telic.kernel.orders import FailureCause, IntentDone
from telic.kernel.reminders import Remind, ReminderDue, RemindFailed, is_asked_for
from telic.kernel.results import Unasked
from telic.kernel.snapshot import Commit, Delivery, OpenWait
from telic.kernel.verdicts import Defer
from telic.kernel.waits import Deadline, HumanTask

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ID = WorkflowId("a")


class Kind(StrEnum):
    ASKING = "asking"
    DONE = "done"


class Ask(Command):
    due: AwareDatetime = NOW + 10 * HOUR
    title: str = "sign"


class Later(Command): ...


class Sign(Command): ...


class Done(FinalState):
    kind: Literal[Kind.DONE] = Kind.DONE


class Asking(State):
    kind: Literal[Kind.ASKING] = Kind.ASKING
    due: AwareDatetime
    title: str

    @classmethod
    @start
    def ask(cls, event: Ask) -> tuple["Asking", NoIntent]:
        return cls(due=event.due, title=event.title), NoIntent()

    @transition
    def again(self, event: Ask) -> tuple["Asking", NoIntent]:
        return self.evolve(due=event.due, title=event.title), NoIntent()

    @transition
    def keep(self, event: Later) -> tuple["Asking", Defer]:
        return self, Defer()

    @transition
    def sign(self, event: Sign) -> tuple[Done, NoIntent]:
        return Done(), NoIntent()

    def waits(self) -> tuple[HumanTask[Sign]]:
        task = HumanTask(
            answer=Sign, title=self.title, description="in ink", assignee="ann", groups=("board",), priority=3,
            due=self.due, remind=(HOUR, 5 * HOUR, HOUR),
        )  # fmt: skip
        return (task,)


papers = Machine[Asking | Done, Ask | Later | Sign](name="papers")


def step(before, event, at=NOW, **how):
    return advance(papers, before, Delivery(event, **how), Context(at, ID))


def asked(**how):
    return step(None, Ask(**how)).after


def reminded(before, at, now=None):
    return step(before, ReminderDue(at=at), now or at, wait="Sign")


def test_a_task_reminds_at_each_moment_once_in_their_order():
    (task,) = asked().waits
    assert task.wait.reminders == (NOW + 5 * HOUR, NOW + 9 * HOUR)
    assert task.next_reminder == NOW + 5 * HOUR
    assert task._replace(reminded=(NOW + 5 * HOUR,)).next_reminder == NOW + 9 * HOUR
    assert task._replace(reminded=task.wait.reminders).next_reminder is None


def test_other_waits_remind_nobody():
    assert HumanTask(answer=Sign, due=NOW).reminders == HumanTask(answer=Sign).reminders == ()
    for wait in (HumanTask(answer=Sign, due=NOW), Deadline(at=NOW, event=ReminderDue(at=NOW))):
        assert OpenWait("k", wait, 1, NOW).next_reminder is None


def test_a_reminder_after_the_due_date_is_refused():
    with pytest.raises(ValueError, match=r"^expected remind as offsets before due, got .*; do declare a Deadline"):
        HumanTask(answer=Sign, due=NOW, remind=(HOUR, -HOUR))


def test_a_reminder_opens_an_intent_that_says_what_is_to_be_done():
    before = asked()
    commit = reminded(before, NOW + 5 * HOUR, NOW + 6 * HOUR)
    (record,) = commit.records
    (opened,) = record.emitted
    assert (record.outcome, record.revision, record.wait, record.state) == ("stepped", 2, "Sign", before.state)
    assert (opened.id, commit.opened) == ("a:2:0", (opened,))
    assert opened.intent == Remind(
        task="Sign", since=1, command="Sign", title="sign", description="in ink", assignee="ann",
        groups=("board",), priority=3, due=NOW + 10 * HOUR, at=NOW + 5 * HOUR,
    )  # fmt: skip
    assert commit.after.waits[0].reminded == (NOW + 5 * HOUR,)
    done = step(commit.after, IntentDone(), answers=opened.id).after
    assert (done.open, done.waits) == ({}, commit.after.waits)


@pytest.mark.parametrize(
    ("at", "now", "told"),
    [
        (
            NOW,
            NOW,
            "expected a reminder that task Sign declares (2026-05-01T17:00:00+00:00, 2026-05-01T21:00:00+00:00)",
        ),
        (NOW + 9 * HOUR, NOW + 8 * HOUR, "expected a reminder of task Sign not before 2026-05-01T21:00:00+00:00, got"),
        (
            NOW + 5 * HOUR,
            NOW + 8 * HOUR,
            "expected a reminder of task Sign that has not been given, got that for 2026-",
        ),
    ],
)
def test_a_reminder_that_is_not_due_is_refused_and_writes_nothing(at, now, told):
    before = reminded(asked(), NOW + 5 * HOUR).after
    refused = reminded(before, at, now)
    assert isinstance(refused, Unasked)
    assert refused.why.startswith(told)


def test_a_task_takes_no_other_fact_and_a_reminder_comes_only_to_a_task():
    before = asked()
    other = step(before, IntentDone(), wait="Sign")
    assert other.why == "expected Sign from Sign, got IntentDone"
    assert isinstance(step(before, ReminderDue(at=NOW + 5 * HOUR), NOW + 6 * HOUR), Unasked)
    nothing = advance(
        papers,
        before._replace(waits=(OpenWait("Sign", HumanTask(answer=Sign), 1, NOW),)),
        Delivery(ReminderDue(at=NOW), wait="Sign"),
        Context(NOW, ID),
    )
    assert nothing.why.startswith("expected a reminder that task Sign declares (none), got one for")


def test_a_paused_instance_gives_no_reminder():
    paused = step(asked(), Pause()).after
    assert reminded(paused, NOW + 5 * HOUR).why == (
        "expected a running instance for a reminder, got one that is paused; do give it after the resumption"
    )
    assert isinstance(reminded(step(paused, Resume()).after, NOW + 5 * HOUR), Commit)


def test_an_open_reminder_stands_as_long_as_its_task_names_its_moment():
    before = reminded(asked(), NOW + 5 * HOUR).after
    (opened,) = before.open.values()
    renamed = step(before, Ask(title="sign here")).after
    assert [one.withdrawn for one in renamed.open.values()] == [False]
    for event in (Ask(due=NOW + 11 * HOUR), Sign(), Cancel()):
        after = step(before, event).after
        assert [one.withdrawn for one in after.open.values()] == [True]
        ended = step(after, RemindFailed(intent=opened.intent, cause=FailureCause.WITHDRAWN), answers=opened.id)
        assert ended.after.open == {}
    assert not is_asked_for(opened.intent, (before.waits[0]._replace(since=7),))
    assert not is_asked_for(opened.intent, ())


def test_a_reminder_that_was_given_up_otherwise_waits_for_a_redrive():
    before = reminded(asked(), NOW + 5 * HOUR).after
    (opened,) = before.open.values()
    failure = RemindFailed(intent=opened.intent, cause=FailureCause.EXHAUSTED)
    assert isinstance(step(before, failure, answers=opened.id), Unasked)


def test_what_was_given_is_stored_and_read_again():
    before = reminded(reminded(asked(), NOW + 5 * HOUR).after, NOW + 9 * HOUR).after
    stored = papers.codec.encode_snapshot(before)
    again = papers.codec.decode_snapshot(
        stored, meta=before.meta, revision=before.revision, status=before.status, at=before.at
    )
    assert again == before
    (opened, _) = before.open.values()
    for event in (ReminderDue(at=NOW), RemindFailed(intent=opened.intent, cause=FailureCause.WITHDRAWN)):
        assert papers.codec.decode_event(*papers.codec.encode_event(event)) == event


def test_a_journal_with_reminders_leads_to_its_state():
    commits = [step(None, Ask())]
    commits.append(reminded(commits[-1].after, NOW + 5 * HOUR))
    commits.append(step(commits[-1].after, Ask(due=NOW + 20 * HOUR), NOW + 6 * HOUR))
    entries = [entry_of(record, papers) for commit in commits for record in commit.records]
    assert fold(papers, commits[-1].after.meta, entries) == commits[-1].after


@given(st.lists(st.sampled_from([Ask(), Ask(due=NOW + 2 * HOUR), Later(), Pause(), Resume()])), st.integers(0, 12))
def test_a_reminder_changes_nothing_that_an_exploration_looks_at(events, hours):
    """State, status, deferred events and declared waits: this is why an exploration leaves reminders out."""
    now = asked()
    for number, event in enumerate(events):
        outcome = step(now, event, event_id=EventId(f"e{number}"))
        now = outcome.after if isinstance(outcome, Commit) else now
    (task,) = now.waits
    at = task.next_reminder
    outcome = reminded(now, at, NOW + hours * HOUR)
    if isinstance(outcome, Commit):
        after = outcome.after
        assert (after.state, after.status, after.parked, after.late) == (now.state, now.status, now.parked, now.late)
        assert [one._replace(reminded=()) for one in after.waits] == [one._replace(reminded=()) for one in now.waits]
        assert {type(one.intent) for one in outcome.opened} == {Remind}
        assert (outcome.closed, outcome.withdrawn) == ((), ())
