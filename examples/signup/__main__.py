"""Run a sign-up in both forms, and print what happens.

``python -m examples.signup``
"""

from __future__ import annotations

from collections.abc import Callable

import anyio

from examples.signup.classic import PendingSignup, classic_signup
from examples.signup.machine import (
    BeginSignup,
    CompleteSignup,
    Email,
    EmailSent,
    SendEmail,
    SignupKind,
    UserId,
    VerifyEmail,
    signup,
)
from telic import Call, Handlers, System, Worker, WorkflowId, WorkflowRuntime
from telic.stores.memory import MemoryStore

ADA = Email("ada@example.org")


async def send_email(intent: SendEmail, call: Call) -> EmailSent:
    """Pretend to send a mail; the key of the call would go with it."""
    print(f"  mail to {intent.to}: {intent.template} (key {call.key})")
    return EmailSent(to=intent.to)


async def derived() -> list[str]:
    """Run the derived form; return the kinds of the states that its journal names."""
    store = MemoryStore(signup)
    runtime = WorkflowRuntime(machine=signup, store=store)
    id = WorkflowId("signup-1")
    await runtime.run_step(id, BeginSignup(email=ADA))
    await runtime.run_step(id, VerifyEmail(user_id=UserId("u-1")))
    await Worker(System(runtimes=[runtime], handlers=Handlers(SendEmail.handled_by(send_email)))).drain()
    await runtime.run_step(id, CompleteSignup())
    return [entry.kind for entry in await store.journal(id)]


async def classic() -> list[str]:
    """Run the classic form; return the kinds of the states that its journal names."""
    store = MemoryStore(classic_signup)
    runtime = WorkflowRuntime(machine=classic_signup, store=store)
    id = WorkflowId("signup-2")
    await runtime.start(id, PendingSignup(kind=SignupKind.PENDING, email=ADA))
    await runtime.run_step(id, VerifyEmail(user_id=UserId("u-1")))
    await Worker(System(runtimes=[runtime], handlers=Handlers(SendEmail.handled_by(send_email)))).drain()
    await runtime.run_step(id, CompleteSignup())
    return [entry.kind for entry in await store.journal(id)]


async def main(say: Callable[[str], None] = print) -> None:
    """Run both forms; they come to the same."""
    for run in (derived, classic):
        say(f"{run.__name__}:")
        say(f"  {' -> '.join(await run())}")


if __name__ == "__main__":
    anyio.run(main)
