"""What a handler sees and says: :class:`Call`, :class:`Later`, :class:`NonRetryable`, :class:`Binding`.

Handlers live in the shell; these are the plain values between them and an intent's type.
What may never be here: calling a handler.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telic.kernel.events import Fact
    from telic.kernel.intents import Intent
    from telic.kernel.retry import Retry
    from telic.kernel.values import IntentId, WorkflowId

__all__ = ["Binding", "Call", "Later", "NonRetryable", "RetryAfter"]


class Call:
    """The circumstances of one attempt to carry out an intent.

    Attributes:
        key: The idempotency key: pass it on to whatever acts.
        workflow_id: The instance that emitted the intent.
        tenant: Whose instance it is.
        machine: The name of the machine that it is of.
        attempt: The number of this attempt, from 1.
        deadline: When this attempt is given up, if ever.
    """

    __slots__ = ("attempt", "deadline", "key", "machine", "tenant", "workflow_id")

    def __init__(
        self,
        key: IntentId,
        workflow_id: WorkflowId,
        tenant: str = "",
        attempt: int = 1,
        deadline: datetime | None = None,
        machine: str = "",
    ) -> None:
        """Keep the circumstances."""
        self.machine = machine
        self.key = key
        self.workflow_id = workflow_id
        self.tenant = tenant
        self.attempt = attempt
        self.deadline = deadline

    def __repr__(self) -> str:
        """Return key and attempt."""
        return f"Call(key={self.key!r}, attempt={self.attempt})"


class Later:
    """The answer comes later, from whoever holds the idempotency key.

    Attributes:
        until: When to stop waiting for it, if ever.
    """

    __slots__ = ("until",)

    def __init__(self, until: datetime | None = None) -> None:
        """Say until when."""
        self.until = until

    def __repr__(self) -> str:
        """Return the value as the call that makes it."""
        return f"Later(until={self.until!r})"


class NonRetryable(Exception):
    """Raised by a handler: nothing was done, and another attempt would fail as well.

    The intent fails with the cause *non-retryable* at once. A business answer such as
    "declined" is a fact and is returned, not raised.
    """


class RetryAfter(Exception):
    """Raised by a handler: nothing was done, and the next attempt is to come no sooner.

    It counts as a failed attempt. It is also the one way to have an ``AtMostOnce`` intent
    tried again, since it says that nothing was done.

    Attributes:
        delay: How long to wait at least; a longer delay of the policy stands.
        reason: Why, for operators.
    """

    def __init__(self, delay: timedelta, reason: str = "") -> None:
        """Say how long to wait, and why."""
        super().__init__(delay, reason)
        self.delay = delay
        self.reason = reason

    def __str__(self) -> str:
        """Return the delay and the reason."""
        return f"expected an attempt to succeed, got the order to wait {self.delay}: {self.reason or 'no reason given'}"


class Binding:
    """A type of intent, the function that carries it out, and its policy.

    Attributes:
        intent: The type.
        handler: The function.
        retry: The policy of its attempts, if one was given.
        take_back: What is to be done when the intent is withdrawn, before its instance hears
            of that; it may be called more than once.
        priority: How urgent it is: higher goes first.
    """

    __slots__ = ("handler", "intent", "priority", "retry", "take_back")

    def __init__(
        self,
        intent: type[Intent[Fact]],
        handler: Callable[..., Awaitable[Fact | Later | None]],
        retry: Retry | None = None,
        take_back: Callable[..., Awaitable[None]] | None = None,
        priority: int | None = None,
    ) -> None:
        """Keep the pair; made by ``SomeIntent.handled_by(function)``."""
        self.intent = intent
        self.handler = handler
        self.retry = retry
        self.take_back = take_back
        self.priority = intent.__priority__ if priority is None else priority

    def __repr__(self) -> str:
        """Return the names of both."""
        return f"Binding({self.intent.__name__}, {getattr(self.handler, '__qualname__', self.handler)!s})"
