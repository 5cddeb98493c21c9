"""What is spent of the shared limits of one tenant on a PostgreSQL server.

What may never be here: what a limit permits.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from telic.kernel.codec import microseconds, moment

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session

__all__ = ["PostgresLimits"]

_SPENT: Final = "SELECT spent_us FROM {s}.telic_limit WHERE tenant = $1 AND name = $2"
# The first one adds the row, and every later one moves it from where it was seen.
_ADD: Final = """
    INSERT INTO {s}.telic_limit (tenant, name, spent_us) SELECT $1, $2, $3 WHERE {hurry}
    ON CONFLICT DO NOTHING RETURNING 1"""
_MOVE: Final = """
    UPDATE {s}.telic_limit SET spent_us = $3 WHERE tenant = $1 AND name = $2 AND spent_us = $4 AND {hurry}
    RETURNING 1"""


class PostgresLimits:
    """Keeps one moment for each limit; see :class:`telic.runtime.limits.KeepsLimits`."""

    def __init__(self, session: Session, tenant: str) -> None:
        """Look at the limits of a tenant."""
        self._session = session
        self._tenant = tenant

    async def spent(self, limit: str) -> datetime | None:
        """Return until when a limit is spent, or ``None`` where nothing was ever written."""
        rows = await self._session.rows("spent", self._session.statements.of(_SPENT), self._tenant, limit)
        return moment(cast("int", rows[0][0])) if rows else None

    async def spend(self, limit: str, before: datetime | None, after: datetime) -> bool:
        """Write until when a limit is spent, unless somebody else was first."""
        session, values = self._session, (self._tenant, limit, microseconds(after))
        if before is None:
            text = session.statements.of(_ADD, hurry=session.hurries)
            return bool(await session.change("spend", text, *values))
        text = session.statements.of(_MOVE, hurry=session.hurries)
        return bool(await session.change("spend", text, *values, microseconds(before)))
