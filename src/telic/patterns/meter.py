"""Meter: so many in so much time, counted in the state.

A part of a state, for what one instance may do: so many codes an hour for one account. What a
whole system may begin is limited by the worker. What may never be here: a clock; the present
moment is ``ctx.now``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self, TypeVar

from pydantic import AwareDatetime

from telic.kernel.events import Fact
from telic.kernel.rates import Rate
from telic.kernel.values import Value
from telic.kernel.waits import Deadline
from telic.patterns.refusing import TooSoon

__all__ = ["Meter"]

F = TypeVar("F", bound=Fact)


class Meter(Value):
    """Counts what is taken of a :class:`~telic.kernel.rates.Rate`.

    Attributes:
        rate: How many in how much time, and how many at once.
        spent: Until when it is spent; ``None`` when nothing was ever taken.

    Example:
        >>> from datetime import UTC, timedelta
        >>> noon, minute = datetime(2026, 1, 1, 12, tzinfo=UTC), timedelta(minutes=1)
        >>> meter = Meter(rate=Rate(count=1, per=minute)).take(noon)
        >>> assert isinstance(meter, Meter)
        >>> meter.take(noon + minute / 2)
        TooSoon(seconds=30.0)
        >>> type(meter.take(noon + minute)).__name__
        'Meter'
    """

    rate: Rate
    spent: AwareDatetime | None = None

    def take(self, now: datetime) -> Self | TooSoon:
        """Take one, if there is room.

        Args:
            now: The moment.
        """
        permits = self.rate.taken(self.spent, 1, now)
        if permits.granted == 0:
            return TooSoon(seconds=(permits.again - now).total_seconds())
        # What was paid off long ago says no more than nothing does.
        return self.evolve(spent=permits.spent)

    def at(self, now: datetime) -> datetime:
        """Return when there is room again; now, or later.

        Args:
            now: The moment.
        """
        return max(now, self.rate.taken(self.spent, 0, now).again)

    def deadline(self, now: datetime, event: F, *, key: str | None = None) -> tuple[Deadline[F]]:
        """Return the wait for room, for a state that has something to do then.

        Args:
            now: Since when the state waits.
            event: What comes at that moment.
            key: The name of the wait, where a state has several.
        """
        return (Deadline(at=self.at(now), event=event, key=key),)
