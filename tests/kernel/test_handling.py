"""The plain values between a handler and its intent."""

import pickle
from datetime import UTC, datetime, timedelta
from typing import Never

from telic import Call, Intent, IntentId, Later, Retry, WorkflowId
from telic.kernel.errors import TelicError
from telic.kernel.handling import Binding, NonRetryable, RetryAfter

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Beep(Intent[Never]):
    times: int = 1


def test_a_call_tells_the_circumstances_of_an_attempt():
    call = Call(key=IntentId("w:1:0"), workflow_id=WorkflowId("w"), tenant="t", attempt=2, deadline=NOW)
    assert (call.key, call.workflow_id, call.tenant, call.attempt, call.deadline) == ("w:1:0", "w", "t", 2, NOW)
    assert repr(call) == "Call(key=IntentId('w:1:0'), attempt=2)"


def test_an_answer_that_comes_later_may_have_an_end():
    assert (Later().until, Later(NOW).until) == (None, NOW)
    assert repr(Later()) == "Later(until=None)"


def test_a_binding_names_the_intent_and_what_carries_it_out():
    binding = Binding(Beep, print, Retry(max_attempts=2))
    assert (binding.intent, binding.handler, binding.retry) == (Beep, print, Retry(max_attempts=2))
    assert (binding.priority, Binding(Beep, print, priority=7).priority) == (0, 7)
    assert repr(binding) == "Binding(Beep, print)"


def test_what_a_handler_raises_says_that_nothing_was_done():
    wait = RetryAfter(timedelta(seconds=5), "busy")
    assert (wait.delay, wait.reason) == (timedelta(seconds=5), "busy")
    assert str(wait) == "expected an attempt to succeed, got the order to wait 0:00:05: busy"
    assert str(RetryAfter(timedelta(seconds=5))).endswith("0:00:05: no reason given")
    assert not issubclass(NonRetryable, TelicError)
    for error in (wait, NonRetryable("gone")):
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), type(again)) == (str(error), type(error))
