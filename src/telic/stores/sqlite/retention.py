"""The end of what is over in a SQLite file.

What may never be here: an instance that still runs.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING, Final

import pydantic_core

from telic.kernel.codec import microseconds
from telic.stores.writes import SqlValue

if TYPE_CHECKING:
    from telic.stores.sqlite.database import SqliteDatabase

__all__ = ["OVER", "Forgets"]

# The condition on the status stands here word for word as in the index. Kept events stand in
# `rest` under their name, which no text within it can imitate: there each quote is escaped.
OVER: Final = """
    SELECT id FROM telic_instance AS one
    WHERE tenant = :tenant AND machine = :machine AND status IN ('ended', 'cancelled', 'terminated')
        AND at_us < :before AND (rest IS NULL OR instr(rest, CAST('"parked":' AS BLOB)) = 0)
        AND NOT EXISTS (
            SELECT 1 FROM telic_outbox AS o WHERE o.tenant = :tenant AND o.machine = :machine
            AND o.intent_id > one.id || ':' AND o.intent_id < one.id || ';' AND o.id = one.id)
    ORDER BY at_us LIMIT :limit
"""
_TABLES: Final = (
    "telic_attribute", "telic_wait", "telic_act", "telic_event_id", "telic_journal", "telic_instance",
)  # fmt: skip
_DELETE: Final = tuple(
    f"DELETE FROM {table} WHERE tenant = :tenant AND machine = :machine AND id IN (SELECT value FROM json_each(:ids))"  # noqa: S608  (constant pieces)
    for table in _TABLES
)


class Forgets:
    """How a store on SQLite forgets what is over; a part of the store."""

    lane_key: SqliteDatabase
    _key: tuple[str, str]

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete instances that are over since before a moment; see :class:`telic.runtime.retention.Purges`."""
        tenant, machine = self._key
        given: dict[str, SqlValue] = {
            "tenant": tenant,
            "machine": machine,
            "before": microseconds(before),
            "limit": limit,
        }
        if not self.lane_key.rows("purge", OVER, given):  # an idle purge writes nothing
            return 0

        def work(connection: sqlite3.Connection) -> int:
            ids = [row[0] for row in connection.execute(OVER, given)]
            gone = given | {"ids": pydantic_core.to_json(ids).decode()}
            for text in _DELETE:
                connection.execute(text, gone)
            return len(ids)

        return await self.lane_key.carry_out("purge", work)
