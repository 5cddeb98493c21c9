"""The starts that a SQLite file keeps until their moment.

What may never be here: a statement about an instance.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from telic.kernel.codec import Stored, microseconds, moment
from telic.runtime.starts import DueStart

if TYPE_CHECKING:
    from telic.stores.sqlite.session import Session

__all__ = ["Starts"]

_PUT = """
    INSERT INTO telic_start (tenant, machine, name, key, due_us, told_us, tag, version, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, machine, name, key) DO UPDATE SET
        due_us = excluded.due_us, told_us = excluded.told_us, tag = excluded.tag, version = excluded.version,
        data = excluded.data
    WHERE excluded.told_us >= told_us
"""
_DUE = """
    SELECT key, due_us, told_us, tag, version, data FROM telic_start
    WHERE tenant = ? AND machine = ? AND name = ? AND due_us <= ? ORDER BY due_us, key LIMIT ?
"""
_DROP = (
    "DELETE FROM telic_start WHERE tenant = ? AND machine = ? AND name = ? AND key = ? AND due_us = ? AND told_us = ?"
)


class Starts:
    """The starts that a store on SQLite keeps; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]

    async def put_start(self, start: DueStart) -> None:
        """Keep a start; see :class:`telic.runtime.starts.KeepsStarts`."""
        trigger, key, due, told, event = start
        values = (*self._key, trigger, key, microseconds(due), microseconds(told), *event)
        await self.lane_key.carry_out("put_start", lambda connection: connection.execute(_PUT, values).rowcount)

    async def due_starts(self, trigger: str, now: datetime, limit: int) -> tuple[DueStart, ...]:
        """Return starts of a trigger whose moment has come, the oldest first."""
        rows = self.lane_key.rows("due_starts", _DUE, (*self._key, trigger, microseconds(now), limit))
        return tuple(
            DueStart(trigger, key, moment(due_us), moment(told_us), Stored(tag, version, data))
            for key, due_us, told_us, tag, version, data in cast("list[tuple[str, int, int, str, int, bytes]]", rows)
        )

    async def drop_start(self, start: DueStart) -> None:
        """Forget a start that was made, unless a later fact has moved it meanwhile."""
        values = (*self._key, start.trigger, start.key, microseconds(start.due), microseconds(start.told))
        await self.lane_key.carry_out("drop_start", lambda connection: connection.execute(_DROP, values).rowcount)
