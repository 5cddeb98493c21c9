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
    TAKE = 1
    START = 2
    MOVE = 3
    LEARN = 4
    RECORD = 5
    CLOSE = 6
    WITHDRAW = 7
    OPEN = 8
    END_WAIT = 9
    DECLARE_WAIT = 10
    FORGET = 11
    DESCRIBE = 12
    HOLD_INTENT = 13
    LET_INTENT_GO = 14
    HOLD_DEADLINES = 15
    LET_DEADLINES_GO = 16
    CHECKPOINT = 17
    ADMIT_EVENT_ID = 18
    ADMIT_INTENT = 19
    ADMIT_WAIT = 20
    KEEP_ACT = 21
    LEAVE = 22


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
