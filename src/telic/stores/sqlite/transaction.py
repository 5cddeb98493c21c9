"""One transaction for many commits: all together, and apart where one of them cannot go along.

What may never be here: threads, loops, or a commit half-written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TypeAlias

from telic.kernel.errors import RevisionConflict, StoreError
from telic.stores.sqlite.connection import begin, failed
from telic.stores.sqlite.statements import STATEMENTS, Job, Order
from telic.stores.writes import Row, Step, Write

__all__ = ["MAX_TOGETHER", "Outcomes", "save_all", "saved_alone"]

MAX_TOGETHER = 256
"""How many commits one transaction carries: enough that an fsync costs little per commit,
few enough that it stays short."""

Outcomes: TypeAlias = list[StoreError | None]
_FOUND = "SELECT revision FROM telic_instance WHERE tenant = ? AND machine = ? AND id = ?"


def save_all(connection: sqlite3.Connection, path: str, writes: Sequence[Order]) -> Outcomes:
    """Save commits in one transaction and return, for each, nothing or why it was not saved.

    A conflict, or a commit that SQLite refuses, concerns its own caller only. Whatever else
    goes wrong concerns all, and nothing is saved.

    Args:
        connection: Where to write; without a transaction.
        path: The file, for messages.
        writes: What to save, in order.
    """
    try:
        if _saved_together(connection, writes):
            return [None] * len(writes)
        return _saved_apart(connection, path, writes)
    except Exception as error:  # noqa: BLE001  (each caller is told)
        return [failed("save", path, error) for _ in writes]


def _saved_together(connection: sqlite3.Connection, writes: Sequence[Order]) -> bool:
    """Save all, one statement per table; return ``False`` when that does not do for each."""
    commits = [one for one in writes if isinstance(one, Write)]
    jobs = [one for one in writes if isinstance(one, Job)]
    if len(commits) > 1 and len({one.instance for one in commits}) < len(commits):
        return False  # two for one instance: the second builds on the first
    merged: dict[Step, list[Row]] = {}
    for write in commits:
        for step, rows in write.rows:
            merged.setdefault(step, []).extend(rows)
    begin(connection)
    try:
        if all(_carried_out(connection, step, merged[step]) for step in sorted(merged)):
            for job in jobs:
                job.run(connection)
            connection.execute("COMMIT")
            return True
    except Exception as error:
        _undo(connection)
        if _concerns_all(error):
            raise
        return False
    except BaseException:
        _undo(connection)
        raise
    _undo(connection)
    return False


def _saved_apart(connection: sqlite3.Connection, path: str, writes: Sequence[Order]) -> Outcomes:
    """Save one by one, still in one transaction."""
    begin(connection)
    try:
        outcomes = [saved_alone(connection, path, write) for write in writes]
        connection.execute("COMMIT")
    except BaseException:
        _undo(connection)
        raise
    return outcomes


def saved_alone(connection: sqlite3.Connection, path: str, write: Order) -> StoreError | None:
    """Save one commit within a transaction; return why it was not saved, with nothing written.

    Args:
        connection: Where to write; in a transaction.
        path: The file, for messages.
        write: What to save.

    Raises:
        sqlite3.Error: For what concerns the file; the savepoint ``one`` is open still.
    """
    connection.execute("SAVEPOINT one")
    outcome: StoreError | None
    try:
        outcome = _conflict(connection, write)
    except Exception as error:
        if _concerns_all(error):
            raise
        outcome = failed("save", path, error)
    if outcome is not None:
        connection.execute("ROLLBACK TO one")
    connection.execute("RELEASE one")
    return outcome


def _conflict(connection: sqlite3.Connection, write: Order) -> RevisionConflict | None:
    """Carry out one commit, or other work; return the conflict that it met, if any."""
    if isinstance(write, Job):
        write.run(connection)
        return None
    id = write.instance[2]
    for step, rows in write.rows:
        if _carried_out(connection, step, rows):
            continue
        if step is Step.LEARN:  # the instance is where it should be, and the event id is known
            return RevisionConflict(id, write.expected, write.expected)
        held: tuple[int] | None = connection.execute(_FOUND, write.instance).fetchone()
        return RevisionConflict(id, write.expected, held[0] if held is not None else 0)
    return None


def _carried_out(connection: sqlite3.Connection, step: Step, rows: list[Row]) -> bool:
    """Run one statement for all its rows; return whether each row counted, where that matters."""
    text, counted = STATEMENTS[step]
    done = connection.executemany(text, rows) if len(rows) > 1 else connection.execute(text, rows[0])
    return not counted or done.rowcount == len(rows)


def _concerns_all(error: Exception) -> bool:
    """Say whether an error is about the file, not about the values of one commit."""
    if isinstance(error, (sqlite3.IntegrityError, sqlite3.DataError)):
        return False
    return isinstance(error, sqlite3.Error)


def _undo(connection: sqlite3.Connection) -> None:
    """Leave the transaction, unless SQLite has already done so."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
