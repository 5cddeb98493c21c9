"""The end of what is over on a PostgreSQL server.

What may never be here: an instance that still runs.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from telic.kernel.codec import microseconds

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session

__all__ = ["Forgets"]

_TABLES: Final = (
    "telic_attribute", "telic_wait", "telic_act", "telic_event_id", "telic_journal", "telic_instance",
)  # fmt: skip
_GONE: Final = "DELETE FROM {{s}}.{0} t USING over WHERE t.tenant = $1 AND t.machine = $2 AND t.id = over.id"
_DELETED: Final = ", ".join(f"{table}_gone AS ({_GONE.format(table)})" for table in _TABLES)
# An instance that has taken a late answer meanwhile is locked, or has another moment by now.
# Kept events stand in `rest` under their name, which no text within it can imitate: there each
# quote is escaped.
_PURGE: Final = f"""
    WITH over AS MATERIALIZED (
        SELECT i.id FROM {{s}}.telic_instance i
        WHERE i.tenant = $1 AND i.machine = $2 AND i.over_us IS NOT NULL AND i.over_us < $3
            AND (i.rest IS NULL OR position('"parked":'::bytea IN i.rest) = 0)
            AND NOT EXISTS (
                SELECT FROM {{s}}.telic_outbox o WHERE o.tenant = $1 AND o.machine = $2
                AND o.intent_id > i.id || ':' AND o.intent_id < i.id || ';' AND o.id = i.id)
            AND {{hurry}}
        ORDER BY i.over_us LIMIT $4 FOR UPDATE SKIP LOCKED
    ), {_DELETED}
    SELECT count(*) FROM over"""  # noqa: S608  (constant pieces)


class Forgets:
    """How a store on PostgreSQL forgets what is over; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete instances that are over since before a moment; see :class:`telic.runtime.retention.Purges`."""
        text = self.lane_key.statements.of(_PURGE, hurry=self.lane_key.hurries)
        ((count,),) = await self.lane_key.change("purge", text, *self._key, microseconds(before), limit)
        return cast("int", count)
