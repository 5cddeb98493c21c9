"""What can be wrong with a machine: the kinds of problem, and one problem at one place.

What may never be here: how a problem is found.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = ["Problem", "ProblemKind"]


class ProblemKind(StrEnum):
    """The default checks: what no machine may do. Each value is the name of its check."""

    STUCK = "stuck"
    NO_WAY_OUT = "no way to an end"
    LOST_ANSWER = "lost answer"
    FALSE_CLAIM = "false claim"
    OPEN_AT_END = "open at the end"
    FINAL_MOVES = "final state moves"
    DEAD_STATE = "dead state"
    DEAD_TRANSITION = "dead transition"
    DEAD_ALTERNATIVE = "dead alternative"
    PAST_DEADLINE = "deadline in the past"
    DEAD_INTENT = "dead intent"
    DEAD_ANSWER = "dead answer"
    EXCEPTION = "exception"
    UNDECLARED = "undeclared result"
    NOT_DETERMINISTIC = "not deterministic"
    MUTATION = "mutation"
    NOT_STORABLE = "not storable"
    TWICE = "delivered twice"
    GROWTH = "unbounded growth"


class Problem(NamedTuple):
    """One problem.

    Attributes:
        kind: Which check it fails.
        where: The class, or the class and its method.
        text: What was expected and what happens, and what to do.
    """

    kind: ProblemKind
    where: str
    text: str

    def __str__(self) -> str:
        """Return the problem as one line."""
        return f"{self.kind}: {self.where}: {self.text}"
