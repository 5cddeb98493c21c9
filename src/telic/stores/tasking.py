"""The list of open tasks as SQL, and its rows as values; all SQL stores share it.

What may never be here: a connection.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, cast

import pydantic_core

from telic.kernel.codec import microseconds, moment
from telic.kernel.values import WaitKey, WorkflowId
from telic.runtime.tasks import TaskRow
from telic.stores.searching import Search, checked_limit
from telic.stores.writes import Row, SqlValue

__all__ = ["ONE_TASK", "TaskDialect", "answered", "listing", "task_row"]

_NEVER_US = 2**63 - 1
_COLUMNS = (
    "id, key, since, event, title, description, assignee, assigned_to, groups, due_us, priority, opened_us, "
    "claimed_by, draft, edition"
)
# Word for word as in the indexes.
_DUE = "coalesce(due_us, 9223372036854775807)"
_HOLDER = "coalesce(claimed_by, assigned_to, assignee)"


class TaskDialect(NamedTuple):
    """Where the SQL stores differ.

    Attributes:
        mark: What stands before the number of a parameter.
        long: What makes a parameter a number of 64 bits, where that must be said.
        overlap: Whether ``groups`` and the JSON array ``{value}`` have an element in common.
    """

    mark: str
    long: str
    overlap: str


def ONE_TASK(mark: str) -> str:  # noqa: N802  (a constant but for the mark)
    """Return the statement that finds one task by tenant, machine, id and key.

    Args:
        mark: What stands before the number of a parameter.
    """
    return (
        f"SELECT {_COLUMNS} FROM {{s}}telic_wait WHERE tenant = {mark}1 AND machine = {mark}2 "  # noqa: S608  (constant pieces)
        f"AND id = {mark}3 AND key = {mark}4 AND type = 'task'"
    )


def listing(
    dialect: TaskDialect,
    key: tuple[str, str],
    asked: tuple[str | None, Collection[str], datetime | None],
    after: tuple[datetime | None, str, str] | None,
    limit: int,
) -> Search:
    """Return the statement that lists open tasks.

    Args:
        dialect: Whose SQL.
        key: Tenant and machine.
        asked: Holder, groups, and the moment by which they are due.
        after: Due date, instance and key of the last one of the page before.
        limit: How many at most.
    """
    holder, groups, due_by = asked
    values: list[SqlValue] = [*key, checked_limit(limit)]

    def put(value: SqlValue) -> str:
        values.append(value)
        return f"{dialect.mark}{len(values)}"

    mark = dialect.mark
    conditions = [f"tenant = {mark}1", f"machine = {mark}2", "type = 'task'"]
    people = [f"{_HOLDER} = {put(holder)}"] if holder is not None else []
    if groups:
        names = pydantic_core.to_json(sorted(groups)).decode()
        people.append(f"(claimed_by IS NULL AND {dialect.overlap.format(value=put(names))})")
    if people:
        conditions.append(f"({' OR '.join(people)})")
    if due_by is not None:
        conditions.append(f"{_DUE} <= {put(microseconds(due_by))}{dialect.long}")
    if after is not None:
        due, id, name = after
        due_us = microseconds(due) if due is not None else _NEVER_US
        conditions.append(f"({_DUE}, id, key) > ({put(due_us)}{dialect.long}, {put(id)}, {put(name)})")
    text = (
        f"SELECT {_COLUMNS} FROM {{s}}telic_wait WHERE {' AND '.join(conditions)} "  # noqa: S608  (constant pieces)
        f"ORDER BY {_DUE}, id, key LIMIT {mark}3"
    )
    return Search(text, tuple(values))


def task_row(row: Sequence[object]) -> TaskRow:
    """Return the task that a row holds."""
    id, key, since, event, title, description, assignee, assigned, groups, due_us, priority, opened_us = cast(
        "tuple[str, str, int, str, str, str, str | None, str | None, str, int | None, int, int]", tuple(row[:12])
    )
    claimant, draft, edition = cast("tuple[str | None, bytes | None, int]", tuple(row[12:]))
    return TaskRow(
        WorkflowId(id), WaitKey(key), since, event, title, description, assignee, assigned,
        tuple(pydantic_core.from_json(groups)), moment(due_us) if due_us is not None else None, priority,
        moment(opened_us), claimant, draft, edition,
    )  # fmt: skip


def answered(row: TaskRow) -> Row:
    """Return what a commit that answers a task asks of its row: instance, key, opening and edition.

    Args:
        row: The task as it was read.
    """
    return (str(row.workflow_id), str(row.key), row.since, row.edition)
