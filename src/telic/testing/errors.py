"""What goes wrong while values are made up: no strategy for a type, or too many refused.

What may never be here: the failure of an expectation; that is an ``AssertionError``.
"""

from __future__ import annotations

from hypothesis.errors import FailedHealthCheck

from telic.kernel.errors import TelicError

__all__ = ["NoStrategy", "TooManyRefused"]


class NoStrategy(TelicError):
    """Nobody knows how to make values of a type.

    Attributes:
        where: The field or the type.
        wanted: What a field's type would have to be.
        got: What it is.
        remedy: What to do.
    """

    def __init__(self, where: str, wanted: str, got: str, remedy: str) -> None:
        """Keep the facts."""
        super().__init__(where, wanted, got, remedy)
        self.where = where
        self.wanted = wanted
        self.got = got
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the sentence."""
        return f"{self.where}: expected {self.wanted}, got {self.got}; do {self.remedy}"


class TooManyRefused(TelicError, FailedHealthCheck):
    """The validators of a type refuse nearly every value that its fields allow.

    A health check of Hypothesis, which therefore ends the test at once and shrinks nothing.

    Attributes:
        where: The model or the type.
        validators: The names of its own validators.
        refused: How many values were refused.
        made: How many values were made up.
        reason: What was said of the last one.
    """

    def __init__(self, where: str, validators: tuple[str, ...], refused: int, made: int, reason: str) -> None:
        """Keep the facts."""
        super().__init__(where, validators, refused, made, reason)
        self.where = where
        self.validators = validators
        self.refused = refused
        self.made = made
        self.reason = reason

    def __str__(self) -> str:
        """Return the sentence."""
        named = f" by {', '.join(self.validators)}" if self.validators else ""
        return (
            f"{self.where}: expected at least one value of twenty to be valid, got {self.refused} of {self.made} "
            f"refused{named}, the last one with {self.reason!r}; do narrow the types of its fields, or pass "
            f"overrides={{{self.where}: ...}}"
        )
