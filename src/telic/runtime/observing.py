"""What a store tells to whoever observes it from outside: figures, and the traces that it keeps.

What may never be here: a store, or a rule about what a figure has to be.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from telic.kernel.values import IntentId, WaitKey, WorkflowId

__all__ = ["Counted", "Figure", "GivesFigures", "KeepsTraces"]


class Counted(StrEnum):
    """What a figure counts."""

    INSTANCES = "instances"
    """Instances by state and status; the oldest is the one whose last record is."""
    INTENTS = "intents"
    """Intents that somebody has still to carry out, by type and by where they stand."""
    TASKS = "tasks"
    """Open tasks, by the command that answers; the oldest is open longest."""
    OVERDUE_TASKS = "overdue_tasks"
    """Those of them whose due date has passed; the oldest was due first."""
    OVERDUE_DEADLINES = "overdue_deadlines"
    """Deadlines whose moment has passed and that have not fired, by event; none of paused instances."""
    UNHEARD = "unheard"
    """What a hook has not heard yet, by hook."""


class Figure(NamedTuple):
    """How many there are of something, and since when there is the oldest.

    Attributes:
        counted: What is counted.
        name: The stored name of the state, intent or event, or the name of the hook.
        standing: The status of instances; of intents, the name of an
            :class:`telic.runtime.claims.IntentState` in small letters.
        number: How many there are, at least one.
        oldest: The moment of the oldest.
    """

    counted: Counted
    name: str
    standing: str
    number: int
    oldest: datetime


@runtime_checkable
class GivesFigures(Protocol):
    """A store that can say how much there is of everything."""

    async def figures(self, now: datetime) -> tuple[Figure, ...]:
        """Return all figures of one machine and tenant, as of one moment; in no order.

        It reads as much as there is to count, and holds up nobody meanwhile. Ask seldom: the
        gauges of :mod:`telic.adapters.opentelemetry` see to that.

        Args:
            now: The present moment, for what is overdue.
        """
        ...


@runtime_checkable
class KeepsTraces(Protocol):
    """A store that keeps, beside each open intent and wait, the trace of the step that opened it.

    It is ``record.trace`` of the commit, a text that no store looks at.
    """

    async def intent_trace(self, id: IntentId) -> str:
        """Return the trace of an intent that is still to be carried out; the empty text for none.

        Args:
            id: The idempotency key of the intent.
        """
        ...

    async def wait_trace(self, id: WorkflowId, key: WaitKey) -> str:
        """Return the trace of an open wait; the empty text for none.

        Args:
            id: The instance.
            key: The key of the wait.
        """
        ...
