"""What people do to the rows of an instance, and leave a trace of, without a record in its journal.

A step leaves a record with its actor. What changes no state, such as a redrive, leaves an act
instead, written together with what it does. What may never be here: a decision about an instance.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from telic.kernel.snapshot import OpenIntent
from telic.kernel.values import WorkflowId
from telic.runtime.claims import IntentState

__all__ = ["Act", "Happened", "KeepsActs"]


class Act(NamedTuple):
    """Something that was done once to one row.

    Attributes:
        workflow_id: The instance.
        operation: Whose part it is; an act is done once per instance, operation and subject.
        subject: What it was done to: the id of an intent, or the key of a task.
        name: What was done.
        actor: Who did it, as authenticated.
        at: When.
        detail: What else is worth knowing.
    """

    workflow_id: WorkflowId
    operation: str
    subject: str
    name: str
    actor: str
    at: datetime
    detail: str = ""


class Happened(StrEnum):
    """What came of an act."""

    DONE = "done"
    KNOWN = "known"
    ABSENT = "absent"


@runtime_checkable
class KeepsActs(Protocol):
    """A store whose open intents can be halted and let go by people, each with a trace."""

    async def let_go(self, acts: Sequence[Act], state: IntentState) -> tuple[Happened, ...]:
        """Have intents carried out that nobody carries out, each act at most once.

        Those of a paused instance go on with its resumption. They count as never attempted.

        Args:
            acts: What is done, with the id of an intent as the subject of each.
            state: Where they stand now: ``DEAD`` or ``ASIDE``; others are absent.
        """
        ...

    async def set_aside(self, id: WorkflowId) -> int:
        """Set aside each intent that a pause holds, beyond the resumption; return how many.

        Args:
            id: A paused instance.
        """
        ...

    async def aside(self, id: WorkflowId) -> tuple[OpenIntent, ...]:
        """Return the intents of an instance that are set aside, in the order of their ids as texts.

        Args:
            id: The instance.
        """
        ...

    async def acts(self, id: WorkflowId) -> tuple[Act, ...]:
        """Return what was done to the rows of an instance, the oldest first.

        Args:
            id: The instance.
        """
        ...
