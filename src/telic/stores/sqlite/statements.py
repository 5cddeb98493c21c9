"""The statements by which commits are written: constant texts, one per table and purpose.

They are put together when this module is imported, and SQLite prepares each of them once.
What may never be here: a text that is put together later, or from a value.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, TypeAlias

__all__ = ["STATEMENTS", "Row", "SqlValue", "Statement", "Step", "Write"]

SqlValue: TypeAlias = str | int | float | bytes | None
Row: TypeAlias = tuple[SqlValue, ...]


class Step(IntEnum):
    """What is written of a commit, in the order of writing."""

    START = 0
    MOVE = 1
    LEARN = 2
    RECORD = 3
    CLOSE = 4
    WITHDRAW = 5
    OPEN = 6
    END_WAIT = 7
    DECLARE_WAIT = 8
    FORGET = 9
    DESCRIBE = 10


class Statement(NamedTuple):
    """One statement, for one row of parameters and for several at once.

    Several rows in one call are no quicker by themselves. But a thread that runs SQLite has
    to get Python's lock back after each call, and a busy loop gives it away rarely.

    Attributes:
        texts: Its SQL by the number of rows that it takes, the largest number first.
        counted: Each row of parameters must change exactly one row of the table; a shortfall
            means that somebody else was first.
    """

    texts: tuple[tuple[int, str], ...]
    counted: bool = False


class Write(NamedTuple):
    """All that one commit writes.

    Attributes:
        instance: Tenant, machine and id.
        expected: The revision that the commit was decided upon.
        rows: The rows of each statement, in the order of the statements.
    """

    instance: tuple[str, str, str]
    expected: int
    rows: tuple[tuple[Step, list[Row]], ...]


_SIZES = (64, 16, 4, 1)


def _rows(columns: int) -> dict[int, str]:
    """Return so many placeholders, for each number of rows."""
    row = f"({', '.join('?' * columns)})"
    return {size: ", ".join([row] * size) for size in _SIZES}


def _insert(table: str, columns: str, otherwise: str = "", *, counted: bool = False) -> Statement:
    """Return what inserts rows.

    Args:
        table: The table.
        columns: Its columns, in the order of the parameters.
        otherwise: What to do with a row that is there already.
        counted: As in :class:`Statement`.
    """
    head = f"INSERT INTO {table} ({columns}) VALUES "
    rows = _rows(columns.count(",") + 1)
    return Statement(tuple((size, f"{head}{rows[size]} {otherwise}") for size in _SIZES), counted)


def _at(start: str, *key: str) -> Statement:
    """Return what changes rows in one way, or deletes them, by their primary key."""
    one = f"({' AND '.join(f'{column} = ?' for column in key)})"
    return Statement(tuple((n, f"{start} WHERE {' OR '.join([one] * n)}") for n in _SIZES))


_HELD = ("revision", "kind", "version", "status", "state", "rest", "key", "parent")
_HELD += ("started_us", "at_us")
_INSTANCE = ("tenant", "machine", "id")


def _move() -> Statement:
    """Return the compare-and-swap: new values where the revision is still the expected one."""
    found = (*_INSTANCE, "revision")
    changes = ", ".join(f"{column} = ?" for column in _HELD)
    where = " AND ".join(f"{column} = ?" for column in found)
    one = f"UPDATE telic_instance SET {changes} WHERE {where}"
    at = len(_HELD) + 1
    changes = ", ".join(f"{column} = new.column{n}" for n, column in enumerate(_HELD, 1))
    where = " AND ".join(f"{column} = new.column{n}" for n, column in enumerate(found, at))
    several = [
        (size, f"UPDATE telic_instance SET {changes} FROM (VALUES {rows}) AS new WHERE {where}")
        for size, rows in _rows(len(_HELD) + len(found)).items()
        if size > 1
    ]
    return Statement((*several, (1, one)), counted=True)


_WAIT = (
    "tenant, machine, id, key, type, event, since, opened_us, due_us, fired_us, title, "
    "description, assignee, groups, priority, remind, topic, topic_key"
)
# Declared again, a wait keeps its row, and with it what others have written there.
_DECLARED_AGAIN = "ON CONFLICT (tenant, machine, id, key) DO UPDATE SET " + ", ".join(
    f"{column} = excluded.{column}" for column in _WAIT.split(", ")[4:]
)

STATEMENTS: dict[Step, Statement] = {
    Step.START: _insert(
        "telic_instance",
        ", ".join((*_INSTANCE, *_HELD)),
        "ON CONFLICT DO NOTHING",
        counted=True,
    ),
    Step.MOVE: _move(),
    Step.LEARN: _insert(
        "telic_event_id",
        "tenant, machine, id, event_id, revision",
        "ON CONFLICT DO NOTHING",
        counted=True,
    ),
    Step.RECORD: _insert(
        "telic_journal",
        "tenant, machine, id, revision, outcome, at_us, tag, version, data, event_id, answers, "
        "wait, actor, first, why, kind, intents, state_hash, code",
    ),
    Step.CLOSE: _at("DELETE FROM telic_outbox", "tenant", "machine", "intent_id"),
    Step.WITHDRAW: _at("UPDATE telic_outbox SET withdrawn = 1", "tenant", "machine", "intent_id"),
    Step.OPEN: _insert(
        "telic_outbox",
        "tenant, machine, intent_id, id, tag, version, payload, withdrawn, correlated, emitted_us, due_us",
    ),
    Step.END_WAIT: _at("DELETE FROM telic_wait", *_INSTANCE, "key"),
    Step.DECLARE_WAIT: _insert("telic_wait", _WAIT, _DECLARED_AGAIN),
    Step.FORGET: _at("DELETE FROM telic_attribute", *_INSTANCE),
    Step.DESCRIBE: _insert("telic_attribute", "tenant, machine, id, name, type, value"),
}
