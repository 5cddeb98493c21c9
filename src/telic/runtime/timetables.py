"""The row of a recurring schedule, and the protocol of a store that keeps such rows.

What may never be here: the meaning of a recurrence, or a decision to fire.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

__all__ = ["KeepsSchedules", "Scheduled"]


class Scheduled(NamedTuple):
    """Where a schedule stands.

    Attributes:
        recurrence: What it was computed by, as text: another text begins anew.
        next: The instant at which it fires next.
        last: The instant for which it has started an instance last, if it ever has.
    """

    recurrence: str
    next: datetime
    last: datetime | None = None


@runtime_checkable
class KeepsSchedules(Protocol):
    """A store that keeps the rows of schedules, beside the instances that they start."""

    async def scheduled(self, name: str) -> Scheduled | None:
        """Return where a schedule stands, or ``None`` where it has no row yet.

        Args:
            name: The name of the schedule.
        """
        ...

    async def reschedule(self, name: str, before: Scheduled | None, after: Scheduled) -> bool:
        """Move a schedule on, unless somebody else has; return whether it was moved.

        Args:
            name: The name of the schedule.
            before: Where it stood; ``None`` for one without a row.
            after: Where it stands from now on.
        """
        ...
