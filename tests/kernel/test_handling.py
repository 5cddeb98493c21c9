"""The plain values between a handler and its intent."""

from datetime import UTC, datetime
from typing import Never

from telic import Call, Intent, IntentId, Later, Retry, WorkflowId
from telic.kernel.handling import Binding

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
    assert repr(binding) == "Binding(Beep, print)"
