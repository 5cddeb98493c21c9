"""What becomes of an attempt that came to nothing: the rules of failure, as pure functions.

What may never be here: a store, a clock, or a handler.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from telic.kernel.errors import TelicError
from telic.kernel.handling import NonRetryable, RetryAfter
from telic.kernel.intents import AtMostOnce
from telic.kernel.orders import FailureCause
from telic.kernel.retry import Retry
from telic.runtime.claims import Claim, Settlement, buried, given_up, released, retried

__all__ = [
    "Reason",
    "Refused",
    "TimedOut",
    "after_failure",
    "cut_short",
    "interrupted",
    "not_to_be_run",
    "told",
    "unanswered",
]

_LONGEST_PROBLEM = 2000
_AT_ONCE = timedelta(0)


class TimedOut(TelicError):
    """An attempt took longer than its policy allows, and was cancelled.

    Attributes:
        limit: How long it was allowed to take.
    """

    def __init__(self, limit: timedelta) -> None:
        """Keep the limit."""
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        """Return what was expected."""
        return (
            f"expected the handler to end within {self.limit}, got no end; do raise attempt_timeout, or make it faster"
        )


class Refused(NonRetryable):
    """The receiver of a message is unknown, has ended or rejects it; another attempt would not help."""


class Reason(NamedTuple):
    """Why an intent is given up: the cause that a state hears, and the detail."""

    cause: FailureCause
    detail: str


def not_to_be_run(claim: Claim, max_crashes: int) -> Reason | None:
    """Return why a claimed intent is given up without an attempt, or ``None`` to attempt it.

    Args:
        claim: The claim.
        max_crashes: How many attempts may end with their lease, without a word.
    """
    if claim.cause is not None:
        return Reason(claim.cause, claim.problem)
    if claim.crashes and _at_most_once(claim):
        return Reason(FailureCause.IN_DOUBT, "expected an end of the one attempt, got none before its lease ended")
    if claim.opened.withdrawn:
        return Reason(FailureCause.WITHDRAWN, "withdrawn before anybody carried it out")
    if claim.overdue:
        return Reason(FailureCause.EXHAUSTED, "expected its answer in time, got none")
    if claim.crashes >= max_crashes:
        return Reason(
            FailureCause.EXHAUSTED, f"expected an end, got {claim.crashes} attempts that outlived their lease"
        )
    return None


def after_failure(claim: Claim, error: Exception, retry: Retry, now: datetime) -> Settlement:
    """Return what becomes of an intent whose handler has raised.

    Args:
        claim: The claim of the attempt.
        error: What was raised.
        retry: The policy of its attempts.
        now: The present moment.
    """
    problem = told(error)
    if isinstance(error, Refused):
        return given_up(claim, FailureCause.REFUSED, writable(str(error)))
    if isinstance(error, NonRetryable):
        return given_up(claim, FailureCause.NON_RETRYABLE, problem)
    asked = error.delay if isinstance(error, RetryAfter) else None
    if asked is None and _at_most_once(claim):
        # Nobody knows how far the attempt came; only RetryAfter says that nothing was done.
        return given_up(claim, FailureCause.IN_DOUBT, problem)
    delay = retry.delay(claim.failures, claim.id)
    if delay is None:
        return given_up(claim, FailureCause.EXHAUSTED, problem)
    return retried(claim, now + max(delay, asked or _AT_ONCE), problem)


def cut_short(claim: Claim) -> Settlement:
    """Return what becomes of an intent that was withdrawn while it ran, and whose handler was cancelled."""
    cause = FailureCause.IN_DOUBT if _at_most_once(claim) else FailureCause.WITHDRAWN
    return given_up(claim, cause, "withdrawn while it ran")


def unanswered(claim: Claim, error: Exception, again: datetime | None) -> Settlement:
    """Return what becomes of an intent whose answer could not be taken.

    Args:
        claim: The claim of the attempt.
        error: What was raised.
        again: When other code may be there to take the answer of another attempt, if that
            is what is lacking.
    """
    if again is None or _at_most_once(claim):
        return buried(claim, told(error))
    return released(claim, again, told(error))


def interrupted(claim: Claim, now: datetime) -> Settlement:
    """Return what becomes of an intent whose attempt was cut off by the end of its worker."""
    if _at_most_once(claim):
        detail = "expected an end of the one attempt, got the end of its worker"
        return given_up(claim, FailureCause.IN_DOUBT, detail, due=now)
    return released(claim, now, claim.problem)


def told(error: BaseException) -> str:
    """Return an error as one line for operators."""
    return writable(f"{type(error).__name__}: {error}")[:_LONGEST_PROBLEM]


def writable(text: str) -> str:
    """Return a text that every store can write: what was no text is shown by its number."""
    return text.encode("utf-8", "backslashreplace").decode()


def _at_most_once(claim: Claim) -> bool:
    return issubclass(type(claim.opened.intent).__delivery__, AtMostOnce)
