"""From rows to happenings, for all SQL stores.

What may never be here: a connection, or a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, cast

import pydantic_core

from telic.kernel.codec import moment
from telic.kernel.values import WorkflowId
from telic.runtime.happenings import Happened, Happening

__all__ = ["COLUMNS", "happenings_of", "in_order"]

COLUMNS: Final = "number, what, id, revision, at_us, state, event, actor, subject, cause, detail"
"""What is read of ``telic_happening``, in this order."""

_FIRST_OF_A_RECORD: Final = (Happened.STARTED, Happened.STEPPED)


def happenings_of(rows: Iterable[Sequence[object]], key: tuple[str, str]) -> tuple[Happening, ...]:
    """Return what rows tell.

    Args:
        rows: Rows of ``COLUMNS``, by number.
        key: Tenant and machine.
    """
    return in_order([_happening(row, key) for row in rows])


def in_order(found: Sequence[Happening]) -> tuple[Happening, ...]:
    """Return happenings with those of one record together: first the step, then what came of it.

    Args:
        found: Happenings, by number.
    """
    first: dict[tuple[WorkflowId, int], int] = {}
    for one in found:
        first.setdefault((one.workflow_id, one.revision), one.number)
    return tuple(
        sorted(
            found,
            key=lambda one: (
                first[one.workflow_id, one.revision], one.kind not in _FIRST_OF_A_RECORD,
                one.kind is Happened.FINISHED, one.number,
            ),
        )
    )  # fmt: skip


def _happening(row: Sequence[object], key: tuple[str, str]) -> Happening:
    number, what, id, revision, at_us, state, event, actor, subject, cause, detail = row
    kind, told, why = Happened(str(what)), str(detail or ""), str(cause or "")
    if kind is Happened.FAILED and cause is None and detail is not None:
        # A failure that a state has taken comes as its event was stored.
        failure: dict[str, object] = pydantic_core.from_json(told)
        why, told = str(failure.get("cause", "")), str(failure.get("detail", ""))
    return Happening(
        cast("int", number), kind, *key, WorkflowId(str(id)), cast("int", revision), moment(cast("int", at_us)),
        str(state or ""), str(event or ""), str(actor or ""), str(subject or ""), why, told,
    )  # fmt: skip
