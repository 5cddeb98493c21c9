"""What the runtime needs from outside: a store and a clock, as small protocols.

A store of two methods works. What may never be here: an implementation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel

from telic.kernel.snapshot import Ancestor, Commit, OpenIntent, Snapshot, Status
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.runtime.claims import Claim, DeadLetter, DueDeadline, Settlement, Swept
from telic.runtime.hints import Hints
from telic.runtime.queries import NO_CRITERIA, Criterion, Page, Summary

__all__ = [
    "Clock",
    "DurableStore",
    "ListsOutbox",
    "ListsTenants",
    "Queries",
    "SleepingClock",
    "SystemClock",
    "WorkflowStore",
]

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
            EncodeError: For what no store can hold, such as a lone surrogate; nothing was written.
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

        In the place of one that today's code cannot read stands a
        :class:`telic.kernel.unread.Unread`; it hides no other.

        Args:
            limit: How many at most.
        """
        ...


@runtime_checkable
class DurableStore(Protocol):
    """A store that also keeps the books of what is to be done, for workers of any process.

    Each method is one atomic unit. An intent is claimed by one worker at a time; what a
    worker says of a claim counts only while no other has claimed the intent since, except
    for an answer, which always counts and goes the way of every commit.
    """

    @property
    def hints(self) -> Hints:
        """Where this store says that a commit of this process may have made work."""
        ...

    async def claim(
        self, wanted: Mapping[str, int], limit: int, *, now: datetime, until: datetime, worker: str, early: bool = False
    ) -> tuple[Claim, ...]:
        """Claim intents that are due, the one that is due longest first.

        Due are those that are ready, those whose lease has ended (it counts as a crash), and
        those whose answer was to come later and did not. Those of a paused instance are held,
        unless they are withdrawn.

        Args:
            wanted: The tags of the intents, each with the number of them at most.
            limit: How many at most in all.
            now: The present moment.
            until: The end of the lease.
            worker: Who claims them, for operators.
            early: Take what is ready though it is not due yet, too.
        """
        ...

    async def renew(self, claims: Sequence[Claim], until: datetime) -> Mapping[IntentId, bool]:
        """Prolong leases; return those still held, and whether the intent was withdrawn.

        Args:
            claims: The claims.
            until: The new end of their leases.
        """
        ...

    async def settle(self, settlements: Sequence[Settlement]) -> tuple[bool, ...]:
        """Say what becomes of claimed intents that stay open; return whether each was heard.

        An intent that was withdrawn meanwhile becomes ready at once, to end as withdrawn,
        instead of waiting; one that is buried stays so where something may have happened: in
        doubt, or without a cause. One of a paused instance is held instead of becoming ready.

        Args:
            settlements: What becomes of each.
        """
        ...

    async def next_due(self, tags: Collection[str]) -> datetime | None:
        """Return when the next intent is due, if there is one.

        Args:
            tags: The tags of the intents that are asked about.
        """
        ...

    async def dead_letters(self, *, after: IntentId | None = None, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Return the intents that wait for a redrive, in the order of their ids as texts.

        In the place of one that today's code cannot read stands a
        :class:`telic.kernel.unread.Unread`; it hides no other.

        Args:
            after: The last id of the page before.
            limit: How many at most.
        """
        ...

    async def redrive(self, ids: Collection[IntentId] | None = None, *, now: datetime) -> int:
        """Have dead letters carried out again, as if for the first time; return how many.

        Args:
            ids: Which; all by default.
            now: The present moment.
        """
        ...

    async def due_deadlines(self, now: datetime, limit: int) -> tuple[DueDeadline, ...]:
        """Return deadlines and reminders whose moment has come, the oldest first; none of paused instances.

        Args:
            now: The present moment.
            limit: How many at most.
        """
        ...

    async def postpone(self, deadline: DueDeadline, until: datetime) -> None:
        """Leave a deadline that could not be delivered alone until a moment.

        Args:
            deadline: The deadline.
            until: When to try again.
        """
        ...

    async def next_deadline(self) -> datetime | None:
        """Return when the next deadline or reminder is to be delivered, if there is one."""
        ...

    async def sweep(self, *, after: WorkflowId | None = None, limit: int = 100) -> Swept:
        """Look at one page of instances, and write the rows of waits that they lack.

        Rows are written with each change of waits. What new code declares for a state that
        was stored before is found only here.

        Args:
            after: The last id of the page before.
            limit: How many instances at most.
        """
        ...


@runtime_checkable
class Queries(Protocol):
    """A store that can be asked about many instances at once."""

    async def find(
        self,
        *,
        kind: str | None = None,
        status: Status | None = None,
        parent: WorkflowId | Ancestor | None = None,
        root: Ancestor | None = None,
        key: str | None = None,
        attributes: Mapping[str, Criterion] = NO_CRITERIA,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Summary]:
        """Return a page of instances in the order of their ids; what is left out does not matter.

        A page follows its predecessor exactly, whatever is written meanwhile.

        Args:
            kind: The stored name of the state.
            status: Where they stand as a whole.
            parent: The instance whose intents have spawned them: its id, or also its machine.
            root: The instance at the top of their family; it is not among them.
            key: The business key that they were started under.
            attributes: What their states give to be searched by: a value, or a range. A
                ``Decimal`` is compared as the nearest number.
            after: ``next`` of the page before.
            limit: How many at most.

        Raises:
            ValueError: For a limit below 1, or a range without ends or with ends of two types.
            StoreError: When the store cannot answer.
        """
        ...


@runtime_checkable
class ListsTenants(Protocol):
    """A store that knows which tenants there are."""

    async def tenants(self) -> tuple[str, ...]:
        """Return the tenants that have an instance in this database, of any machine, in their order as texts.

        Raises:
            StoreError: When the store cannot answer.
        """
        ...


@runtime_checkable
class Clock(Protocol):
    """Tells the time to the runtime; never to a transition."""

    def now(self) -> datetime:
        """Return the present moment, aware."""
        ...


@runtime_checkable
class SleepingClock(Clock, Protocol):
    """A clock that passes its own time: a virtual one, of a simulation or a test."""

    async def sleep(self, seconds: float) -> None:
        """Return when so much of its time has passed.

        Args:
            seconds: How long.
        """
        ...


class SystemClock:
    """The clock of the machine, in UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def __repr__(self) -> str:
        """Return the clock as the call that makes it."""
        return "SystemClock()"
