"""The publications of a store in memory, and its open waits for them.

What may never be here: the delivery of a fact, or an await.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from telic.kernel.messages import Reach
from telic.kernel.snapshot import Commit
from telic.kernel.values import EventId, WaitKey, WorkflowId
from telic.kernel.waits import Topic
from telic.runtime.topics import Feed, Publication, Taken
from telic.stores.feeding import Free, HungryRow, PublishedRow, feed_of

if TYPE_CHECKING:
    from pydantic import BaseModel

    from telic.kernel.machine import AnyMachine
    from telic.runtime.hints import Hints

__all__ = ["MemoryTopics"]

_Key: TypeAlias = tuple[WorkflowId, WaitKey]
_Name: TypeAlias = tuple[str, str]
_AT_ONCE = datetime.min.replace(tzinfo=UTC)
_TAKEN = 2


class _Open(NamedTuple):
    since: int
    topic: _Name
    event: str


class MemoryTopics:
    """Publications and waits; see :class:`telic.runtime.topics.Topics`."""

    def __init__(self, machine: AnyMachine, hints: Hints, knows: Callable[[WorkflowId, EventId], bool]) -> None:
        """Begin empty.

        Args:
            machine: Whose waits these are.
            hints: Rung when something is published.
            knows: Says whether an instance knows an event id.
        """
        self._machine = machine
        self._hints = hints
        self._knows = knows
        self._published: dict[_Name, dict[EventId, Publication]] = {}
        self._open: dict[_Key, _Open] = {}
        self._waiting: dict[_Name, dict[_Key, None]] = {}
        self._hungry: dict[_Key, tuple[int, datetime]] = {}
        self._stirred = 0
        self._turns: dict[Taken, int] = {}

    def apply(self, commit: Commit[BaseModel]) -> None:
        """Take over what a commit changes.

        Args:
            commit: What was saved.
        """
        before, after, _ = commit
        if not after.waits and (before is None or not before.waits):
            return
        id = after.meta.id
        now = {(id, one.key): one for one in after.waits if isinstance(one.wait, Topic)}
        for one in before.waits if before is not None else ():
            if (id, one.key) in self._open and (id, one.key) not in now:
                self._end((id, one.key))
        for key, one in now.items():
            assert isinstance(one.wait, Topic)
            opened = _Open(one.since, (one.wait.name, one.wait.topic_key), one.wait.fact.__tag__)
            if self._open.get(key) != opened:
                self._end(key)
                self._open[key] = opened
                self._waiting.setdefault(opened.topic, {})[key] = None
                self._stir(key)

    async def publish(self, publication: Publication) -> bool:
        """Keep a publication; return whether it is new."""
        topic = (publication.name, publication.key)
        if publication.event_id in self._published.get(topic, {}):
            return False
        self._published.setdefault(topic, {})[publication.event_id] = publication
        if publication.reach is Reach.FIRST_WAITER:
            self._turns[Taken(*topic, publication.event_id)] = 0
        else:
            for key in tuple(self._waiting.get(topic, ())):
                self._stir(key)
        self._hints.ring()
        return True

    async def spread(self, limit: int) -> bool:
        """Return at once: here a publication stirs its waits itself."""
        del limit
        return False

    async def match(self, now: datetime, limit: int) -> None:
        """Stir an idle wait for each fact that is for the first."""
        for taken in self._unmatched(now)[:limit]:
            waiting = self._waiting_for(taken)
            idle = next((one for one in waiting if one not in self._hungry), None)
            if idle is not None:
                self._stir(idle)
            elif not waiting:
                self._turns[taken] = 1

    async def is_free(self, taken: Taken) -> bool:
        """Say whether nobody has taken a fact that is for the first."""
        return self.is_free_now(taken)

    def is_free_now(self, taken: Taken) -> bool:
        """Say the same as :meth:`is_free`, at once."""
        return self._turns.get(taken, _TAKEN) < _TAKEN

    def take(self, taken: Taken) -> None:
        """Note that a fact was taken."""
        self._turns[taken] = _TAKEN

    def is_hungry(self, now: datetime) -> bool:
        """Say whether a wait is to be fed, or a fact to be matched with one."""
        if any(at <= now for _, at in self._hungry.values()):
            return True
        waiting = (self._waiting_for(one) for one in self._unmatched(now))
        return any(not some or any(one not in self._hungry for one in some) for some in waiting)

    def _unmatched(self, now: datetime) -> list[Taken]:
        return [
            one
            for one, turn in self._turns.items()
            if turn == 0 and self._published[one.name, one.key][one.event_id].expires > now
        ]

    def _waiting_for(self, taken: Taken) -> list[_Key]:
        """Return the waits for a fact, in the order in which they were opened."""
        topic = (taken.name, taken.key)
        tag = self._published[topic][taken.event_id].stored.tag
        return [one for one in self._waiting.get(topic, ()) if self._open[one].event == tag]

    async def feeds(self, now: datetime, limit: int) -> tuple[Feed, ...]:
        """Return what is to be delivered to waits that are hungry."""
        due = [key for key, (_, at) in tuple(self._hungry.items()) if at <= now][:limit]
        free: Free[tuple[_Name, str]] = Free()
        return tuple(self._feed(key, now, limit, free) for key in due)

    async def fed(self, feeds: Sequence[Feed]) -> None:
        """Note that waits were fed."""
        for one in feeds:
            key = (one.workflow_id, one.key)
            if self._hungry.get(key, (0,))[0] == one.stirred:
                del self._hungry[key]

    async def postpone(self, feed: Feed, until: datetime) -> None:
        """Leave a wait alone until a moment."""
        key = (feed.workflow_id, feed.key)
        if self._hungry.get(key, (0,))[0] == feed.stirred:
            self._hungry[key] = feed.stirred, until

    async def purge(self, now: datetime, limit: int) -> int:
        """Delete publications that have expired; return how many."""
        over = [one for some in self._published.values() for one in some.values() if one.expires <= now][:limit]
        for one in over:
            del self._published[one.name, one.key][one.event_id]
            self._turns.pop(Taken(one.name, one.key, one.event_id), None)
        return len(over)

    def _feed(self, key: _Key, now: datetime, limit: int, free: Free[tuple[_Name, str]]) -> Feed:
        id, wait = key
        since, topic, event = self._open[key]
        published = sorted(self._published.get(topic, {}).values(), key=lambda one: (one.at, one.event_id))
        fresh = [one for one in published if one.expires > now]
        found = [
            PublishedRow(one.event_id, *one.stored)
            for one in fresh
            if one.reach is Reach.BROADCAST and not self._knows(id, one.event_id)
        ]
        first = [
            PublishedRow(one.event_id, *one.stored)
            for one in fresh
            if one.stored.tag == event and self.is_free_now(Taken(*topic, one.event_id))
        ]
        row = HungryRow(id, wait, since, self._hungry[key][0], *topic, event)
        return feed_of(
            self._machine, row, found[:limit], all_of_it=len(found) <= limit,
            contested=free.choose((topic, event), first),
        )  # fmt: skip

    def _stir(self, key: _Key) -> None:
        self._stirred += 1
        self._hungry[key] = self._stirred, _AT_ONCE

    def _end(self, key: _Key) -> None:
        opened = self._open.pop(key, None)
        self._hungry.pop(key, None)
        if opened is not None:
            waiting = self._waiting[opened.topic]
            del waiting[key]
            if not waiting:
                del self._waiting[opened.topic]
