"""The deadlines of one machine and tenant that are due, and the repair of the rows of waits.

What may never be here: the delivery of a deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from pydantic import BaseModel

from telic.kernel.codec import microseconds, moment
from telic.kernel.errors import DecodeError
from telic.kernel.snapshot import Snapshot, Status
from telic.kernel.values import WaitKey, WorkflowId
from telic.runtime.claims import DueDeadline, Swept
from telic.stores.encoding import wait_row
from telic.stores.postgres.statements import Repair, holdable
from telic.stores.rows import SnapshotRow
from telic.stores.writes import Row

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session
    from telic.stores.rows import Decoder

__all__ = ["DUE_DEADLINES", "DUE_REMINDERS", "NEXT_DEADLINE", "NEXT_REMINDER", "Agenda"]

_WAITING: Final = """
    FROM {s}.telic_wait WHERE tenant = $1 AND machine = $2
        AND type = 'deadline' AND fired_us IS NULL AND NOT held"""
DUE_DEADLINES: Final = (
    f"SELECT id, key, due_us {_WAITING} AND coalesce(postponed_us, due_us) <= $3 "
    "ORDER BY coalesce(postponed_us, due_us) LIMIT $4"
)
NEXT_DEADLINE: Final = (
    f"SELECT coalesce(postponed_us, due_us) {_WAITING} ORDER BY coalesce(postponed_us, due_us) LIMIT 1"
)
_REMINDING: Final = """
    FROM {s}.telic_wait WHERE tenant = $1 AND machine = $2 AND remind_us IS NOT NULL AND NOT held"""
DUE_REMINDERS: Final = (
    f"SELECT id, key, remind_us {_REMINDING} AND coalesce(postponed_us, remind_us) <= $3 "
    "ORDER BY coalesce(postponed_us, remind_us) LIMIT $4"
)
NEXT_REMINDER: Final = (
    f"SELECT coalesce(postponed_us, remind_us) {_REMINDING} ORDER BY coalesce(postponed_us, remind_us) LIMIT 1"
)
_POSTPONE: Final = """
    UPDATE {s}.telic_wait SET postponed_us = $3
    WHERE tenant = $1 AND machine = $2 AND id = $4 AND key = $5 AND {hurry}
        AND CASE type WHEN 'task' THEN remind_us ELSE due_us END = $6"""
_WAITS: Final = """
    SELECT tenant, machine, id, key, type, event, since, opened_us, due_us, fired_us, title, description,
        assignee, groups, priority, remind, topic, topic_key, held::integer, remind_us
    FROM {s}.telic_wait WHERE tenant = $1 AND machine = $2 AND id > $3 AND id <= $4"""


class Agenda:
    """The deadlines and reminders of one machine and tenant."""

    def __init__(
        self,
        session: Session,
        decoder: Decoder[BaseModel],
        key: tuple[str, str],
        ring: Callable[[], None],
        *,
        reminds: bool,
    ) -> None:
        """Keep whose they are.

        Args:
            session: What to work through.
            decoder: Reads instances.
            key: Tenant and machine.
            ring: Says that there may be work.
            reminds: Whether there can be reminders: most machines have none, and are not asked.
        """
        self._reminds = reminds
        self._session = session
        self._decoder = decoder
        self._key = key
        self._ring = ring

    async def due(self, now: datetime, limit: int) -> tuple[DueDeadline, ...]:
        """Return deadlines and reminders whose moment has come, the oldest first."""
        of, asked = self._session.statements.of, (*self._key, microseconds(now), limit)
        rows = list(await self._session.rows("due_deadlines", of(DUE_DEADLINES), *asked))
        if self._reminds:
            rows += await self._session.rows("due_deadlines", of(DUE_REMINDERS), *asked)
            rows.sort(key=lambda row: cast("int", row[2]))
        return tuple(
            DueDeadline(WorkflowId(id), WaitKey(key), moment(due_us))
            for id, key, due_us in cast("Sequence[tuple[str, str, int]]", rows[:limit])
        )

    async def postpone(self, deadline: DueDeadline, until: datetime) -> None:
        """Leave a deadline alone until a moment."""
        id, key, at = deadline
        text = self._session.statements.of(_POSTPONE, hurry=self._session.hurries)
        await self._session.change("postpone", text, *self._key, microseconds(until), id, key, microseconds(at))

    async def next(self) -> datetime | None:
        """Return when the next deadline or reminder is to be delivered."""
        of = self._session.statements.of
        rows = list(await self._session.rows("next_deadline", of(NEXT_DEADLINE), *self._key))
        if self._reminds:
            rows += await self._session.rows("next_deadline", of(NEXT_REMINDER), *self._key)
        return min((moment(cast("int", row[0])) for row in rows), default=None)

    async def sweep(self, after: WorkflowId | None, limit: int) -> Swept:
        """Look at one page of instances, and write the rows of waits that they lack."""
        statements = self._session.statements
        rows = await self._session.rows("sweep", statements.instances, *self._key, after or "", limit)
        if not rows:
            return Swept(None, ())
        last = WorkflowId(str(rows[-1][0]))
        held = await self._session.rows("sweep", statements.of(_WAITS), *self._key, after or "", last)
        repairs = list(self._repairs(rows, held))
        repaired: tuple[WorkflowId, ...] = ()
        if repairs:
            text, values = statements.repairing(repairs, hurry=self._session.hurries)
            done = {cast("int", row[0]) for row in await self._session.change("sweep", text, *values)}
            repaired = tuple(WorkflowId(repairs[number].instance[2]) for number in sorted(done))
            self._ring()
        return Swept(last if len(rows) == limit else None, repaired)

    def _repairs(self, rows: Iterable[Sequence[object]], held: Iterable[Sequence[object]]) -> Iterable[Repair]:
        known: dict[str, set[Row]] = {}
        for one in held:
            known.setdefault(str(one[2]), set()).add(cast("Row", tuple(one)))
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
                yield Repair((*self._key, str(id)), snapshot.revision, gone, lacking)

    def _declared(self, snapshot: Snapshot[BaseModel]) -> list[Row]:
        instance = (*self._key, snapshot.meta.id)
        held = snapshot.status is Status.PAUSED
        return [holdable(wait_row(one, instance, held=held)) for one in snapshot.waits]
