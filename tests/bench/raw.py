"""The same statements on the same tables, by hand: read, move, record, emit.

The rows are made before the clock starts; what is timed is SQLite alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from telic import WorkflowId
from telic.stores.sqlite.statements import STATEMENTS
from telic.stores.writes import Row, Step

_LOAD = """
    SELECT revision, kind, version, status, state, rest, key, parent, started_us, at_us
    FROM telic_instance WHERE tenant = '' AND machine = 'order' AND id = ?
"""
_MOVED = "revision, kind, version, status, state, rest, at_us"
_LAST = "SELECT at_us FROM telic_instance WHERE id = ?"
_RECORDED = """revision, outcome, at_us, tag, version, data, event_id, answers, wait, actor, first, why,
    kind, intents, state_hash, code"""
_EMITTED = "tag, version, payload, withdrawn, correlated, emitted_us, due_us, state, trace"


class Work(NamedTuple):
    """What one step writes; ``emitted`` is ``None`` where nothing is."""

    id: str
    moved: Row
    recorded: Row
    emitted: Row | None


class Raw:
    """A file that telic has made, without telic."""

    def __init__(self, path: Path, durability: str = "full") -> None:
        """Open it as telic does: write-ahead log; by default, every commit on disk."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute(f"PRAGMA synchronous = {durability}")

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def work(self, ids: Sequence[WorkflowId], pattern: WorkflowId) -> list[Work]:
        """Return what a step of each instance writes: what that of another one has written."""
        moved = self._row(f"SELECT {_MOVED} FROM telic_instance WHERE id = ?", pattern)
        (last_us,) = self._row(_LAST, ids[0])
        recorded = self._row(f"SELECT {_RECORDED} FROM telic_journal WHERE id = ? AND revision = 2", pattern)
        emitted = self._row(f"SELECT {_EMITTED} FROM telic_outbox WHERE id = ?", pattern)
        head = ("", "order")
        return [
            Work(id, (*moved, *head, id, 1, last_us), (*head, id, *recorded), (*head, f"{id}:2:0", id, *emitted))
            for id in ids
        ]

    def again(self, ids: Sequence[WorkflowId], pattern: WorkflowId, turns: int) -> list[Work]:
        """Return what so many steps of each instance write, one after the other, where nothing is emitted."""
        _, *moved = self._row(f"SELECT {_MOVED} FROM telic_instance WHERE id = ?", pattern)
        (last_us,) = self._row(_LAST, ids[0])
        _, *recorded = self._row(f"SELECT {_RECORDED} FROM telic_journal WHERE id = ? AND revision = 2", pattern)
        head = ("", "order")
        return [
            Work(
                id,
                (revision, *moved, *head, id, revision - 1, last_us if revision == 2 else moved[-1]),
                (*head, id, revision, *recorded),
                None,
            )
            for revision in range(2, turns + 2)
            for id in ids
        ]

    def run(self, work: Sequence[Work], group: int) -> None:
        """Take the steps, so many in a transaction."""
        execute = self._connection.execute
        for at in range(0, len(work), group):
            execute("BEGIN IMMEDIATE")
            for one in work[at : at + group]:
                execute(_LOAD, (one.id,)).fetchone()
                assert execute(STATEMENTS[Step.MOVE].text, one.moved).rowcount == 1
                execute(STATEMENTS[Step.RECORD].text, one.recorded)
                if one.emitted is not None:
                    execute(STATEMENTS[Step.OPEN].text, one.emitted)
            execute("COMMIT")

    def fill(self, count: int, pattern: WorkflowId) -> None:
        """Add new instances, each as another one that has begun."""
        for table in ("telic_instance", "telic_journal"):
            self.copy(table, count, pattern, {"id": "'o-' || number"})

    def settle(self) -> None:
        """Bring what the log holds into the file."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self, table: str, count: int, pattern: WorkflowId, expressions: Mapping[str, str]) -> None:
        """Add rows, each as another one, but for the columns that have an expression of ``number``."""
        connection = self._connection
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        chosen = ", ".join(expressions.get(name, name) for name in names)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            f"""
            WITH RECURSIVE
                numbers (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number + 1 < ?),
                ordered AS MATERIALIZED (SELECT number FROM numbers ORDER BY 'o-' || number),
                pattern AS MATERIALIZED (SELECT * FROM {table} WHERE id = ?)
            INSERT INTO {table} ({", ".join(names)}) SELECT {chosen} FROM ordered CROSS JOIN pattern
            """,
            (count, pattern),
        )
        connection.execute("COMMIT")

    def _row(self, text: str, pattern: WorkflowId) -> Row:
        (row,) = self._connection.execute(text, (pattern,)).fetchall()
        found: Row = row
        return found
