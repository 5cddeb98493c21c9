"""What a step comes to, as values, and the sentences of the refusals."""

import pytest

from telic import EventId
from telic.kernel.results import (
    Conflict,
    Deferred,
    Duplicate,
    Ended,
    Ignored,
    Invalid,
    NoOpenTask,
    NotAccepted,
    NotFound,
    Paused,
    Rejected,
    ResultKind,
    Started,
    Stepped,
    TaskNotNamed,
    TooManyDeferred,
    Unasked,
    Unplaced,
    stepped,
)
from telic.kernel.values import WaitKey
from tests.kernel import machines as m
from tests.kernel.machines import ID, step, walk


def test_what_was_written_tells_instance_state_and_intents():
    commit = step(None, m.Open(), event_id=EventId("e"))
    opened = Started(commit.records[0], commit.after)
    assert (opened.id, opened.revision, opened.state, opened.intent, opened.intents[0].id, opened.followed) == (
        ID, 1, m.New(), m.Mail(), "bike:1:0", (),
    )  # fmt: skip
    assert (opened.record, opened.snapshot) == (commit.records[0], commit.after)
    assert repr(opened) == f"Started(id=WorkflowId('bike'), revision=1, state={m.New()!r})"


def test_what_was_written_compares_by_content_and_by_kind():
    commit = step(None, m.Open())
    opened = Started(commit.records[0], commit.after)
    assert opened == Started(commit.records[0], commit.after) != Stepped(commit.records[0], commit.after)
    assert opened != 1
    assert len({opened, Started(commit.records[0], commit.after)}) == 1


def test_a_step_that_is_told_quickly_is_the_same_result():
    commit = step(walk(m.Open()), m.Poke())
    told = stepped(commit.records[0], commit.after)
    assert (told, told.followed) == (Stepped(commit.records[0], commit.after), ())


def test_an_ignored_event_says_why():
    commit = step(walk(m.Open()), m.Poke(how="hush"))
    assert Ignored(commit.records[0], commit.after).why == "hush"


def test_every_result_has_a_kind_of_its_own():
    results = (
        Started, Stepped, Ignored, Deferred, Unplaced, Rejected(ID, ()), Duplicate(ID, "e", None), Unasked(ID, ""),
        Invalid(ID, ()), NotFound(ID), Conflict(ID, 1, None), Ended(ID, "ended"),
    )  # fmt: skip
    assert [one.kind for one in results] == list(ResultKind)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (NotAccepted(command="Open", state="New", accepts=("Quote",)), "expected one of Quote in New, got Open"),
        (NotAccepted(command="Open", state="Done", accepts=()), "expected one of no command in Done, got Open"),
        (Paused(), "expected a running instance, got one that is paused"),
        (Paused(reason="audit"), "expected a running instance, got one that is paused: audit"),
        (NoOpenTask(command="Approve"), "expected an open task that asks for Approve, got none"),
        (
            NoOpenTask(command="Approve", task=WaitKey("boss")),
            "expected an open task that asks for Approve under key boss, got none",
        ),
        (
            TaskNotNamed(command="Approve", tasks=(WaitKey("boss"), WaitKey("deputy"))),
            "expected wait= naming one of boss, deputy for Approve, got none",
        ),
        (TooManyDeferred(limit=2), "expected at most 2 deferred commands, got one more"),
    ],
)
def test_a_reason_reads_as_a_sentence(reason, text):
    assert str(reason) == text
