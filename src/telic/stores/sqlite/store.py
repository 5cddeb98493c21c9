"""``SqliteStore``: the instances of one machine and tenant in a SQLite file.

What may never be here: a statement that writes; what a commit writes goes through the one
writer of the database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import pydantic_core
from pydantic import BaseModel

from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry
from telic.kernel.snapshot import NOTHING_SEEN, Commit, OpenIntent, Recorded, Snapshot
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.runtime.claims import Claim, DeadLetter, DueDeadline, Settlement, Swept
from telic.runtime.hints import Hints
from telic.runtime.tasks import TaskRow
from telic.runtime.topics import Taken
from telic.stores.encoding import Encoder
from telic.stores.recollection import recollection_of
from telic.stores.rows import Decoder, IntentRow, SeenRow, SnapshotRow, Undecodable, asked_revisions, seen
from telic.stores.sqlite.acts import Halts
from telic.stores.sqlite.agenda import Agenda
from telic.stores.sqlite.claims import Claims
from telic.stores.sqlite.happenings import Timetable
from telic.stores.sqlite.images import Imaged
from telic.stores.sqlite.limits import SqliteLimits
from telic.stores.sqlite.observing import Observed
from telic.stores.sqlite.queries import Finds
from telic.stores.sqlite.retention import Forgets
from telic.stores.sqlite.session import Session
from telic.stores.sqlite.tasks import Desk
from telic.stores.sqlite.topics import SqliteTopics
from telic.stores.tasking import answered
from telic.stores.writes import Row, Step

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine, Machine
    from telic.stores.sqlite.database import SqliteDatabase

__all__ = ["SqliteStore"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_LOAD = """
    SELECT revision, kind, version, status, state, rest, key, parent, started_us, at_us, root_machine, root
    FROM telic_instance WHERE tenant = ? AND machine = ? AND id = ?
"""
# What an event whose record was cut has come to stands beside its id.
_SEEN = """
    SELECT e.event_id, e.revision, coalesce(j.outcome, e.outcome), coalesce(j.kind, e.kind),
        CASE WHEN j.revision IS NULL THEN e.intents ELSE j.intents END
    FROM telic_event_id AS e LEFT JOIN telic_journal AS j
        ON j.tenant = e.tenant AND j.machine = e.machine AND j.id = e.id AND j.revision = e.revision
    WHERE e.tenant = ? AND e.machine = ? AND e.id = ? AND e.event_id IN (SELECT value FROM json_each(?))
    UNION ALL
    SELECT event_id, revision, outcome, kind, intents FROM telic_journal
    WHERE tenant = ? AND machine = ? AND id = ? AND revision IN (SELECT value FROM json_each(?))
"""
_JOURNAL = """
    SELECT j.revision, j.outcome, j.at_us, j.tag, j.version, j.data, j.event_id, j.answers, j.wait, j.actor, j.first,
        j.why, j.kind, j.intents, j.state_hash, j.code,
        c.revision, c.kind, c.version, c.status, c.state, c.rest, c.key, c.parent, c.started_us, c.at_us,
        c.root_machine, c.root
    FROM telic_journal AS j LEFT JOIN telic_checkpoint AS c
        ON c.tenant = j.tenant AND c.machine = j.machine AND c.id = j.id AND c.revision = j.revision
    WHERE j.tenant = ? AND j.machine = ? AND j.id = ? ORDER BY j.revision
"""
_IDS = """
    SELECT id FROM telic_instance
    WHERE tenant = ? AND machine = ? AND id > ? ORDER BY id LIMIT ?
"""
_INSTANCES = """
    SELECT id, revision, kind, version, status, state, rest, key, parent, started_us, at_us, root_machine, root
    FROM telic_instance WHERE tenant = ? AND machine = ? AND id > ? ORDER BY id LIMIT ?
"""
_OUTBOX = """
    SELECT intent_id, id, tag, version, payload, withdrawn, correlated FROM telic_outbox
    WHERE tenant = ? AND machine = ? ORDER BY due_us, intent_id LIMIT ?
"""
_PAGE = 500


class SqliteStore(Desk, Finds, Forgets, Halts, Imaged, Observed, Timetable, Generic[S]):
    """The instances of one machine and tenant in a SQLite file.

    Attributes:
        tenant: Whose instances these are; empty when there are no tenants.
        lane_key: What stores share whose steps may be saved together: the database, or the
            transaction of the caller.

    Example:
        ``store = SqliteDatabase("orders.db").store(order)``
    """

    def __init__(
        self, database: SqliteDatabase, machine: Machine[S, E], tenant: str = "", session: Session | None = None
    ) -> None:
        """Look at a database; :meth:`SqliteDatabase.store` calls this."""
        self.tenant = tenant
        self._database = database
        self.lane_key = through = session if session is not None else database
        self._machine = cast("AnyMachine", machine)
        self._key = (tenant, machine.name)
        self._decoder = Decoder(machine, tenant, recollection_of(database, machine))
        self._encoder = Encoder(machine, tenant)
        # What is saved within a transaction of the caller may be undone yet.
        self._remembered = self._decoder.remembered if through is database else None
        decoder = self._plain_decoder = cast("Decoder[BaseModel]", self._decoder)
        self._claims = Claims(through, decoder, tenant, machine.name)
        self._agenda = Agenda(through, decoder, tenant, machine.name, reminds=bool(machine.task_commands))
        self.topics = SqliteTopics(through, self._machine, tenant)
        self.limits = SqliteLimits(through, tenant)

    def within(self, *, tenant: str | None = None, conn: object = None) -> SqliteStore[S]:
        """Return the same store seen from one tenant, or inside the caller's transaction.

        Within a transaction it loads and saves there and commits nothing: what was saved
        lasts if the caller commits. Make it for one transaction, and drop it afterwards. As
        long as that is open, the task that has made it cannot write beside it.

        Args:
            tenant: Whose instances; as before by default.
            conn: A connection of ``sqlite3`` with an open transaction; as before by default.

        Raises:
            StoreFailed: When ``conn`` is one to another file, or the tables are not up to date.
            TypeError: When ``conn`` is none of ``sqlite3``.
        """
        session = self.lane_key if conn is None else self._database.joined(conn)
        whose = self.tenant if tenant is None else tenant
        return cast("SqliteStore[S]", SqliteStore(self._database, self._machine, whose, session))

    async def load(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[S] | None:
        """Return an instance, or ``None`` where there is none.

        Args:
            id: The instance.
            event_ids: Ids to look up: ``snapshot.seen`` maps those that the journal knows.

        Raises:
            DecodeError: When today's code cannot read what is stored.
            StoreError: When the file cannot be read.
        """
        found = self.lane_key.rows("load", _LOAD, (*self._key, id))
        if not found:
            return None
        known = self._seen(id, event_ids) if event_ids else NOTHING_SEEN
        return self._decoder.snapshot(id, SnapshotRow._make(found[0]), known)

    def recalled(self, id: WorkflowId) -> Snapshot[S] | None:
        """Return an instance as it was left here; see :class:`telic.runtime.stepping.Recalls`."""
        return self._remembered.recalled(self.tenant, id) if self._remembered is not None else None

    async def save(self, commit: Commit[S]) -> None:
        """Save all of a commit, or nothing of it; returns once it is on disk.

        Args:
            commit: Consecutive records of one instance and what follows from them.

        Raises:
            EncodeError: For what no store can hold, such as a lone surrogate; nothing was written.
            RevisionConflict: When another one was saved first, or an event id is known.
            StoreClosed: When the database was closed.
            StoreFailed: When nothing was saved, or nobody can tell.
        """
        await self._save(commit)

    async def save_answer(self, commit: Commit[S], row: TaskRow) -> None:
        """Save the commit that answers a task; see :class:`telic.runtime.tasks.KeepsTasks`."""
        await self._save(commit, (Step.ANSWER, [(*self._key, *answered(row))]))

    async def save_taking(self, commit: Commit[S], taken: Taken) -> None:
        """Save the commit that takes a fact; see :class:`telic.runtime.topics.KeepsPublications`."""
        await self._save(commit, (Step.TAKE, [(self.tenant, *map(str, taken))]))

    async def _save(self, commit: Commit[S], *first: tuple[Step, list[Row]]) -> None:
        row, write = self._encoder.written(commit)
        saving = self.lane_key.submit(write._replace(rows=first + write.rows) if first else write).wait()
        await (saving if self._remembered is None else self._remembered.told(saving, row, commit))
        hints = self.lane_key.hints
        if hints:
            hints.saved(cast("Commit[BaseModel]", commit), *self._key)

    async def journal(self, id: WorkflowId) -> tuple[JournalEntry, ...]:
        """Return the journal of an instance, oldest first; empty where there is no instance.

        One that was cut begins with a line that carries a checkpoint.

        Raises:
            DecodeError: When today's code cannot read an event.
            StoreError: When the file cannot be read.
        """
        found = self.lane_key.rows("journal", _JOURNAL, (*self._key, id))
        return tuple(self._decoder.entry(id, row) for row in found)

    async def outbox(self, limit: int = 100) -> tuple[tuple[WorkflowId, OpenIntent], ...]:
        """Return intents that are still to be carried out, the one that is due longest first.

        In the place of one that today's code cannot read stands an ``Unread``.

        Args:
            limit: How many at most.

        Raises:
            StoreError: When the file cannot be read.
        """
        found = self.lane_key.rows("outbox", _OUTBOX, (*self._key, limit))
        return tuple(self._decoder.listed(IntentRow._make(row)) for row in found)

    async def ids(self, *, after: WorkflowId | None = None, limit: int = 1000) -> tuple[WorkflowId, ...]:
        """Return the ids of instances, in their order as texts.

        Args:
            after: The last id of the page before.
            limit: How many at most.

        Raises:
            StoreError: When the file cannot be read.
        """
        found = self.lane_key.rows("ids", _IDS, (*self._key, after or "", limit))
        return tuple(WorkflowId(str(row[0])) for row in found)

    async def undecodable(self) -> tuple[Undecodable, ...]:
        """Return the instances that today's code cannot read; looks at every one.

        Raises:
            StoreError: When the file cannot be read.
        """
        broken: list[Undecodable] = []
        last = ""
        while page := self.lane_key.rows("undecodable", _INSTANCES, (*self._key, last, _PAGE)):
            for id, *row in page:
                last = str(id)
                broken += self._decoder.undecodable(WorkflowId(last), SnapshotRow._make(row))
        return tuple(broken)

    @property
    def hints(self) -> Hints:
        """Where it is said that a commit may have made work."""
        return self.lane_key.hints

    async def listen(self) -> None:
        """Ring the hints when another process may have made work; see :class:`telic.runtime.hints.Listens`."""
        await self.lane_key.listen()

    async def claim(
        self, wanted: Mapping[str, int], limit: int, *, now: datetime, until: datetime, worker: str, early: bool = False
    ) -> tuple[Claim, ...]:
        """Claim intents that are due; see :class:`telic.runtime.protocols.DurableStore`."""
        return await self._claims.claim(wanted, limit, now=now, until=until, worker=worker, early=early)

    async def renew(self, claims: Sequence[Claim], until: datetime) -> Mapping[IntentId, bool]:
        """Prolong leases; return those still held, and whether the intent was withdrawn."""
        return await self._claims.renew(claims, until)

    async def settle(self, settlements: Sequence[Settlement]) -> tuple[bool, ...]:
        """Say what becomes of claimed intents that stay open; return whether each was heard."""
        return await self._claims.settle(settlements)

    async def next_due(self, tags: Collection[str]) -> datetime | None:
        """Return when the next intent of these types is due."""
        return self._claims.next_due(tags)

    async def dead_letters(self, *, after: IntentId | None = None, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Return the intents that wait for a redrive, in the order of their ids.

        In the place of one that today's code cannot read stands an ``Unread``.

        Raises:
            StoreError: When the file cannot be read.
        """
        return self._claims.dead_letters(after, limit)

    async def redrive(self, ids: Collection[IntentId] | None = None, *, now: datetime) -> int:
        """Have dead letters carried out again; return how many."""
        return await self._claims.redrive(ids, now)

    async def due_deadlines(self, now: datetime, limit: int) -> tuple[DueDeadline, ...]:
        """Return deadlines whose moment has come, the oldest first."""
        return self._agenda.due(now, limit)

    async def postpone(self, deadline: DueDeadline, until: datetime) -> None:
        """Leave a deadline alone until a moment."""
        await self._agenda.postpone(deadline, until)

    async def next_deadline(self) -> datetime | None:
        """Return when the next deadline is to be delivered."""
        return self._agenda.next()

    async def sweep(self, *, after: WorkflowId | None = None, limit: int = 100) -> Swept:
        """Look at one page of instances, and write the rows of waits that they lack."""
        return await self._agenda.sweep(after, limit)

    def _plain_encoder(self) -> Encoder[BaseModel]:
        return cast("Encoder[BaseModel]", self._encoder)

    def _seen(self, id: WorkflowId, event_ids: tuple[EventId, ...]) -> Mapping[EventId, Recorded]:
        values = (
            *self._key,
            id,
            pydantic_core.to_json(event_ids).decode(),
            *self._key,
            id,
            pydantic_core.to_json(asked_revisions(id, event_ids)).decode(),
        )
        return seen(id, event_ids, map(SeenRow._make, self.lane_key.rows("load", _SEEN, values)))

    def __repr__(self) -> str:
        """Return machine, file and tenant."""
        tenant = f", tenant={self.tenant!r}" if self.tenant else ""
        return f"SqliteStore({self._machine.name!r}, {self.lane_key.path!r}{tenant})"
