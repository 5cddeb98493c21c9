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

    ANSWER = 0
    START = 1
    MOVE = 2
    LEARN = 3
    RECORD = 4
    CLOSE = 5
    WITHDRAW = 6
    OPEN = 7
    END_WAIT = 8
    DECLARE_WAIT = 9
    FORGET = 10
    DESCRIBE = 11
    HOLD_INTENT = 12
    LET_INTENT_GO = 13
    HOLD_DEADLINES = 14
    LET_DEADLINES_GO = 15
    CHECKPOINT = 16


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
