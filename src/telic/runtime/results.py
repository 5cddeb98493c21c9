"""``RunResult``: everything that one step may come to, as a discriminated union.

What may never be here: an exception for something that is expected.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.results import (
    Conflict,
    Deferred,
    Duplicate,
    Ended,
    Ignored,
    Invalid,
    NotFound,
    Refusal,
    Rejected,
    Started,
    Stepped,
    Unasked,
    Unplaced,
    Written,
    stepped,
)
from telic.kernel.snapshot import Commit, Outcome

__all__ = ["RunResult", "result_of"]

S = TypeVar("S", bound=BaseModel)

RunResult: TypeAlias = (
    Started[S]
    | Stepped[S]
    | Rejected
    | Ignored[S]
    | Deferred[S]
    | Duplicate
    | Unasked
    | Unplaced[S]
    | Invalid
    | NotFound
    | Conflict
    | Ended
)


def result_of(outcome: Commit[S] | Refusal) -> RunResult[S]:
    """Return what a caller is told of a decision.

    Args:
        outcome: What ``advance`` returned for one delivery.
    """
    if not isinstance(outcome, Commit):
        return outcome
    _, after, records = outcome
    first = records[0]
    if first.outcome is _STEPPED:  # by far the most, and cheaper than a look-up by a member
        return stepped(first, after) if len(records) == 1 else Stepped(first, after, records[1:])
    written = cast("type[Started[S] | Ignored[S] | Deferred[S] | Unplaced[S]]", _RESULTS[first.outcome])
    return written(first, after, records[1:])


_STEPPED = Outcome.STEPPED
_RESULTS: dict[Outcome, type[Written[BaseModel]]] = {
    Outcome.STARTED: Started,
    Outcome.IGNORED: Ignored,
    Outcome.DEFERRED: Deferred,
    Outcome.UNPLACED: Unplaced,
}
