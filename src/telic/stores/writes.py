"""What one commit writes, table by table, in the order that every SQL store keeps.

What may never be here: SQL; each store has its own.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, TypeAlias

__all__ = ["Row", "SqlValue", "Step", "Write"]

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
    HOLD_INTENT = 11
    LET_INTENT_GO = 12
    HOLD_DEADLINES = 13
    LET_DEADLINES_GO = 14


class Write(NamedTuple):
    """All that one commit writes; no two of its rows are about one row of a table.

    Attributes:
        instance: Tenant, machine and id.
        expected: The revision that the commit was decided upon.
        rows: The rows of each step, in the order of the steps.
    """

    instance: tuple[str, str, str]
    expected: int
    rows: tuple[tuple[Step, list[Row]], ...]
