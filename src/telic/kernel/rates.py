"""How often something may be begun: :class:`Rate`, a pure value, and its arithmetic.

All that has to be kept of a rate is one moment: until when it is *spent*. Each permit moves it
on by one spacing, and as time passes it is paid off (the generic cell rate algorithm: ITU-T
I.371, annex A, in its form of a virtual schedule). What may never be here: a clock, or the
place where that moment is kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from telic.kernel.values import Value

__all__ = ["Permits", "Rate"]

_US = timedelta(microseconds=1)
_LONGEST = timedelta(days=366)
_STRAY = timedelta(minutes=1)
"""How far the clocks of those who share a rate may differ. A rate that is spent further ahead
than that was kept by a clock that has gone back since, or was another rate."""


class Permits(NamedTuple):
    """What was taken of a rate, and what that makes of it.

    Attributes:
        granted: How many permits there were.
        spent: Until when the rate is spent, with these.
        again: When the next permit is there, if nobody else takes any.
    """

    granted: int
    spent: datetime | None
    again: datetime


class Rate(Value):
    """So many in so much time, one after the other at even distances, or in bursts.

    In any stretch of time as long as ``per``, no more than ``count + burst - 1`` are begun.

    Attributes:
        count: How many.
        per: In how much time.
        burst: How many may be begun at once, after a pause that was long enough.

    Example:
        >>> Rate(count=10, per=timedelta(seconds=1), burst=5).spacing
        datetime.timedelta(microseconds=100000)
    """

    count: int
    per: timedelta = timedelta(seconds=1)
    burst: int = 1

    def model_post_init(self, context: object, /) -> None:  # noqa: ARG002  (asked for by Pydantic)
        """Refuse a rate that could never permit anything, or that no clock can tell.

        Raises:
            ValueError: When a number is out of its range.
        """
        checks = (
            (self.count >= 1, f"count of at least 1, got {self.count}"),
            (timedelta(0) < self.per <= _LONGEST, f"per above 0 s and up to {_LONGEST.days} days, got {self.per}"),
            (self.burst >= 1, f"burst of at least 1, got {self.burst}"),
        )
        for holds, text in checks:
            if not holds:
                raise ValueError(f"expected {text}")
        if self.burst > _LONGEST // self.spacing:
            raise ValueError(f"expected a burst that is made up for within {_LONGEST.days} days, got {self.burst}")

    @property
    def spacing(self) -> timedelta:
        """The time from one permit to the next; rounded up to a microsecond."""
        return -(-(self.per // _US) // self.count) * _US

    def taken(self, spent: datetime | None, most: int, now: datetime) -> Permits:
        """Return as many permits as there are, up to so many.

        Args:
            spent: Until when the rate is spent; ``None`` when nothing was ever taken.
            most: How many are wanted.
            now: The present moment.
        """
        spacing = self.spacing
        whole = self.burst * spacing
        begin = now if spent is None else max(spent, now)
        strayed = begin - now > whole + _STRAY
        if strayed:
            begin = now + whole
        count = max(0, min(most, (now + whole - begin) // spacing))
        after = begin + count * spacing
        return Permits(count, after if count or strayed else spent, after - whole + spacing)

    def returned(self, spent: datetime, permits: Permits, count: int, now: datetime) -> datetime:
        """Return until when the rate is spent once some of its permits are given back unused.

        What was paid off by now is gone: others may have begun in its place.

        Args:
            spent: Until when it is spent now.
            permits: What was taken.
            count: How many of these are given back.
            now: The present moment.
        """
        left = permits.spent - now if permits.spent is not None else timedelta(0)
        return spent - max(timedelta(0), min(count * self.spacing, left))
