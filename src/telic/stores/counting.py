"""The figures of a store as SQL, and its rows as values; all SQL stores share it.

What may never be here: a connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, cast

from telic.kernel.codec import microseconds, moment
from telic.runtime.claims import IntentState
from telic.runtime.observing import Counted, Figure

__all__ = ["figures_of", "figures_text", "figures_values"]

_OF: Final = "tenant = {m}1 AND machine = {m}2"
# Word for word as in the index of tasks, which SQLite does not find by their type alone.
_NEVER_US: Final = 2**63 - 1
_DUE: Final = f"coalesce(due_us, {_NEVER_US})"
_TEXT: Final = f"""
    SELECT 'instances', kind, status, count(*), min(at_us)
    FROM {{s}}telic_instance WHERE {_OF} GROUP BY kind, status
    UNION ALL SELECT 'intents', tag, CAST(state AS text), count(*), min(emitted_us)
    FROM {{s}}telic_outbox WHERE {_OF} GROUP BY tag, state
    UNION ALL SELECT 'tasks', event, '', count(*), min(opened_us)
    FROM {{s}}telic_wait WHERE {_OF} AND type = 'task' AND {_DUE} <= {_NEVER_US} GROUP BY event
    UNION ALL SELECT 'overdue_tasks', event, '', count(*), min(due_us)
    FROM {{s}}telic_wait WHERE {_OF} AND type = 'task'
        AND {_DUE} <= {{m}}3 GROUP BY event
    UNION ALL SELECT 'overdue_deadlines', event, '', count(*), min(due_us)
    FROM {{s}}telic_wait WHERE {_OF} AND type = 'deadline' AND fired_us IS NULL AND {{free}}
        AND coalesce(postponed_us, due_us) <= {{m}}4 AND due_us <= {{m}}3 GROUP BY event
    UNION ALL SELECT 'unheard', hook, '', count(*), min(at_us)
    FROM {{s}}telic_happening WHERE {_OF} GROUP BY hook"""  # noqa: S608  (constant pieces)
# A deadline that could not be delivered is put off for less than this, and is overdue all the while.
# The index has the moment until which it is put off.
_PUT_OFF: Final = timedelta(minutes=5)


def figures_text(mark: str, free: str) -> str:
    """Return the statement that counts, with ``{s}`` where the schema and a dot go.

    Args:
        mark: What stands before the number of a parameter.
        free: The condition that a wait is not held, word for word as in the index.
    """
    return _TEXT.format(m=mark, free=free, s="{s}")


def figures_values(key: tuple[str, str], now: datetime) -> tuple[str, str, int, int]:
    """Return the parameters of the statement.

    Args:
        key: Tenant and machine.
        now: The present moment.
    """
    return (*key, microseconds(now), microseconds(now + _PUT_OFF))


def figures_of(rows: Iterable[Sequence[object]]) -> tuple[Figure, ...]:
    """Return the figures that rows hold."""
    return tuple(_figure(*cast("tuple[str, str, str, int, int]", tuple(row))) for row in rows)


def _figure(counted: str, name: str, standing: str, number: int, oldest_us: int) -> Figure:
    what = Counted(counted)
    known = IntentState(int(standing)).name.lower() if what is Counted.INTENTS else standing
    return Figure(what, name, known, number, moment(oldest_us))
