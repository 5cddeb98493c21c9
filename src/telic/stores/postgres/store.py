"""``PostgresStore``: the instances of one machine and tenant on a PostgreSQL server.

What may never be here: a connection; the database has some, or a caller brings one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry
from telic.kernel.snapshot import NOTHING_SEEN, Commit, OpenIntent, Snapshot
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.runtime.claims import Claim, DeadLetter, DueDeadline, Settlement, Swept
from telic.runtime.hints import Hints, makes_work
from telic.runtime.tasks import TaskRow
from telic.runtime.topics import Taken
from telic.stores.encoding import Encoder
from telic.stores.postgres.acts import Halts
from telic.stores.postgres.agenda import Agenda
from telic.stores.postgres.claims import Claims
from telic.stores.postgres.happenings import Timetable
from telic.stores.postgres.images import Imaged
from telic.stores.postgres.limits import PostgresLimits
from telic.stores.postgres.observing import Observed
from telic.stores.postgres.pool import Rows
from telic.stores.postgres.queries import Finds
from telic.stores.postgres.reader import Found, Wanted
from telic.stores.postgres.retention import Forgets
from telic.stores.postgres.statements import Statements
from telic.stores.postgres.tasks import Desk
from telic.stores.postgres.topics import PostgresTopics
from telic.stores.recollection import recollection_of
from telic.stores.rows import Decoder, IntentRow, SnapshotRow, Undecodable, seen
from telic.stores.tasking import answered
from telic.stores.writes import Row, Step, Write

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine, Machine
    from telic.stores.postgres.database import PostgresDatabase

__all__ = ["PostgresStore", "Session"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_PAGE = 500


class Session(Protocol):
    """What a store works through: the database, or a transaction of the caller."""

    @property
    def statements(self) -> Statements:
        """The texts."""
        ...

    @property
    def hurries(self) -> bool:
        """Whether a statement gives up soon where somebody else holds a lock, to be tried again."""
        ...

    async def load(self, wanted: Wanted) -> Found:
        """Return what is found of one instance."""
        ...

    async def save(self, write: Write) -> None:
        """Save what one commit writes."""
        ...

    async def rows(self, operation: str, text: str, *values: object) -> Rows:
        """Return what a query finds."""
        ...

    async def change(self, operation: str, text: str, *values: object) -> Rows:
        """Change what no commit does, and return what the statement returns."""
        ...


class PostgresStore(Desk, Finds, Forgets, Halts, Imaged, Observed, Timetable, Generic[S]):
    """The instances of one machine and tenant on a PostgreSQL server.

    Attributes:
        tenant: Whose instances these are; empty when there are no tenants.
        lane_key: What stores share whose steps may be saved together: the database, or the
            transaction of the caller.

    Example:
        ``store = PostgresDatabase("postgresql://app@db/shop").store(order)``
    """

    def __init__(self, database: PostgresDatabase, session: Session, machine: Machine[S, E], tenant: str = "") -> None:
        """Look at a database; :meth:`PostgresDatabase.store` calls this."""
        self.tenant = tenant
        self.lane_key = session
        self._database = database
        self._machine = cast("AnyMachine", machine)
        self._key = (tenant, machine.name)
        self._decoder = Decoder(machine, tenant, recollection_of(database, machine))
        self._encoder = Encoder(machine, tenant)
        # What is saved within a transaction of the caller may be undone yet.
        self._remembered = self._decoder.remembered if session is database else None
        decoder = self._plain_decoder = cast("Decoder[BaseModel]", self._decoder)
        self._claims = Claims(session, decoder, self._key, self._ring)
        self._agenda = Agenda(session, decoder, self._key, self._ring, reminds=bool(machine.task_commands))
        self.topics = PostgresTopics(session, self._machine, tenant, self._ring)
        self.limits = PostgresLimits(session, tenant)

    def within(self, *, tenant: str | None = None, conn: object = None) -> PostgresStore[S]:
        """Return the same store seen from one tenant, or inside the caller's transaction.

        Within a transaction it loads and saves there and commits nothing: what was saved
        lasts if the caller commits. Make it for one transaction, and drop it afterwards.

        Args:
            tenant: Whose instances; as before by default.
            conn: A connection of asyncpg with an open transaction; as before by default.

        Raises:
            TypeError: When ``conn`` is none of asyncpg.
        """
        session = self.lane_key if conn is None else self._database.joined(conn)
        whose = self.tenant if tenant is None else tenant
        return cast("PostgresStore[S]", PostgresStore(self._database, session, self._machine, whose))

    @property
    def hints(self) -> Hints:
        """Where it is said that a commit may have made work."""
        return self._database.hints

    async def listen(self) -> None:
        """Ring the hints when another process may have made work; see :class:`telic.runtime.hints.Listens`."""
        await self._database.listen()

    async def load(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[S] | None:
        """Return an instance, or ``None`` where there is none; one round trip.

        Args:
            id: The instance.
            event_ids: Ids to look up: ``snapshot.seen`` maps those that the journal knows.

        Raises:
            DecodeError: When today's code cannot read what is stored.
            StoreError: When the server does not answer.
        """
        found = await self.lane_key.load(Wanted((*self._key, id), event_ids))
        if found.row is None:
            return None
        known = seen(id, event_ids, found.seen) if found.seen else NOTHING_SEEN
        return self._decoder.snapshot(id, found.row, known)

    def recalled(self, id: WorkflowId) -> Snapshot[S] | None:
        """Return an instance as it was left here; see :class:`telic.runtime.stepping.Recalls`."""
        return self._remembered.recalled(self.tenant, id) if self._remembered is not None else None

    async def save(self, commit: Commit[S]) -> None:
        """Save all of a commit, or nothing of it; returns once it is durable.

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
        saving = self.lane_key.save(write._replace(rows=first + write.rows) if first else write)
        await (saving if self._remembered is None else self._remembered.told(saving, row, commit))
        if self._is_seen_by_others() and makes_work(commit):
            self._database.hints.saved(cast("Commit[BaseModel]", commit), *self._key)
            self._database.ring_others()

    async def journal(self, id: WorkflowId) -> tuple[JournalEntry, ...]:
        """Return the journal of an instance, oldest first; empty where there is no instance.

        One that was cut begins with a line that carries a checkpoint.

        Raises:
            DecodeError: When today's code cannot read an event.
            StoreError: When the server does not answer.
        """
        found = await self._rows("journal", self.lane_key.statements.journal, id)
        return tuple(self._decoder.entry(id, row) for row in found)

    async def outbox(self, limit: int = 100) -> tuple[tuple[WorkflowId, OpenIntent], ...]:
        """Return intents that are still to be carried out, the one that is due longest first.

        In the place of one that today's code cannot read stands an ``Unread``.

        Args:
            limit: How many at most.

        Raises:
            StoreError: When the server does not answer.
        """
        found = await self._rows("outbox", self.lane_key.statements.outbox, limit)
        return tuple(self._decoder.listed(IntentRow._make(row)) for row in found)

    async def ids(self, *, after: WorkflowId | None = None, limit: int = 1000) -> tuple[WorkflowId, ...]:
        """Return the ids of instances, in their order as texts.

        Args:
            after: The last id of the page before.
            limit: How many at most.

        Raises:
            StoreError: When the server does not answer.
        """
        found = await self._rows("ids", self.lane_key.statements.ids, after or "", limit)
        return tuple(WorkflowId(str(row[0])) for row in found)

    async def undecodable(self) -> tuple[Undecodable, ...]:
        """Return the instances that today's code cannot read; looks at every one.

        Raises:
            StoreError: When the server does not answer.
        """
        broken: list[Undecodable] = []
        last = ""
        while page := await self._rows("undecodable", self.lane_key.statements.instances, last, _PAGE):
            for id, *row in page:
                last = str(id)
                broken += self._decoder.undecodable(WorkflowId(last), SnapshotRow._make(row))
        return tuple(broken)

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
        return await self._claims.next_due(tags)

    async def dead_letters(self, *, after: IntentId | None = None, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Return the intents that wait for a redrive, in the order of their ids.

        In the place of one that today's code cannot read stands an ``Unread``.

        Raises:
            StoreError: When the server does not answer.
        """
        return await self._claims.dead_letters(after, limit)

    async def redrive(self, ids: Collection[IntentId] | None = None, *, now: datetime) -> int:
        """Have dead letters carried out again; return how many."""
        return await self._claims.redrive(ids, now)

    async def due_deadlines(self, now: datetime, limit: int) -> tuple[DueDeadline, ...]:
        """Return deadlines whose moment has come, the oldest first."""
        return await self._agenda.due(now, limit)

    async def postpone(self, deadline: DueDeadline, until: datetime) -> None:
        """Leave a deadline alone until a moment."""
        await self._agenda.postpone(deadline, until)

    async def next_deadline(self) -> datetime | None:
        """Return when the next deadline is to be delivered."""
        return await self._agenda.next()

    async def sweep(self, *, after: WorkflowId | None = None, limit: int = 100) -> Swept:
        """Look at one page of instances, and write the rows of waits that they lack."""
        return await self._agenda.sweep(after, limit)

    def _plain_encoder(self) -> Encoder[BaseModel]:
        return cast("Encoder[BaseModel]", self._encoder)

    def _ring(self) -> None:
        if self._is_seen_by_others():
            self._database.ring()

    def _is_seen_by_others(self) -> bool:
        """Say whether what is written here is there for others at once, not only after a commit."""
        return self.lane_key is self._database

    async def _rows(self, operation: str, text: str, *values: object) -> Rows:
        return await self.lane_key.rows(operation, text, *self._key, *values)

    def __repr__(self) -> str:
        """Return machine, server and tenant."""
        tenant = f", tenant={self.tenant!r}" if self.tenant else ""
        return f"PostgresStore({self._machine.name!r}, {self._database.name!r}{tenant})"
