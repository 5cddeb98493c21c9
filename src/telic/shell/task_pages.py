"""The order of a list of tasks over machines and tenants, and where a page of it goes on.

What may never be here: a store.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, TypeAlias

import pydantic_core

from telic.kernel.codec import microseconds, moment
from telic.runtime.tasks import TaskRow

__all__ = ["Place", "after", "cursor", "next_of", "place_of"]

_NEVER_US = 2**63 - 1
# Above every id that a store can hold.
_LAST = "\U0010ffff"
_After: TypeAlias = tuple[datetime | None, str, str]


class Place(NamedTuple):
    """Where a task stands in a list: by due date, those without one last, then by its names."""

    due_us: int
    machine: str
    tenant: str
    id: str
    key: str


def place_of(machine: str, tenant: str, row: TaskRow) -> Place:
    """Return where a task stands.

    Args:
        machine: The name of its machine.
        tenant: Whose it is.
        row: The task.
    """
    due_us = microseconds(row.due) if row.due is not None else _NEVER_US
    return Place(due_us, machine, tenant, row.workflow_id, row.key)


def next_of(place: Place) -> str:
    """Return the text by which a list goes on after a task."""
    return pydantic_core.to_json(place).decode()


def cursor(text: str) -> Place:
    """Return the place that a text of :func:`next_of` names.

    Raises:
        ValueError: When it is none.
    """
    try:
        due_us, machine, tenant, id, key = pydantic_core.from_json(text)
        return Place(int(due_us), str(machine), str(tenant), str(id), str(key))
    except (TypeError, ValueError) as error:
        raise ValueError(f"expected the next= of a page of tasks, got {text!r}") from error


def after(machine: str, tenant: str, last: Place | None) -> _After | None:
    """Return where the list of one machine and tenant goes on after the last task of a page of several.

    Args:
        machine: The name of the machine.
        tenant: The tenant.
        last: The last task of the page; nothing at the beginning.
    """
    if last is None:
        return None
    due = moment(last.due_us) if last.due_us != _NEVER_US else None
    if (machine, tenant) == (last.machine, last.tenant):
        return due, last.id, last.key
    # All of that moment come before it, or after it: by the names of the machines and tenants.
    return (due, "", "") if (machine, tenant) > (last.machine, last.tenant) else (due, _LAST, "")
