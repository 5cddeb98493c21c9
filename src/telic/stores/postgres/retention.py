"""The end of what is over on a PostgreSQL server, and of what lies behind a checkpoint.

What may never be here: the end of an instance that still runs.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from telic.kernel.codec import microseconds

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session

__all__ = ["Forgets"]

_TABLES: Final = (
    "telic_attribute", "telic_wait", "telic_act", "telic_event_id", "telic_checkpoint", "telic_journal",
    "telic_instance",
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

# What their events have come to goes on standing beside the ids of those that had one.
_CUT: Final = """
    WITH due AS MATERIALIZED (
        SELECT c.id, c.revision FROM {s}.telic_checkpoint c
        JOIN {s}.telic_instance i ON i.tenant = c.tenant AND i.machine = c.machine AND i.id = c.id
        WHERE c.tenant = $1 AND c.machine = $2 AND NOT c.base AND c.at_us < $3
            AND i.revision - c.revision + 1 >= $4 AND {hurry}
        ORDER BY c.at_us, c.id, c.revision LIMIT 1 FOR UPDATE OF c SKIP LOCKED
    ), remembered AS (
        UPDATE {s}.telic_event_id e SET outcome = j.outcome, kind = j.kind, intents = (
            SELECT json_agg(json_build_array(one -> 0) ORDER BY n)::text
            FROM json_array_elements(j.intents::json) WITH ORDINALITY AS each(one, n))
        FROM due JOIN {s}.telic_journal j ON j.tenant = $1 AND j.machine = $2 AND j.id = due.id
            AND j.revision < due.revision AND j.event_id IS NOT NULL
        WHERE e.tenant = $1 AND e.machine = $2 AND e.id = j.id AND e.event_id = j.event_id
    ), older AS (
        DELETE FROM {s}.telic_checkpoint c USING due
        WHERE c.tenant = $1 AND c.machine = $2 AND c.id = due.id AND c.revision < due.revision
    ), base AS (
        UPDATE {s}.telic_checkpoint c SET base = true FROM due
        WHERE c.tenant = $1 AND c.machine = $2 AND c.id = due.id AND c.revision = due.revision
    ), gone AS (
        DELETE FROM {s}.telic_journal j USING due
        WHERE j.tenant = $1 AND j.machine = $2 AND j.id = due.id AND j.revision < due.revision RETURNING 1
    )
    SELECT count(*) FROM gone"""


class Forgets:
    """How a store on PostgreSQL forgets what is over; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete instances that are over since before a moment; see :class:`telic.runtime.retention.Purges`."""
        text = self.lane_key.statements.of(_PURGE, hurry=self.lane_key.hurries)
        ((count,),) = await self.lane_key.change("purge", text, *self._key, microseconds(before), limit)
        return cast("int", count)

    async def cut(self, before: datetime, keep: int) -> int:
        """Cut one journal at its next checkpoint; see :class:`telic.runtime.retention.Cuts`."""
        text = self.lane_key.statements.of(_CUT, hurry=self.lane_key.hurries)
        ((count,),) = await self.lane_key.change("cut", text, *self._key, microseconds(before), keep)
        return cast("int", count)
