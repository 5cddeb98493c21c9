"""What the runtime needs from outside: a store and a clock, as small protocols.

A store of two methods works. What may never be here: an implementation.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel

from telic.kernel.snapshot import Commit, OpenIntent, Snapshot
from telic.kernel.values import EventId, WorkflowId

__all__ = ["Clock", "ListsOutbox", "SystemClock", "WorkflowStore"]

S = TypeVar("S", bound=BaseModel)


# Runtime-checkable, because Pydantic refuses a plain protocol as the type of a field.
@runtime_checkable
class WorkflowStore(Protocol[S]):
    """Keeps the instances of one machine.

    A store may also have ``lane_key``, an object that all stores over one database share:
    then steps on one instance queue up and are saved together, whichever store they came
    through. Without it, the store itself is that object.
    """

    async def load(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[S] | None:
        """Return an instance, or ``None`` where there is none.

        Args:
            id: The instance.
            event_ids: Ids to look up: ``snapshot.seen`` maps those that the journal knows.

        Raises:
            DecodeError: When today's code cannot read what is stored.
            StoreError: When the store cannot answer.
        """
        ...

    async def save(self, commit: Commit[S]) -> None:
        """Save all of a commit, or nothing of it.

        Args:
            commit: Consecutive records of one instance and what follows from them.

        Raises:
            RevisionConflict: When the instance is no longer at ``commit.expected``, or the
                journal knows one of the event ids.
            StoreError: When nothing was saved, or nobody can tell.
        """
        ...


@runtime_checkable
class ListsOutbox(Protocol):
    """A store that also lists the intents which are still to be carried out."""

    async def outbox(self, limit: int = 100) -> tuple[tuple[WorkflowId, OpenIntent], ...]:
        """Return open intents with their instances, the one that waits longest first.

        Args:
            limit: How many at most.
        """
        ...


@runtime_checkable
class Clock(Protocol):
    """Tells the time to the runtime; never to a transition."""

    def now(self) -> datetime:
        """Return the present moment, aware."""
        ...


class SystemClock:
    """The clock of the machine, in UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def __repr__(self) -> str:
        """Return the clock as the call that makes it."""
        return "SystemClock()"
