"""The delivery of a fact that is for the first who waits for it: one takes it, decided by the database.

What may never be here: which wait tries; the stores choose it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from telic.kernel.errors import RevisionConflict, StoreError
from telic.kernel.results import ResultKind
from telic.kernel.waits import Topic
from telic.runtime.protocols import WorkflowStore
from telic.runtime.topics import KeepsPublications, Taken

if TYPE_CHECKING:
    from datetime import datetime

    from telic.kernel.events import Fact
    from telic.kernel.snapshot import Commit, OpenWait, Snapshot
    from telic.kernel.values import EventId, WorkflowId
    from telic.runtime.topics import Feed
    from telic.shell.system import AnyRuntime

__all__ = ["TakenByOther", "TakingStore", "taken_by"]


class _Books(KeepsPublications, WorkflowStore[Any], Protocol):
    """A store with publications."""


class TakenByOther(StoreError):
    """Somebody else has taken the fact; nothing was saved.

    Attributes:
        taken: Which.
    """

    def __init__(self, taken: Taken) -> None:
        """Keep which fact it was."""
        super().__init__(taken)
        self.taken = taken

    def __str__(self) -> str:
        """Return what was expected."""
        return (
            f"publication {self.taken.event_id}: expected it to be free, got it taken by another wait; do try another"
        )


class TakingStore:
    """The same store, but each save says that it takes a fact that is for one wait.

    Attributes:
        lane_key: That of the store within, so that both queue up in one lane.
        tenant: Whose instances.
        joins_transaction: Whether a transaction of the caller is joined.
    """

    def __init__(self, store: _Books, taken: Taken) -> None:
        """Take the store, and which fact it is."""
        self._store = store
        self._taken = taken
        self.lane_key: object = getattr(store, "lane_key", store)
        self.tenant = str(getattr(store, "tenant", ""))
        self.joins_transaction = bool(getattr(store, "joins_transaction", False))

    async def load(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[Any] | None:
        """Return an instance, or ``None`` where there is none."""
        return await self._store.load(id, event_ids)

    async def save(self, commit: Commit[Any]) -> None:
        """Save the step that takes the fact, or nothing of it.

        Raises:
            TakenByOther: When somebody else has taken it.
            RevisionConflict: When another step of the instance was first.
        """
        try:
            await self._store.save_taking(commit, self._taken)
        except RevisionConflict as conflict:
            if not await self._store.topics.is_free(self._taken):
                raise TakenByOther(self._taken) from conflict
            raise

    def __repr__(self) -> str:
        """Return the store within, and the id of the fact."""
        return f"TakingStore({self._store!r}, {str(self._taken.event_id)!r})"


async def taken_by(runtime: AnyRuntime, feed: Feed, event_id: EventId, fact: Fact, now: datetime) -> ResultKind | None:
    """Have one wait take a fact, if it is still open and nobody else has; return what came of it.

    Args:
        runtime: The runtime of the wait's machine.
        feed: The wait.
        event_id: The id of the fact.
        fact: The fact.
        now: The moment of the step.

    Returns:
        Nothing where somebody else has taken it.
    """
    through = runtime.through(TakingStore(cast("_Books", runtime.store), Taken(*feed.topic, event_id)))
    while True:
        snapshot = await runtime.load(feed.workflow_id)
        if snapshot is None or not any(_is_the_wait(one, feed) for one in snapshot.waits):
            return ResultKind.UNASKED
        try:
            result = await through.run_step(
                feed.workflow_id, fact, event_id=event_id, wait=feed.key, if_revision=snapshot.revision, now=now
            )
        except TakenByOther:
            return None
        if result.kind is not ResultKind.CONFLICT:
            return result.kind


def _is_the_wait(one: OpenWait, feed: Feed) -> bool:
    wait = one.wait
    return (
        (one.key, one.since) == (feed.key, feed.since)
        and isinstance(wait, Topic)
        and (wait.name, wait.topic_key) == feed.topic
    )
