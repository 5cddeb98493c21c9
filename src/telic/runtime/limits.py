"""The protocol of a store that keeps what is spent of shared limits: one moment for each.

What may never be here: what such a moment means; see :mod:`telic.kernel.rates`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

__all__ = ["KeepsLimits"]


@runtime_checkable
class KeepsLimits(Protocol):
    """Keeps one moment for each limit, for all who share its database and tenant.

    Of any number of callers who have read the same moment, one moves it.
    """

    async def spent(self, limit: str) -> datetime | None:
        """Return until when a limit is spent, or ``None`` where nothing was ever written.

        Args:
            limit: Its name.
        """
        ...

    async def spend(self, limit: str, before: datetime | None, after: datetime) -> bool:
        """Write until when a limit is spent, unless somebody else was first; return whether it was written.

        Args:
            limit: Its name.
            before: What :meth:`spent` has returned.
            after: The new moment.
        """
        ...
