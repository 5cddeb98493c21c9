"""A store in memory: for tests, simulations, and as the model of all the others.

It keeps the values themselves, with journal, deduplication and the books of what is to be
done, and is gone with its process.
What may never be here: an await that lets another task in between check and write.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.context import DERIVED, derived_revision
from telic.kernel.errors import RevisionConflict
from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry
from telic.kernel.snapshot import NOTHING_SEEN, Commit, OpenIntent, Record, Recorded, Snapshot, Status
from telic.kernel.storable import refuse_unencodable, refuse_unwritable
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.runtime.claims import Claim, DeadLetter, DueDeadline, Settlement, Swept
from telic.runtime.hints import Hints
from telic.runtime.tasks import TaskRow
from telic.runtime.topics import Taken
from telic.stores.memory.acts import Acts, Halts
from telic.stores.memory.agenda import Agenda
from telic.stores.memory.happenings import Queues, Tells
from telic.stores.memory.images import Imaged, Line, entry_of_line
from telic.stores.memory.ledger import Ledger
from telic.stores.memory.limits import MemoryLimits
from telic.stores.memory.observing import Observed
from telic.stores.memory.queries import Finds
from telic.stores.memory.retention import Forgets, first_of
from telic.stores.memory.tasks import Desk, Written
from telic.stores.memory.topics import MemoryTopics

if TYPE_CHECKING:
    from collections.abc import Callable

    from telic.kernel.machine import AnyMachine, Machine

__all__ = ["MemoryStore"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_NONE_KNOWN: Mapping[EventId, int] = {}
_tuple = tuple.__new__


def _emitted(journal: Sequence[Line[S]], id: IntentId) -> datetime:
    """Return when an intent was emitted: its record stands in the middle of its id, if it was not cut."""
    return journal[max(0, int(id.rsplit(":", 2)[1]) - first_of(journal))].at


class MemoryStore(Desk[S], Finds[S], Forgets[S], Halts, Imaged[S], Observed[S], Tells, Generic[S]):
    """Keeps the instances of one machine and tenant in this process.

    Attributes:
        tenant: Whose instances these are; empty when there are no tenants.

    Example:
        ``runtime = WorkflowRuntime(machine=signup, store=MemoryStore(signup))``
    """

    def __init__(self, machine: Machine[S, E], *, tenant: str = "") -> None:
        """Begin empty; the machine fixes the type of the states."""
        self.tenant = tenant
        self._of_tenants: dict[str, MemoryStore[S]] = {tenant: self}
        self._machine = machine
        self._plain_machine = cast("AnyMachine", machine)
        self._checkpoint_every = machine.checkpoint_every
        self._snapshots: dict[WorkflowId, Snapshot[S]] = {}
        self._journals: dict[WorkflowId, list[Line[S]]] = {}
        self._known: dict[WorkflowId, dict[EventId, int]] = {}
        self._recalled: dict[WorkflowId, dict[EventId, Recorded]] = {}
        self._ledger: Ledger | None = None
        self._agenda = Agenda(cast("Callable[[WorkflowId], Snapshot[BaseModel] | None]", self._snapshots.get))
        self._acts = Acts()
        self._written: Written = {}
        self.hints = Hints()
        self.limits = MemoryLimits()
        self.topics = MemoryTopics(
            cast("AnyMachine", machine), self.hints, lambda id, event_id: bool(self._seen(id, (event_id,)))
        )
        self._queues = Queues(machine.name, machine.codec.encode_event)
        self._saving = threading.Lock()
        self._looks_again = not machine.codec.refuses_by_itself

    def within(self, *, tenant: str) -> MemoryStore[S]:
        """Return the same store seen from one tenant; asked again, the same object."""
        found = self._of_tenants.get(tenant)
        if found is None:
            found = self._of_tenants[tenant] = MemoryStore(self._machine, tenant=tenant)
            found._of_tenants = self._of_tenants
        return found

    async def load(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[S] | None:
        """Return an instance, or ``None`` where there is none."""
        return self.load_now(id, event_ids)

    async def save(self, commit: Commit[S]) -> None:
        """Save all of a commit, or nothing of it.

        Raises:
            EncodeError: For what no store can hold.
            RevisionConflict: When another one was saved first, or an event id is known.
        """
        self.save_now(commit)

    def load_now(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[S] | None:
        """Return an instance as :meth:`load` does; see :class:`telic.runtime.stepping.AtHand`."""
        snapshot = self._snapshots.get(id)
        if not event_ids or snapshot is None:
            return snapshot
        seen = self._seen(id, event_ids)
        return snapshot._replace(seen=seen) if seen else snapshot

    def save_now(self, commit: Commit[S]) -> None:
        """Save a commit as :meth:`save` does.

        Raises:
            EncodeError: For what no store can hold.
            RevisionConflict: When another one was saved first, or an event id is known.
        """
        refuse_unwritable(commit)
        if self._looks_again:
            refuse_unencodable(commit, self._machine.codec)
        with self._saving:
            self._save(commit)
        self.hints.saved(commit, self.tenant, self._machine.name)

    def keep_now(
        self, id: WorkflowId, before: Snapshot[S], record: Record[S], after: Snapshot[S], event_id: EventId | None
    ) -> None:
        """Save what a plain step has written; see :class:`telic.runtime.stepping.AtHand`.

        It has left waits alone, and has no reasons: where nobody keeps books or listens, that is
        two or three entries. What is not based on the very snapshot that is held, or has to be
        looked at, goes the way of every commit.

        Raises:
            EncodeError: For what no store can hold.
            RevisionConflict: When another one was saved first, or an event id is known.
        """
        if self._looks_again or not record.actor.isascii():
            self.save_now(Commit(before, after, (record,)))
            return
        self._saving.acquire()
        try:
            # The snapshot that was loaded is mostly the very one that is held.
            kept = self._snapshots.get(id) is before and (event_id is None or self._learned(id, event_id, record))
            if kept:
                self._journals[id].append(record)
                # As _replace does, at a fifth of its cost.
                self._snapshots[id] = after if event_id is None else _tuple(Snapshot, (*after[:-1], NOTHING_SEEN))
                # Asked afterwards: another thread may have opened the books meanwhile.
                if self._ledger is not None:
                    self._noted(cast("Commit[BaseModel]", Commit(before, after, (record,))))
                if self._queues.hooks:
                    self._queues.note(cast("Commit[BaseModel]", Commit(before, after, (record,))))
        finally:
            self._saving.release()
        if not kept:
            self.save_now(Commit(before, after, (record,)))
        elif self.hints.bells:
            self.hints.saved(Commit(before, after, (record,)), self.tenant, self._machine.name)

    async def save_taking(self, commit: Commit[S], taken: Taken) -> None:
        """Save the commit that takes a fact; see :class:`telic.runtime.topics.KeepsPublications`."""
        refuse_unwritable(commit)
        refuse_unencodable(commit, self._machine.codec)
        with self._saving:
            if not self.topics.is_free_now(taken):
                raise RevisionConflict(commit.id, commit.expected)
            self._save(commit)
            self.topics.take(taken)
        self.hints.saved(commit, "", self._machine.name)

    async def save_answer(self, commit: Commit[S], row: TaskRow) -> None:
        """Save the commit that answers a task; see :class:`telic.runtime.tasks.KeepsTasks`."""
        refuse_unwritable(commit)
        refuse_unencodable(commit, self._machine.codec)
        with self._saving:
            if not self._stands(row):
                raise RevisionConflict(commit.id, commit.expected)
            self._save(commit)
        self.hints.saved(commit, self.tenant, self._machine.name)

    def _save(self, commit: Commit[S]) -> None:
        before, after, records = commit
        id = after.meta.id
        held = self._snapshots.get(id)
        # The snapshot that was loaded is mostly the very one that is held.
        if held is not before:
            found = held.revision if held is not None else 0
            if found != (before.revision if before is not None else 0):
                raise RevisionConflict(id, commit.expected, found)
        if after.seen:
            self._learn(id, [record for record in records if record.given_id is not None], commit)
            after = _tuple(Snapshot, (*after[:-1], NOTHING_SEEN))  # as _replace does, at a fifth of its cost
        if before is None:
            self._journals[id] = list(records)
        else:
            self._journals[id].extend(records)
        self._snapshots[id] = after
        if (
            self._ledger is not None
            or before is None
            or after.waits is not before.waits
            or before.status is not after.status
        ):
            self._noted(cast("Commit[BaseModel]", commit))
        if self._queues.hooks:
            self._queues.note(cast("Commit[BaseModel]", commit))

    async def journal(self, id: WorkflowId) -> tuple[JournalEntry, ...]:
        """Return the journal of an instance, oldest first; empty where there is no instance."""
        return tuple(entry_of_line(line, self._plain_machine) for line in self._journals.get(id, ()))

    async def outbox(self, limit: int = 100) -> tuple[tuple[WorkflowId, OpenIntent], ...]:
        """Return intents that are still to be carried out, in the order of their emission.

        Args:
            limit: How many at most.
        """
        return tuple(islice(self._books().open(), limit))

    async def ids(self, *, after: WorkflowId | None = None, limit: int = 1000) -> tuple[WorkflowId, ...]:
        """Return the ids of instances, in their order as texts.

        Args:
            after: The last id of the page before.
            limit: How many at most.
        """
        return tuple(sorted(id for id in self._snapshots if after is None or id > after)[:limit])

    async def tenants(self) -> tuple[str, ...]:
        """Return the tenants that have an instance; see :class:`telic.runtime.protocols.ListsTenants`."""
        return tuple(sorted([name for name, one in self._of_tenants.items() if await one.ids(limit=1)]))

    async def claim(
        self, wanted: Mapping[str, int], limit: int, *, now: datetime, until: datetime, worker: str, early: bool = False
    ) -> tuple[Claim, ...]:
        """Claim intents that are due; see :class:`telic.runtime.protocols.DurableStore`."""
        del worker  # nobody could look it up
        return self._books().claim(wanted, limit, now, until, early=early)

    async def renew(self, claims: Sequence[Claim], until: datetime) -> Mapping[IntentId, bool]:
        """Prolong leases; return those still held, and whether the intent was withdrawn."""
        return self._books().renew(claims, until)

    async def settle(self, settlements: Sequence[Settlement]) -> tuple[bool, ...]:
        """Say what becomes of claimed intents that stay open; return whether each was heard."""
        return tuple([self._settled(one) for one in settlements])

    async def next_due(self, tags: Collection[str]) -> datetime | None:
        """Return when the next intent of these types is due."""
        return self._books().next_due(tags)

    async def dead_letters(self, *, after: IntentId | None = None, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Return the intents that wait for a redrive, in the order of their ids."""
        found = (one for one in self._books().dead() if after is None or one.opened.id > after)
        return tuple(islice(found, limit))

    async def redrive(self, ids: Collection[IntentId] | None = None, *, now: datetime) -> int:
        """Have dead letters carried out again; return how many."""
        redriven = self._books().redrive(ids, now)
        self.hints.ring()
        return redriven

    async def due_deadlines(self, now: datetime, limit: int) -> tuple[DueDeadline, ...]:
        """Return deadlines whose moment has come, the oldest first."""
        return self._agenda.due(now, limit)

    async def postpone(self, deadline: DueDeadline, until: datetime) -> None:
        """Leave a deadline alone until a moment."""
        self._agenda.postpone(deadline, until)

    async def next_deadline(self) -> datetime | None:
        """Return when the next deadline is to be delivered."""
        return self._agenda.next()

    async def sweep(self, *, after: WorkflowId | None = None, limit: int = 100) -> Swept:
        """Return at once: no code is older than what is in memory."""
        del after, limit
        return Swept(None, ())

    def _settled(self, settlement: Settlement) -> bool:
        heard = self._books().settle(settlement)
        held = self._snapshots.get(settlement.claim.workflow_id)
        if heard and self._queues.hooks and held is not None and self._books().is_dead(settlement.claim.id):
            self._queues.note_dead(settlement, cast("Snapshot[BaseModel]", held))
        return heard

    def _noted(self, commit: Commit[BaseModel]) -> None:
        """Enter a commit into the books, where it concerns them."""
        before, after, _ = commit
        moved = before is None or before.status is not after.status
        if self._ledger is not None and (after.open or moved or (before is not None and before.open)):
            self._ledger.apply(commit)
        if moved or commit.waits_changed:
            self._agenda.apply(commit)
            self.topics.apply(commit)

    def _books(self) -> Ledger:
        """Return the books of intents; without anybody who asks for them, none are kept."""
        if self._ledger is None:
            self._ledger = Ledger()
            found = [
                (_emitted(self._journals[snapshot.meta.id], one.id), snapshot.meta.id, one)
                for snapshot in self._snapshots.values()
                for one in snapshot.open.values()
                if not any(kept.answers is not None and kept.answers.id == one.id for kept in snapshot.parked)
            ]
            for at, id, one in sorted(found, key=lambda row: row[0]):
                self._ledger.take_over(id, one, at)
            for snapshot in self._snapshots.values():
                if snapshot.status is Status.PAUSED:
                    self._ledger.hold(snapshot.meta.id, snapshot.open)
        return self._ledger

    def _learn(self, id: WorkflowId, given: list[Record[S]], commit: Commit[S]) -> None:
        known = self._known.setdefault(id, {})
        for record in given:
            if record.given_id in known:
                raise RevisionConflict(id, commit.expected, commit.expected)
        for record in given:
            known[record.event_id] = record.revision

    def _learned(self, id: WorkflowId, event_id: EventId, record: Record[S]) -> bool:
        """Note an event id; return ``False`` where it is known."""
        known = self._known.setdefault(id, {})
        return known.setdefault(event_id, record.revision) == record.revision

    def _seen(self, id: WorkflowId, event_ids: tuple[EventId, ...]) -> Mapping[EventId, Recorded]:
        known = self._known.get(id, _NONE_KNOWN)
        recalled = self._recalled.get(id, NOTHING_SEEN)
        seen: dict[EventId, Recorded] = {}
        for event_id in event_ids:
            revision = known.get(event_id)
            if revision is None and event_id.startswith(DERIVED):
                revision = derived_revision(id, event_id)
            line = self._line(id, revision) if revision is not None else None
            if line is not None and line.event_id == event_id:
                seen[event_id] = line.recorded
            elif event_id in recalled:
                seen[event_id] = recalled[event_id]
        return seen

    def _line(self, id: WorkflowId, revision: int) -> Line[S] | None:
        """Return a line of a journal, where that still has it."""
        journal = self._journals[id]
        place = revision - first_of(journal)
        return journal[place] if 0 <= place < len(journal) else None

    def __repr__(self) -> str:
        """Return machine and size."""
        return f"MemoryStore({self._machine.name!r}, {len(self._snapshots)} instances)"
