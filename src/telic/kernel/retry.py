"""How long to wait before an attempt is made again: a pure value.

Jitter derives from the idempotency key and the attempt, so a policy needs no random source
and yields the same delays in every process. What may never be here: a clock or a sleep.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b

from telic.kernel.values import Value

__all__ = ["Retry"]


class Retry(Value):
    """A policy of attempts with growing delays.

    Attributes:
        max_attempts: The first one counts.
        base_delay: Before the second attempt.
        factor: By which each delay grows.
        max_delay: No delay is longer.
        jitter: The share of each delay that is spread, from 0 (none) to 1 (all of it).
        attempt_timeout: After which an attempt is cancelled and counts as failed, if ever.

    Example:
        >>> policy = Retry(max_attempts=4, base_delay=timedelta(seconds=2), jitter=0)
        >>> [policy.delay(attempt, "key").total_seconds() for attempt in (1, 2, 3)]
        [2.0, 4.0, 8.0]
        >>> policy.delay(4, "key") is None
        True
    """

    max_attempts: int = 3
    base_delay: timedelta = timedelta(seconds=1)
    factor: float = 2.0
    max_delay: timedelta = timedelta(minutes=5)
    jitter: float = 0.5
    attempt_timeout: timedelta | None = None

    def model_post_init(self, context: object, /) -> None:  # noqa: ARG002  (asked for by Pydantic)
        """Refuse a policy that could never act.

        Raises:
            ValueError: When a number is out of its range.
        """
        checks = (
            (self.max_attempts >= 1, f"max_attempts of at least 1, got {self.max_attempts}"),
            (self.base_delay >= timedelta(0), f"base_delay of at least 0 s, got {self.base_delay}"),
            (self.factor >= 1, f"factor of at least 1, got {self.factor}"),
            (self.max_delay >= self.base_delay, f"max_delay not below base_delay, got {self.max_delay}"),
            (0 <= self.jitter <= 1, f"jitter between 0 and 1, got {self.jitter}"),
            (
                self.attempt_timeout is None or self.attempt_timeout > timedelta(0),
                f"attempt_timeout above 0 s, got {self.attempt_timeout}",
            ),
        )
        for holds, text in checks:
            if not holds:
                raise ValueError(f"expected {text}")

    def delay(self, attempt: int, key: str) -> timedelta | None:
        """Return how long to wait after this attempt, or ``None`` when it was the last.

        Args:
            attempt: The number of the attempt that failed, from 1.
            key: The idempotency key of the intent; spreads the delays of many.
        """
        if attempt >= self.max_attempts:
            return None
        base, cap = self.base_delay.total_seconds(), self.max_delay.total_seconds()
        grown = base
        for _ in range(attempt - 1):
            # Growing step by step stops at the cap, long before a power could overflow.
            if grown >= cap or self.factor == 1:
                break
            grown *= self.factor
        full = min(cap, grown)
        return timedelta(seconds=full * (1 - self.jitter * (1 - _spread(key, attempt))))


def _spread(key: str, attempt: int) -> float:
    """Return a number from 0 up to 1 that depends on key and attempt alone."""
    digest = blake2b(f"{key}\n{attempt}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
