"""The sign-up example: both forms come to the same, and the deadline is real."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from examples.signup.__main__ import ADA, classic, derived, main
from examples.signup.classic import PendingSignup, classic_signup
from examples.signup.machine import (
    BeginSignup,
    CompleteSignup,
    EmailBounced,
    SignupExpired,
    SignupKind,
    SignupLapsed,
    UserId,
    VerifyEmail,
    signup,
)
from telic import WorkflowId, WorkflowRuntime
from telic.kernel.results import Ended, Ignored, Unasked
from telic.kernel.values import WaitKey
from telic.stores.memory import MemoryStore

BEGUN = datetime(2026, 3, 1, tzinfo=UTC)


async def test_both_forms_leave_the_same_journal():
    assert await derived() == await classic() == ["pending", "verified", "verified", "completed"]


async def test_the_run_prints_both_forms(capsys):
    await main()
    assert capsys.readouterr().out.count("pending -> verified -> verified -> completed") == 2


def test_the_runtime_is_a_frozen_model_and_its_store_is_put_in():
    store = MemoryStore(signup)
    runtime = WorkflowRuntime(machine=signup, store=store)
    assert runtime.store is store
    with pytest.raises(ValidationError):
        runtime.store = MemoryStore(signup)


async def test_a_pending_signup_lapses_after_two_days_and_not_before():
    runtime = WorkflowRuntime(machine=signup, store=MemoryStore(signup))
    id, key = WorkflowId("s"), WaitKey("SignupLapsed")
    await runtime.run_step(id, BeginSignup(email=ADA), now=BEGUN)
    early = await runtime.run_step(id, SignupLapsed(), wait=key, now=BEGUN + timedelta(hours=47))
    assert isinstance(early, Unasked)
    late = await runtime.run_step(id, SignupLapsed(), wait=key, now=BEGUN + timedelta(hours=48))
    assert isinstance(late.state, SignupExpired)


async def test_the_mail_may_bounce_after_the_end_in_both_forms():
    runtime = WorkflowRuntime(machine=signup, store=MemoryStore(signup))
    id = WorkflowId("s")
    await runtime.run_step(id, BeginSignup(email=ADA))
    sent = await runtime.run_step(id, VerifyEmail(user_id=UserId("u")))
    await runtime.run_step(id, CompleteSignup())
    bounced = await runtime.answer(sent.intents[0].id, EmailBounced(to=ADA))
    assert isinstance(bounced, Ignored)
    assert bounced.why == "the mail is best effort"

    plain = WorkflowRuntime(machine=classic_signup, store=MemoryStore(classic_signup))
    await plain.start(id, PendingSignup(kind=SignupKind.PENDING, email=ADA))
    sent = await plain.run_step(id, VerifyEmail(user_id=UserId("u")))
    await plain.run_step(id, CompleteSignup())
    bounced = await plain.answer(sent.intents[0].id, EmailBounced(to=ADA))
    assert isinstance(bounced, Ignored)
    assert bounced.why == "the mail is best effort"
    assert isinstance(await plain.run_step(id, CompleteSignup()), Ended)
