"""What becomes of an attempt that came to nothing, case by case."""

import pickle
from datetime import timedelta

import pytest

from telic import IntentId, Retry
from telic.kernel.handling import NonRetryable, RetryAfter
from telic.kernel.orders import FailureCause
from telic.kernel.snapshot import OpenIntent
from telic.runtime.claims import Claim, IntentState
from telic.shell.policy import Refused, TimedOut, after_failure, cut_short, interrupted, not_to_be_run, told, unanswered
from tests.shell.till import ID, NOW, Charge, Ref, Wire

RETRY = Retry(max_attempts=3, base_delay=timedelta(seconds=4), jitter=0)


def claim(kind=Charge, attempt=1, crashes=0, *, withdrawn=False, **how):
    opened = OpenIntent(IntentId("till:1:0"), kind(ref=Ref("r")), withdrawn)
    return Claim(ID, opened, attempt, crashes, 1, NOW, **how)


def seconds(settlement):
    return (settlement.due - NOW).total_seconds()


def test_an_attempt_is_made_unless_something_speaks_against_it():
    assert not_to_be_run(claim(), 5) is None
    assert not_to_be_run(claim(attempt=5, crashes=4), 5) is None
    assert not_to_be_run(claim(Wire, attempt=2), 5) is None


@pytest.mark.parametrize(
    ("given", "cause", "detail"),
    [
        (claim(cause=FailureCause.REFUSED, problem="no"), "refused", "no"),
        (claim(withdrawn=True), "withdrawn", "withdrawn before anybody carried it out"),
        (claim(overdue=True), "exhausted", "expected its answer in time, got none"),
        (
            claim(Wire, attempt=2, crashes=1),
            "in_doubt",
            "expected an end of the one attempt, got none before its lease ended",
        ),
        (
            claim(Wire, attempt=2, crashes=1, withdrawn=True),
            "in_doubt",
            "expected an end of the one attempt, got none before its lease ended",
        ),
        (claim(attempt=6, crashes=5), "exhausted", "expected an end, got 5 attempts that outlived their lease"),
    ],
)
def test_an_intent_is_given_up_without_an_attempt(given, cause, detail):
    assert not_to_be_run(given, 5) == (cause, detail)


def test_delays_grow_until_the_last_attempt_and_crashes_do_not_count():
    first = after_failure(claim(), OSError("no network"), RETRY, NOW)
    assert (first.state, seconds(first), first.problem) == (IntentState.READY, 4, "OSError: no network")
    assert seconds(after_failure(claim(attempt=4, crashes=2), OSError(), RETRY, NOW)) == 8
    last = after_failure(claim(attempt=3), OSError("no network"), RETRY, NOW)
    assert (last.state, last.cause, last.problem) == (IntentState.LEASED, "exhausted", "OSError: no network")


def test_what_must_not_be_retried_is_given_up_at_once():
    assert after_failure(claim(), NonRetryable("no such card"), RETRY, NOW).cause == "non_retryable"
    assert after_failure(claim(Wire), NonRetryable("no such card"), RETRY, NOW).cause == "non_retryable"


def test_a_wish_for_a_longer_delay_is_heard_and_for_a_shorter_one_is_not():
    assert seconds(after_failure(claim(), RetryAfter(timedelta(seconds=60)), RETRY, NOW)) == 60
    assert seconds(after_failure(claim(), RetryAfter(timedelta(seconds=1)), RETRY, NOW)) == 4
    assert after_failure(claim(attempt=3), RetryAfter(timedelta(seconds=1)), RETRY, NOW).cause == "exhausted"


def test_at_most_once_is_in_doubt_unless_its_handler_says_that_nothing_was_done():
    assert after_failure(claim(Wire), OSError("no network"), RETRY, NOW).cause == "in_doubt"
    assert after_failure(claim(Wire), RetryAfter(timedelta(0)), RETRY, NOW).state is IntentState.READY


def test_what_is_cut_off_is_given_back_or_in_doubt():
    back = interrupted(claim(problem="before"), NOW)
    assert (back.state, back.due, back.counts, back.problem) == (IntentState.READY, NOW, False, "before")
    doubt = interrupted(claim(Wire), NOW)
    assert (doubt.state, doubt.due, doubt.cause) == (IntentState.READY, NOW, "in_doubt")


def test_what_is_cut_short_by_a_withdrawal_is_withdrawn_or_in_doubt():
    assert (cut_short(claim()).cause, cut_short(claim(Wire)).cause) == ("withdrawn", "in_doubt")


def test_an_answer_that_was_not_taken_waits_for_other_code_or_for_an_operator():
    assert unanswered(claim(), ValueError("no"), None).state is IntentState.DEAD
    again = unanswered(claim(), ValueError("no"), NOW)
    assert (again.state, again.due, again.counts, again.problem) == (IntentState.READY, NOW, False, "ValueError: no")
    assert unanswered(claim(Wire), ValueError("no"), NOW).state is IntentState.DEAD


def test_errors_are_told_in_a_line_that_fits():
    assert told(ValueError("x" * 5000)) == "ValueError: " + "x" * 1988
    assert told(OSError("no file b\udcff ü")) == "OSError: no file b\\udcff ü"
    assert after_failure(claim(), Refused("b\udcff"), RETRY, NOW).problem == "b\\udcff"
    error = RetryAfter(timedelta(seconds=2))
    assert str(error) == "expected an attempt to succeed, got the order to wait 0:00:02: no reason given"
    assert str(RetryAfter(timedelta(seconds=2), "busy")).endswith(": busy")
    timed_out = TimedOut(timedelta(seconds=2))
    assert str(timed_out) == (
        "expected the handler to end within 0:00:02, got no end; do raise attempt_timeout, or make it faster"
    )
    for one in (error, timed_out):
        assert str(pickle.loads(pickle.dumps(one))) == str(one)
