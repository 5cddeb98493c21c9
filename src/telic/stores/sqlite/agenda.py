"""The deadlines of one machine and tenant that are due, and the repair of the rows of waits.

What may never be here: the delivery of a deadline.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, cast

from pydantic import BaseModel

from telic.kernel.codec import microseconds, moment
from telic.kernel.errors import DecodeError
from telic.kernel.snapshot import Snapshot, Status
from telic.kernel.values import WaitKey, WorkflowId
from telic.runtime.claims import DueDeadline, Swept
from telic.stores.encoding import wait_row
from telic.stores.rows import SnapshotRow
from telic.stores.sqlite.statements import STATEMENTS
from telic.stores.writes import Row, Step

if TYPE_CHECKING:
    from telic.stores.rows import Decoder
    from telic.stores.sqlite.session import Session

__all__ = ["DUE_DEADLINES", "DUE_REMINDERS", "NEXT_DEADLINE", "NEXT_REMINDER", "Agenda"]

_WAITING = """
    FROM telic_wait WHERE tenant = :tenant AND machine = :machine
        AND type = 'deadline' AND fired_us IS NULL AND held = 0
"""
DUE_DEADLINES = (
    "SELECT id, key, due_us"
    + _WAITING
    + "AND coalesce(postponed_us, due_us) <= :now ORDER BY coalesce(postponed_us, due_us) LIMIT :limit"
)
NEXT_DEADLINE = "SELECT coalesce(postponed_us, due_us)" + _WAITING + "ORDER BY coalesce(postponed_us, due_us) LIMIT 1"
_REMINDING = """
    FROM telic_wait INDEXED BY telic_wait_remind
    WHERE tenant = :tenant AND machine = :machine AND remind_us IS NOT NULL AND held = 0
"""
DUE_REMINDERS = (
    "SELECT id, key, remind_us"
    + _REMINDING
    + "AND coalesce(postponed_us, remind_us) <= :now ORDER BY coalesce(postponed_us, remind_us) LIMIT :limit"
)
NEXT_REMINDER = (
    "SELECT coalesce(postponed_us, remind_us)" + _REMINDING + "ORDER BY coalesce(postponed_us, remind_us) LIMIT 1"
)
_POSTPONE = """
    UPDATE telic_wait SET postponed_us = :until
    WHERE tenant = :tenant AND machine = :machine AND id = :id AND key = :key
        AND CASE type WHEN 'task' THEN remind_us ELSE due_us END = :at
"""
_INSTANCES = """
    SELECT id, revision, kind, version, status, state, rest, key, parent, started_us, at_us, root_machine, root
    FROM telic_instance WHERE tenant = :tenant AND machine = :machine AND id > :after ORDER BY id LIMIT :limit
"""
_WAITS = """
    SELECT tenant, machine, id, key, type, event, since, opened_us, due_us, fired_us, title, description,
        assignee, groups, priority, remind, topic, topic_key, held, remind_us
    FROM telic_wait WHERE tenant = :tenant AND machine = :machine AND id > :after AND id <= :last
"""
_STILL = "SELECT 1 FROM telic_instance WHERE tenant = ? AND machine = ? AND id = ? AND revision = ?"


class _Repair(NamedTuple):
    """What the rows of waits of one instance lack, or have too many of, at a revision."""

    instance: tuple[str, str, str]
    revision: int
    gone: list[Row]
    lacking: list[Row]


class Agenda:
    """The deadlines and reminders of one machine and tenant."""

    def __init__(
        self, database: Session, decoder: Decoder[BaseModel], tenant: str, machine: str, *, reminds: bool
    ) -> None:
        """Keep whose they are, and whether there can be reminders: most machines have none, and are not asked."""
        self._reminds = reminds
        self._database = database
        self._decoder = decoder
        self._prefix = (tenant, machine)
        self._key: dict[str, str | int | None] = {"tenant": tenant, "machine": machine}

    def due(self, now: datetime, limit: int) -> tuple[DueDeadline, ...]:
        """Return deadlines and reminders whose moment has come, the oldest first."""
        asked = self._key | {"now": microseconds(now), "limit": limit}
        rows = self._database.rows("due_deadlines", DUE_DEADLINES, asked)
        if self._reminds:
            rows = sorted(
                rows + self._database.rows("due_deadlines", DUE_REMINDERS, asked), key=lambda row: cast("int", row[2])
            )
        return tuple(
            DueDeadline(WorkflowId(id), WaitKey(key), moment(due_us))
            for id, key, due_us in cast("list[tuple[str, str, int]]", rows[:limit])
        )

    async def postpone(self, deadline: DueDeadline, until: datetime) -> None:
        """Leave a deadline alone until a moment."""
        id, key, at = deadline
        given = self._key | {"until": microseconds(until), "id": id, "key": key, "at": microseconds(at)}
        await self._database.carry_out("postpone", lambda connection: connection.execute(_POSTPONE, given))

    def next(self) -> datetime | None:
        """Return when the next deadline or reminder is to be delivered."""
        rows = self._database.rows("next_deadline", NEXT_DEADLINE, self._key)
        if self._reminds:
            rows = rows + self._database.rows("next_deadline", NEXT_REMINDER, self._key)
        return min((moment(cast("int", row[0])) for row in rows), default=None)

    async def sweep(self, after: WorkflowId | None, limit: int) -> Swept:
        """Look at one page of instances, and write the rows of waits that they lack."""
        asked = self._key | {"after": after or "", "limit": limit}
        rows = self._database.rows("sweep", _INSTANCES, asked)
        if not rows:
            return Swept(None, ())
        last = WorkflowId(str(rows[-1][0]))
        held = self._database.rows("sweep", _WAITS, asked | {"last": last})
        repairs = list(self._repairs(rows, held))
        repaired: tuple[WorkflowId, ...] = ()
        if repairs:
            repaired = await self._database.carry_out("sweep", lambda connection: _repaired(connection, repairs))
            self._database.hints.ring()
        return Swept(last if len(rows) == limit else None, repaired)

    def _repairs(self, rows: Iterable[Row], held: Iterable[Row]) -> Iterable[_Repair]:
        known: dict[str, set[Row]] = {}
        for one in held:
            known.setdefault(str(one[2]), set()).add(one)
        for id, *row in rows:
            try:
                snapshot = self._decoder.snapshot(WorkflowId(str(id)), SnapshotRow._make(row))
            except DecodeError:
                continue  # listed by `undecodable`; nobody can say what it waits for
            stored, declared = known.get(str(id), set()), self._declared(snapshot)
            lacking: list[Row] = [(*one, None) for one in declared if one not in stored]
            keys = {(one[3], one[6]) for one in declared}
            gone: list[Row] = [(*one[:4], one[6]) for one in stored if (one[3], one[6]) not in keys]
            if lacking or gone:
                yield _Repair((*self._prefix, str(id)), snapshot.revision, gone, lacking)

    def _declared(self, snapshot: Snapshot[BaseModel]) -> list[Row]:
        instance = (*self._prefix, snapshot.meta.id)
        return [wait_row(one, instance, held=snapshot.status is Status.PAUSED) for one in snapshot.waits]


def _repaired(connection: sqlite3.Connection, repairs: Iterable[_Repair]) -> tuple[WorkflowId, ...]:
    """Write what is lacking, for the instances that have not moved since they were looked at."""
    done: list[WorkflowId] = []
    for instance, revision, gone, lacking in repairs:
        if connection.execute(_STILL, (*instance, revision)).fetchone() is not None:
            connection.executemany(STATEMENTS[Step.END_WAIT].text, gone)
            connection.executemany(STATEMENTS[Step.DECLARE_WAIT].text, lacking)
            done.append(WorkflowId(instance[2]))
    return tuple(done)
