"""The open tasks of one machine and tenant in a SQLite file.

What may never be here: a rule about who may do what.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Final

from telic.kernel.values import WaitKey, WorkflowId
from telic.runtime.tasks import TaskChange, TaskRow
from telic.stores.sqlite.acts import KEEP_ACT, act_values
from telic.stores.tasking import ONE_TASK, TaskDialect, listing, task_row
from telic.stores.writes import SqlValue

if TYPE_CHECKING:
    from telic.stores.sqlite.session import Session

__all__ = ["DIALECT", "Desk"]

DIALECT: Final = TaskDialect(
    "?",
    "",
    "EXISTS (SELECT 1 FROM json_each(groups) AS g WHERE g.value IN (SELECT value FROM json_each({value})))",
)
_CHANGE = """
    UPDATE telic_wait SET claimed_by = :claimant, assigned_to = :assigned, draft = :draft, edition = edition + 1
    WHERE tenant = :tenant AND machine = :machine AND id = :id AND key = :key AND type = 'task'
        AND since = :since AND edition = :edition
"""


class Desk:
    """The open tasks of a store on SQLite; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]

    async def tasks(
        self,
        *,
        holder: str | None = None,
        groups: Collection[str] = (),
        due_by: datetime | None = None,
        after: tuple[datetime | None, str, str] | None = None,
        limit: int = 100,
    ) -> tuple[TaskRow, ...]:
        """Return open tasks in the order of their due dates; see :class:`telic.runtime.tasks.KeepsTasks`."""
        text, values = listing(DIALECT, self._key, (holder, groups, due_by), after, limit)
        return tuple(map(task_row, self.lane_key.rows("tasks", text.format(s=""), values)))

    async def task(self, id: WorkflowId, key: WaitKey) -> TaskRow | None:
        """Return an open task, or ``None`` where none is open under this key."""
        found = self.lane_key.rows("task", ONE_TASK("?").format(s=""), (*self._key, id, key))
        return task_row(found[0]) if found else None

    async def change_task(self, change: TaskChange) -> bool:
        """Write into the row of a task, with its trace; return whether it stood as it was read."""
        row, claimant, assigned, draft, act = change
        given: dict[str, SqlValue] = {
            **act_values(self._key, act), "key": row.key, "since": row.since, "edition": row.edition,
            "claimant": claimant, "assigned": assigned, "draft": draft,
        }  # fmt: skip

        def work(connection: sqlite3.Connection) -> bool:
            if connection.execute(_CHANGE, given).rowcount != 1:
                return False
            connection.execute(KEEP_ACT, given)
            return True

        return await self.lane_key.carry_out("change_task", work)
