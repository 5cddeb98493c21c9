"""What a PostgreSQL server keeps for hooks, and the rows of schedules.

Triggers write what has happened, in the transaction of the step; see ``schema``. What may
never be here: a statement about an instance.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from telic.kernel.codec import microseconds, moment
from telic.runtime.happenings import Happening
from telic.runtime.timetables import Scheduled
from telic.stores.postgres.pool import Rows
from telic.stores.postgres.starts import Starts
from telic.stores.telling import COLUMNS, happenings_of

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session

__all__ = ["Tells", "Timetable"]

_HOOK: Final = "tenant = $1 AND machine = $2 AND hook = $3"
_ADD: Final = """
    INSERT INTO {s}.telic_hook (tenant, machine, hook) SELECT $1, $2, $3 WHERE {hurry}
    ON CONFLICT DO NOTHING"""
_REMOVE: Final = f"""
    WITH gone AS (DELETE FROM {{s}}.telic_hook WHERE {_HOOK} AND {{hurry}})
    DELETE FROM {{s}}.telic_happening WHERE {_HOOK}"""  # noqa: S608  (constants)
_TURN: Final = f"""
    UPDATE {{s}}.telic_hook SET worker = $4, until_us = $5
    WHERE {_HOOK} AND (worker = $4 OR until_us <= $6) AND {{hurry}} RETURNING 1"""  # noqa: S608  (constants)
_UNHEARD: Final = f"SELECT {COLUMNS} FROM {{s}}.telic_happening WHERE {_HOOK} ORDER BY number LIMIT $4"  # noqa: S608  (constants)
_HEARD: Final = f"""
    DELETE FROM {{s}}.telic_happening
    WHERE {_HOOK} AND number = ANY($4::bigint[]) AND {{hurry}}"""  # noqa: S608  (constants)
_SCHEDULED: Final = """
    SELECT recurrence, next_us, last_us FROM {s}.telic_schedule WHERE tenant = $1 AND machine = $2 AND name = $3"""
_PUT: Final = """
    INSERT INTO {s}.telic_schedule (tenant, machine, name, recurrence, next_us, last_us)
    SELECT $1, $2, $3, $4, $5, $6 WHERE {hurry} ON CONFLICT DO NOTHING RETURNING 1"""
_MOVE: Final = """
    UPDATE {s}.telic_schedule SET recurrence = $4, next_us = $5, last_us = $6
    WHERE tenant = $1 AND machine = $2 AND name = $3 AND recurrence = $7 AND next_us = $8 AND {hurry} RETURNING 1"""


class Tells:
    """What a store on PostgreSQL keeps for hooks; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]

    async def add_hook(self, name: str) -> None:
        """Keep for this hook what happens from now on; see :class:`telic.runtime.happenings.TellsHooks`."""
        await self._changed("add_hook", _ADD, name)

    async def remove_hook(self, name: str) -> None:
        """Keep nothing more for this hook, and forget what it has not heard."""
        await self._changed("remove_hook", _REMOVE, name)

    async def take_turn(self, name: str, *, worker: str, now: datetime, until: datetime) -> bool:
        """Take or keep the turn to tell a hook; return whether it is the worker's."""
        return bool(await self._changed("take_turn", _TURN, name, worker, microseconds(until), microseconds(now)))

    async def unheard(self, name: str, limit: int) -> tuple[Happening, ...]:
        """Return what a hook has not heard yet, in the order in which it happened."""
        text = self.lane_key.statements.of(_UNHEARD)
        return happenings_of(await self.lane_key.rows("unheard", text, *self._key, name, limit), self._key)

    async def heard(self, name: str, numbers: Collection[int]) -> None:
        """Forget what a hook has heard."""
        await self._changed("heard", _HEARD, name, sorted(numbers))

    async def _changed(self, operation: str, text: str, *values: object) -> Rows:
        session = self.lane_key
        return await session.change(operation, session.statements.of(text, hurry=session.hurries), *self._key, *values)


class Timetable(Starts, Tells):
    """The schedules of a store on PostgreSQL; a part of the store."""

    async def scheduled(self, name: str) -> Scheduled | None:
        """Return where a schedule stands, or ``None`` where it has no row yet."""
        rows = await self.lane_key.rows("scheduled", self.lane_key.statements.of(_SCHEDULED), *self._key, name)
        for recurrence, next_us, last_us in cast("Sequence[tuple[str, int, int | None]]", rows):
            return Scheduled(recurrence, moment(next_us), moment(last_us) if last_us is not None else None)
        return None

    async def reschedule(self, name: str, before: Scheduled | None, after: Scheduled) -> bool:
        """Move a schedule on, unless somebody else has; return whether it was moved."""
        last_us = microseconds(after.last) if after.last is not None else None
        row = (name, after.recurrence, microseconds(after.next), last_us)
        if before is None:
            return bool(await self._changed("reschedule", _PUT, *row))
        return bool(await self._changed("reschedule", _MOVE, *row, before.recurrence, microseconds(before.next)))
