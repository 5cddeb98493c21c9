"""When something comes again: ``Cron``, ``Every``, and the protocol for a recurrence of your own.

A recurrence is a value and asks no clock. What may never be here: what is started then.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from telic.kernel.errors import MissingExtra

__all__ = ["Cron", "Every", "Recurrence"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Recurrence(Protocol):
    """Says when something comes again; its text says whether it is still the same."""

    def after(self, moment: datetime) -> datetime | None:
        """Return the first instant after a moment, aware, or ``None`` where there is none any more.

        Args:
            moment: The moment, aware.
        """
        ...

    def __str__(self) -> str:
        """Return it as text: another text is another recurrence."""
        ...


class Cron:
    """The instants of a cron expression, on the clocks of a time zone.

    Where a clock skips an hour, what was to come within it comes once, right after it; where a
    clock repeats an hour, what comes at fixed times comes once, and what comes every hour or
    minute comes in both.

    Example:
        ``Cron("30 7 * * MON-FRI", "Europe/Zurich")``
    """

    __slots__ = ("_zone", "expression", "timezone")

    def __init__(self, expression: str, timezone: str = "UTC") -> None:
        """Keep the expression and the zone.

        Args:
            expression: Minute, hour, day, month and weekday; six fields begin with seconds.
            timezone: The name of the zone, as IANA has it.

        Raises:
            MissingExtra: Without the library that reads cron expressions.
            ValueError: For an expression or a zone that is none.
        """
        try:
            self._zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"expected the name of a time zone, got {timezone!r}; do name one, such as 'UTC'"
            ) from error
        self.expression = expression
        self.timezone = timezone
        self.after(_EPOCH)

    def after(self, moment: datetime) -> datetime | None:
        """Return the first instant after a moment.

        Args:
            moment: The moment, aware.
        """
        try:
            from cronsim import CronSim, CronSimError
        except ImportError as error:
            raise MissingExtra("Cron", "schedules") from error
        try:
            found = next(CronSim(self.expression, moment.astimezone(self._zone)), None)
        except CronSimError as error:
            raise ValueError(
                f"expected a cron expression, got {self.expression!r} ({error}); "
                "do write five fields, such as '0 9 * * *'"
            ) from error
        return found.astimezone(UTC) if found is not None else None

    def __str__(self) -> str:
        """Return expression and zone."""
        return f"cron {self.expression} {self.timezone}"

    def __repr__(self) -> str:
        """Return it as the call that makes it."""
        return f"Cron({self.expression!r}, {self.timezone!r})"


class Every(NamedTuple):
    """Instants at one distance from each other, whatever clocks on walls do.

    Attributes:
        step: The distance.
        anchor: One of the instants.

    Example:
        >>> from datetime import UTC, datetime, timedelta
        >>> Every(timedelta(hours=6)).after(datetime(2026, 1, 1, 7, tzinfo=UTC)).hour
        12
    """

    step: timedelta
    anchor: datetime = _EPOCH

    def after(self, moment: datetime) -> datetime | None:
        """Return the first instant after a moment.

        Args:
            moment: The moment, aware.

        Raises:
            ValueError: For a step that is not above zero.
        """
        if self.step <= timedelta(0):
            raise ValueError(f"expected a step above zero, got {self.step}")
        return self.anchor + ((moment - self.anchor) // self.step + 1) * self.step

    def __str__(self) -> str:
        """Return step and anchor."""
        return f"every {self.step.total_seconds():g} s from {self.anchor.astimezone(UTC).isoformat()}"
