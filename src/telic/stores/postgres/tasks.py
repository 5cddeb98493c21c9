"""The open tasks of one machine and tenant on a PostgreSQL server.

What may never be here: a rule about who may do what.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Final

from telic.kernel.codec import microseconds
from telic.kernel.values import WaitKey, WorkflowId
from telic.runtime.tasks import TaskChange, TaskRow
from telic.stores.tasking import ONE_TASK, TaskDialect, listing, task_row

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session

__all__ = ["DIALECT", "Desk"]

# A name with NUL is none to `jsonb`, and one such task must not hide all others.
DIALECT: Final = TaskDialect(
    "$",
    "::bigint",
    r"CASE WHEN strpos(groups, '\u0000') = 0 THEN "
    "groups::jsonb ?| ARRAY(SELECT jsonb_array_elements_text({value}::jsonb)) ELSE false END",
)
_CHANGE: Final = """
    WITH changed AS (
        UPDATE {s}.telic_wait SET claimed_by = $7, assigned_to = $8, draft = $9, edition = edition + 1
        WHERE tenant = $1 AND machine = $2 AND id = $3 AND key = $4 AND since = $5 AND edition = $6
            AND type = 'task' AND {hurry}
        RETURNING 1
    ), kept AS (
        INSERT INTO {s}.telic_act (tenant, machine, id, operation, subject, act, actor, at_us, detail)
        SELECT $1, $2, $3, $10, $4, $11, $12, $13, $14 FROM changed
    )
    SELECT count(*) FROM changed"""


class Desk:
    """The open tasks of a store on PostgreSQL; a part of the store."""

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
        rows = await self.lane_key.rows("tasks", self.lane_key.statements.of_tables(text), *values)
        return tuple(map(task_row, rows))

    async def task(self, id: WorkflowId, key: WaitKey) -> TaskRow | None:
        """Return an open task, or ``None`` where none is open under this key."""
        text = self.lane_key.statements.of_tables(ONE_TASK("$"))
        found = await self.lane_key.rows("task", text, *self._key, id, key)
        return task_row(found[0]) if found else None

    async def change_task(self, change: TaskChange) -> bool:
        """Write into the row of a task, with its trace; return whether it stood as it was read."""
        row, claimant, assigned, draft, act = change
        text = self.lane_key.statements.of(_CHANGE, hurry=self.lane_key.hurries)
        ((count,),) = await self.lane_key.change(
            "change_task", text, *self._key, row.workflow_id, row.key, row.since, row.edition, claimant, assigned,
            draft, act.operation, act.name, act.actor, microseconds(act.at), act.detail,
        )  # fmt: skip
        return count == 1
