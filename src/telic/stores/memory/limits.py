"""What is spent of the limits in a process: one moment for each.

What may never be here: an await between look and write.
"""

from __future__ import annotations

import threading
from datetime import datetime

__all__ = ["MemoryLimits"]


class MemoryLimits:
    """Keeps one moment for each limit; see :class:`telic.runtime.limits.KeepsLimits`."""

    def __init__(self) -> None:
        """Begin with nothing spent."""
        self._spent: dict[str, datetime] = {}
        self._spending = threading.Lock()

    async def spent(self, limit: str) -> datetime | None:
        """Return until when a limit is spent, or ``None`` where nothing was ever written."""
        return self._spent.get(limit)

    async def spend(self, limit: str, before: datetime | None, after: datetime) -> bool:
        """Write until when a limit is spent, unless somebody else was first."""
        with self._spending:
            if self._spent.get(limit) != before:
                return False
            self._spent[limit] = after
            return True
