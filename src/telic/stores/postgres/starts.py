"""The starts that a PostgreSQL server keeps until their moment.

What may never be here: a statement about an instance.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from telic.kernel.codec import Stored, microseconds, moment
from telic.runtime.starts import DueStart

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session

__all__ = ["Starts"]

_PUT: Final = """
    INSERT INTO {s}.telic_start AS one (tenant, machine, name, key, due_us, told_us, tag, version, data)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE {hurry} ON CONFLICT (tenant, machine, name, key) DO UPDATE SET
        due_us = excluded.due_us, told_us = excluded.told_us, tag = excluded.tag, version = excluded.version,
        data = excluded.data
    WHERE excluded.told_us >= one.told_us"""
_DUE: Final = """
    SELECT key, due_us, told_us, tag, version, data FROM {s}.telic_start
    WHERE tenant = $1 AND machine = $2 AND name = $3 AND due_us <= $4 ORDER BY due_us, key LIMIT $5"""
_DROP: Final = """
    DELETE FROM {s}.telic_start
    WHERE tenant = $1 AND machine = $2 AND name = $3 AND key = $4 AND due_us = $5 AND told_us = $6 AND {hurry}"""


class Starts:
    """The starts that a store on PostgreSQL keeps; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]

    async def put_start(self, start: DueStart) -> None:
        """Keep a start; see :class:`telic.runtime.starts.KeepsStarts`."""
        trigger, key, due, told, event = start
        text = self.lane_key.statements.of(_PUT, hurry=self.lane_key.hurries)
        values = (trigger, key, microseconds(due), microseconds(told), *event)
        await self.lane_key.change("put_start", text, *self._key, *values)

    async def due_starts(self, trigger: str, now: datetime, limit: int) -> tuple[DueStart, ...]:
        """Return starts of a trigger whose moment has come, the oldest first."""
        text = self.lane_key.statements.of(_DUE)
        rows = await self.lane_key.rows("due_starts", text, *self._key, trigger, microseconds(now), limit)
        return tuple(
            DueStart(trigger, key, moment(due_us), moment(told_us), Stored(tag, version, data))
            for key, due_us, told_us, tag, version, data in cast(
                "Sequence[tuple[str, int, int, str, int, bytes]]", rows
            )
        )

    async def drop_start(self, start: DueStart) -> None:
        """Forget a start that was made, unless a later fact has moved it meanwhile."""
        text = self.lane_key.statements.of(_DROP, hurry=self.lane_key.hurries)
        values = (start.trigger, start.key, microseconds(start.due), microseconds(start.told))
        await self.lane_key.change("drop_start", text, *self._key, *values)
