"""What a SQLite file keeps for hooks, and the rows of schedules.

Triggers write what has happened, in the transaction of the step; the first hook of a file makes
them, see ``schema_happenings``. What may never be here: a statement about an instance.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, cast

from telic.kernel.codec import microseconds, moment
from telic.runtime.happenings import Happening
from telic.runtime.timetables import Scheduled
from telic.stores.sqlite.schema_happenings import TELLING
from telic.stores.sqlite.starts import Starts
from telic.stores.telling import COLUMNS, happenings_of
from telic.stores.writes import SqlValue

if TYPE_CHECKING:
    from telic.stores.sqlite.session import Session

__all__ = ["Tells", "Timetable"]

_HOOK = "tenant = ? AND machine = ? AND hook = ?"
_ADD = "INSERT INTO telic_hook (tenant, machine, hook) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_REMOVE = (f"DELETE FROM telic_hook WHERE {_HOOK}", f"DELETE FROM telic_happening WHERE {_HOOK}")  # noqa: S608  (constants)
_TURN = f"UPDATE telic_hook SET worker = ?, until_us = ? WHERE {_HOOK} AND (worker = ? OR until_us <= ?)"  # noqa: S608  (constants)
_UNHEARD = f"SELECT {COLUMNS} FROM telic_happening WHERE {_HOOK} ORDER BY number LIMIT ?"  # noqa: S608  (constants)
_HEARD = f"DELETE FROM telic_happening WHERE number = ? AND {_HOOK}"  # noqa: S608  (constants)
_SCHEDULED = "SELECT recurrence, next_us, last_us FROM telic_schedule WHERE tenant = ? AND machine = ? AND name = ?"
_PUT = """
    INSERT INTO telic_schedule (tenant, machine, name, recurrence, next_us, last_us)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_MOVE = """
    UPDATE telic_schedule SET recurrence = ?, next_us = ?, last_us = ?
    WHERE tenant = ? AND machine = ? AND name = ? AND recurrence = ? AND next_us = ?
"""


class Tells:
    """What a store on SQLite keeps for hooks; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]

    async def add_hook(self, name: str) -> None:
        """Keep for this hook what happens from now on; see :class:`telic.runtime.happenings.TellsHooks`."""
        row = (*self._key, name)

        def add(connection: sqlite3.Connection) -> None:
            if connection.execute(_ADD, row).rowcount:
                for text in TELLING:
                    connection.execute(text)

        await self.lane_key.carry_out("add_hook", add)

    async def remove_hook(self, name: str) -> None:
        """Keep nothing more for this hook, and forget what it has not heard."""
        await self._changed("remove_hook", *((text, (*self._key, name)) for text in _REMOVE))

    async def take_turn(self, name: str, *, worker: str, now: datetime, until: datetime) -> bool:
        """Take or keep the turn to tell a hook; return whether it is the worker's."""
        values = (worker, microseconds(until), *self._key, name, worker, microseconds(now))
        return await self._changed("take_turn", (_TURN, values)) == 1

    async def unheard(self, name: str, limit: int) -> tuple[Happening, ...]:
        """Return what a hook has not heard yet, in the order in which it happened."""
        return happenings_of(self.lane_key.rows("unheard", _UNHEARD, (*self._key, name, limit)), self._key)

    async def heard(self, name: str, numbers: Collection[int]) -> None:
        """Forget what a hook has heard."""
        await self._changed("heard", *((_HEARD, (number, *self._key, name)) for number in numbers))

    async def _changed(self, operation: str, *orders: tuple[str, tuple[SqlValue, ...]]) -> int:
        """Run statements in one transaction; return how many rows they changed."""
        return await self.lane_key.carry_out(
            operation, lambda connection: sum(connection.execute(text, values).rowcount for text, values in orders)
        )


class Timetable(Starts, Tells):
    """The schedules of a store on SQLite; a part of the store."""

    async def scheduled(self, name: str) -> Scheduled | None:
        """Return where a schedule stands, or ``None`` where it has no row yet."""
        rows = self.lane_key.rows("scheduled", _SCHEDULED, (*self._key, name))
        for recurrence, next_us, last_us in cast("list[tuple[str, int, int | None]]", rows):
            return Scheduled(recurrence, moment(next_us), moment(last_us) if last_us is not None else None)
        return None

    async def reschedule(self, name: str, before: Scheduled | None, after: Scheduled) -> bool:
        """Move a schedule on, unless somebody else has; return whether it was moved."""
        last_us = microseconds(after.last) if after.last is not None else None
        row = (after.recurrence, microseconds(after.next), last_us)
        if before is None:
            return await self._changed("reschedule", (_PUT, (*self._key, name, *row))) == 1
        values = (*row, *self._key, name, before.recurrence, microseconds(before.next))
        return await self._changed("reschedule", (_MOVE, values)) == 1
