"""Images as SQL stores read them: one statement for all tables, and its rows as an image.

One statement sees one moment. Each row comes as a JSON array, bytes as hexadecimal digits. What
may never be here: a connection, or a statement that writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final, NamedTuple, cast

import pydantic_core

from telic.runtime.images import (
    ActRow,
    BookRow,
    CheckpointRow,
    EntryRow,
    Image,
    KnownRow,
    SnapshotRow,
    WaitingRow,
)

__all__ = ["ImageDialect", "image_of", "imaging"]


class ImageDialect(NamedTuple):
    """Where the SQL stores differ.

    Attributes:
        mark: What stands before the number of a parameter.
        array: Makes a JSON array as a text, of ``{cells}``.
        bytes: Makes a text of some bytes, ``{cell}``.
        flag: Makes a number of a truth value, ``{cell}``.
    """

    mark: str
    array: str
    bytes: str
    flag: str


_SNAPSHOT: Final = "revision, kind, version, status, #state, #rest, key, parent, started_us, at_us, root_machine, root"
_OF_INTENTS: Final = "intent_id > CAST({m}3 AS text) || ':' AND intent_id < CAST({m}3 AS text) || ';' AND "
# Number, table, order, condition and columns; `#` is before bytes, and `?` before a truth value.
_LINE: Final = (
    "revision, outcome, at_us, tag, version, #data, event_id, answers, wait, actor, first, why, kind, intents, "
    "#state_hash, code"
)
_BOOK: Final = (
    "intent_id, tag, version, #payload, ?withdrawn, ?correlated, emitted_us, state, due_us, attempt, crashes, "
    "cause, problem, trace"
)
_TABLES: Final = (
    ("instance", "0", "", _SNAPSHOT),
    ("journal", "revision", "", _LINE),
    ("checkpoint", "revision", "", f"{_SNAPSHOT}, ?base"),
    ("event_id", "revision", "", "event_id, revision, outcome, kind, intents"),
    ("outbox", "emitted_us", _OF_INTENTS, _BOOK),
    ("wait", "since", "", "key, since, claimed_by, assigned_to, #draft, edition, trace"),
    ("act", "at_us", "", "operation, subject, act, actor, at_us, detail"),
)
_SNAPSHOT_CELLS: Final = len(SnapshotRow._fields)


@cache
def imaging(dialect: ImageDialect) -> str:
    """Return the statement that reads all of one instance; ``{s}`` is what precedes the name of a table.

    Its parameters are tenant, machine and id; its rows the number of a table, an order, and a JSON array.

    Args:
        dialect: Whose SQL.
    """
    m = dialect.mark
    parts = [
        f"SELECT {number} AS n, {order} AS o, {_array(dialect, columns)} AS cells FROM {{s}}telic_{table} "  # noqa: S608  (constant pieces)
        f"WHERE tenant = {m}1 AND machine = {m}2 AND {condition.format(m=m)}id = {m}3"
        for number, (table, order, condition, columns) in enumerate(_TABLES)
    ]
    return f"{' UNION ALL '.join(parts)} ORDER BY n, o, cells"


def _array(dialect: ImageDialect, columns: str) -> str:
    return dialect.array.format(cells=", ".join(_cell(dialect, one) for one in columns.split(", ")))


def _cell(dialect: ImageDialect, column: str) -> str:
    name = column.lstrip("#?")
    if column.startswith("#"):
        return f"CASE WHEN {name} IS NOT NULL THEN {dialect.bytes.format(cell=name)} END"
    return dialect.flag.format(cell=name) if column.startswith("?") else name


def image_of(rows: Iterable[Sequence[object]]) -> Image | None:
    """Return the image that the rows of the statement hold; ``None`` where there is no instance.

    Args:
        rows: What was found.
    """
    found: dict[int, list[list[object]]] = {number: [] for number in range(len(_TABLES))}
    for number, _, cells in rows:
        found[cast("int", number)].append(_read(cast("int", number), str(cells)))
    instances, journal, checkpoints, known, intents, waits, acts = found.values()
    if not instances:
        return None
    return Image(
        SnapshotRow._make(cast("Row", instances[0])),
        tuple(EntryRow._make(cast("Row", one)) for one in journal),
        tuple(CheckpointRow(_snapshot(one), cast("int", one[_SNAPSHOT_CELLS])) for one in checkpoints),
        tuple(KnownRow._make(cast("Row", one)) for one in known),
        tuple(BookRow._make(cast("Row", one)) for one in intents),
        tuple(WaitingRow._make(cast("Row", one)) for one in waits),
        tuple(ActRow._make(cast("Row", one)) for one in acts),
    )


def _read(number: int, cells: str) -> list[object]:
    row = cast("list[object]", pydantic_core.from_json(cells))
    return [_bytes(one) if place in _BYTES[number] else one for place, one in enumerate(row)]


def _bytes(cell: object) -> bytes | None:
    return bytes.fromhex(cell) if isinstance(cell, str) else None


def _snapshot(cells: list[object]) -> SnapshotRow:
    return SnapshotRow._make(cast("Row", cells[:_SNAPSHOT_CELLS]))


Row = Iterable[object]
_BYTES: Final = [
    frozenset(place for place, one in enumerate(columns.split(", ")) if one.startswith("#")) for *_, columns in _TABLES
]
