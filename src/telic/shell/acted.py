"""What came of an act of an operator on one instance, or on one of its intents.

What may never be here: an act.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel

from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.results import RunResult

__all__ = ["Acted", "Effect"]


class Effect(StrEnum):
    """What came of an act on one instance or one intent."""

    DONE = "done"
    WOULD = "would"
    ALREADY = "already"
    REFUSED = "refused"
    FAILED = "failed"


class Acted(NamedTuple):
    """What came of an act on one instance, or on one of its intents.

    Attributes:
        id: The instance.
        effect: ``DONE``; ``WOULD`` be done, in a dry run; ``ALREADY`` done by this operation;
            ``REFUSED``, as ``why`` says; or ``FAILED``: code is broken or does not fit the data.
        why: What stands in the way.
        result: What the step returned, or would return.
        intent: The intent, where the act is on one.
    """

    id: WorkflowId
    effect: Effect
    why: str = ""
    result: RunResult[BaseModel] | None = None
    intent: IntentId | None = None
