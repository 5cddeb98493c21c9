"""What is spent of the shared limits of one tenant in a SQLite file.

What may never be here: what a limit permits.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from telic.kernel.codec import microseconds, moment

if TYPE_CHECKING:
    from telic.stores.sqlite.session import Session

__all__ = ["SqliteLimits"]

_SPENT = "SELECT spent_us FROM telic_limit WHERE tenant = ? AND name = ?"
# The first one adds the row, and every later one moves it from where it was seen.
_ADD = "INSERT INTO telic_limit (tenant, name, spent_us) VALUES (:tenant, :name, :after) ON CONFLICT DO NOTHING"
_MOVE = "UPDATE telic_limit SET spent_us = :after WHERE tenant = :tenant AND name = :name AND spent_us = :before"


class SqliteLimits:
    """Keeps one moment for each limit; see :class:`telic.runtime.limits.KeepsLimits`."""

    def __init__(self, database: Session, tenant: str) -> None:
        """Look at the limits of a tenant."""
        self._database = database
        self._tenant = tenant

    async def spent(self, limit: str) -> datetime | None:
        """Return until when a limit is spent, or ``None`` where nothing was ever written."""
        rows = self._database.rows("spent", _SPENT, (self._tenant, limit))
        return moment(cast("int", rows[0][0])) if rows else None

    async def spend(self, limit: str, before: datetime | None, after: datetime) -> bool:
        """Write until when a limit is spent, unless somebody else was first."""
        values: dict[str, str | int] = {"tenant": self._tenant, "name": limit, "after": microseconds(after)}
        if before is not None:
            values["before"] = microseconds(before)
        text = _ADD if before is None else _MOVE
        written = await self._database.carry_out("spend", lambda connection: connection.execute(text, values).rowcount)
        return written == 1
