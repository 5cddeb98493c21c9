"""The end of what is over in a SQLite file, and of what lies behind a checkpoint.

What may never be here: the end of an instance that still runs.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING, Final

import pydantic_core

from telic.kernel.codec import microseconds
from telic.stores.writes import SqlValue

if TYPE_CHECKING:
    from telic.stores.sqlite.session import Session

__all__ = ["DUE_CUT", "OVER", "Forgets"]

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
    "telic_attribute", "telic_wait", "telic_act", "telic_event_id", "telic_checkpoint", "telic_journal",
    "telic_instance",
)  # fmt: skip
_DELETE: Final = tuple(
    f"DELETE FROM {table} WHERE tenant = :tenant AND machine = :machine AND id IN (SELECT value FROM json_each(:ids))"  # noqa: S608  (constant pieces)
    for table in _TABLES
)

# The condition on the base stands here word for word as in the index.
DUE_CUT: Final = """
    SELECT c.id, c.revision FROM telic_checkpoint AS c
    CROSS JOIN telic_instance AS i ON i.tenant = c.tenant AND i.machine = c.machine AND i.id = c.id
    WHERE c.tenant = :tenant AND c.machine = :machine AND base = 0 AND c.at_us < :before
        AND i.revision - c.revision + 1 >= :keep
    ORDER BY c.at_us, c.id, c.revision LIMIT 1
"""
_BEHIND: Final = "tenant = :tenant AND machine = :machine AND id = :id AND revision < :revision"
# What their events have come to goes on standing beside the ids of those that had one.
_REMEMBER: Final = f"""
    INSERT INTO telic_event_id (tenant, machine, id, event_id, revision, outcome, kind, intents)
    SELECT tenant, machine, id, event_id, revision, outcome, kind,
        (SELECT json_group_array(json_array(json_extract(one.value, '$[0]'))) FROM json_each(intents) AS one)
    FROM telic_journal WHERE {_BEHIND} AND event_id IS NOT NULL
    ON CONFLICT (tenant, machine, id, event_id) DO UPDATE SET
        outcome = excluded.outcome, kind = excluded.kind, intents = excluded.intents
"""  # noqa: S608  (constant pieces)
_CUT: Final = (
    _REMEMBER,
    f"DELETE FROM telic_checkpoint WHERE {_BEHIND}",  # noqa: S608  (constant pieces)
    """UPDATE telic_checkpoint SET base = 1
        WHERE tenant = :tenant AND machine = :machine AND id = :id AND revision = :revision""",
    f"DELETE FROM telic_journal WHERE {_BEHIND}",  # noqa: S608  (constant pieces)
)


class Forgets:
    """How a store on SQLite forgets what is over; a part of the store."""

    lane_key: Session
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

    async def cut(self, before: datetime, keep: int) -> int:
        """Cut one journal at its next checkpoint; see :class:`telic.runtime.retention.Cuts`."""
        tenant, machine = self._key
        given: dict[str, SqlValue] = {
            "tenant": tenant, "machine": machine, "before": microseconds(before), "keep": keep,
        }  # fmt: skip
        if not self.lane_key.rows("cut", DUE_CUT, given):
            return 0

        def work(connection: sqlite3.Connection) -> int:
            due: tuple[str, int] | None = connection.execute(DUE_CUT, given).fetchone()
            if due is None:  # another process was first
                return 0
            place: dict[str, SqlValue] = {"tenant": tenant, "machine": machine, "id": due[0], "revision": due[1]}
            return [connection.execute(text, place).rowcount for text in _CUT][-1]

        return await self.lane_key.carry_out("cut", work)
