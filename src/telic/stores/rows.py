"""From rows to values: what is stored, as the kernel knows it.

All SQL stores share it. What may never be here: a connection, or a statement.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar, cast

import pydantic_core
from pydantic import BaseModel

from telic.kernel.codec import StoredSnapshot, moment, state_hash
from telic.kernel.context import derived_event_id, derived_revision
from telic.kernel.errors import DecodeError
from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry
from telic.kernel.snapshot import (
    NOTHING_SEEN,
    Ancestor,
    Meta,
    OpenIntent,
    Outcome,
    Recorded,
    Snapshot,
    Status,
)
from telic.kernel.unread import Unread
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = [
    "Decoder",
    "EntryRow",
    "IntentRow",
    "SeenRow",
    "SnapshotRow",
    "Undecodable",
    "ancestor",
    "asked_revisions",
    "seen",
]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)
T = TypeVar("T")

_STATUSES = {str(one): one for one in Status}  # a look-up costs a fifth of Status(...)
# How many decoded instances are remembered, and how much JSON they may come to: some tens of
# megabytes as objects, and the instances that are busy.
_REMEMBERED = 2048
_REMEMBERED_BYTES = 8 * 1024 * 1024
# What a database can hold as a number; an id that only looks derived may name more.
_REVISION_MAX = 2**63 - 1


class SnapshotRow(NamedTuple):
    """A row of ``telic_instance`` without its primary key, as `load` reads it."""

    revision: int
    kind: str
    version: int
    status: str
    state: bytes
    rest: bytes | None
    key: str | None
    parent: str | None
    started_us: int
    at_us: int
    root_machine: str | None = None
    root: str | None = None


class EntryRow(NamedTuple):
    """A row of ``telic_journal`` without its instance."""

    revision: int
    outcome: str
    at_us: int
    tag: str
    version: int
    data: bytes
    event_id: str | None
    answers: str | None
    wait: str | None
    actor: str
    first: int | None
    why: str | None
    kind: str
    intents: str | None
    state_hash: bytes
    code: int


_ENTRY_CELLS = len(EntryRow._fields)


class SeenRow(NamedTuple):
    """What a row of ``telic_journal`` says of an event that may come again."""

    event_id: str | None
    revision: int
    outcome: str
    kind: str
    intents: str | None


class IntentRow(NamedTuple):
    """What a row of ``telic_outbox`` says of an intent."""

    intent_id: str
    id: str
    tag: str
    version: int
    payload: bytes
    withdrawn: int
    correlated: int


class Undecodable(NamedTuple):
    """An instance that today's code cannot read.

    Attributes:
        id: The instance.
        error: Why not, and what to do.
    """

    id: WorkflowId
    error: DecodeError


class Decoder(Generic[S]):
    """Turns the rows of one machine and tenant into values.

    Decoding is a pure function of the row, so its results are remembered: a row that is read
    again and is still the same, byte by byte, need not be decoded again. Nothing has ever to
    be forgotten for the sake of truth.
    """

    def __init__(self, machine: Machine[S, E], tenant: str) -> None:
        """Keep the codec of the machine."""
        self._codec = machine.codec
        self._tenant = tenant
        self._known: dict[WorkflowId, tuple[SnapshotRow, Snapshot[S]]] = {}
        self._size = 0
        self._remembering = threading.Lock()

    def remember(self, row: SnapshotRow, snapshot: Snapshot[S]) -> None:
        """Note what a row means, whether or not it will ever be stored."""
        known, id = self._known, snapshot.meta.id
        with self._remembering:
            self._size += _size(row)
            before = known.pop(id, None)
            if before is not None:
                self._size -= _size(before[0])
            known[id] = row, snapshot
            while len(known) > _REMEMBERED or (self._size > _REMEMBERED_BYTES and len(known) > 1):
                self._size -= _size(known.pop(next(iter(known)))[0])

    def snapshot(
        self, id: WorkflowId, row: SnapshotRow, seen: Mapping[EventId, Recorded] = NOTHING_SEEN
    ) -> Snapshot[S]:
        """Return the instance that a row holds.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        known = self._known.get(id)
        if known is not None and known[0] == row:
            snapshot = known[1]
            return snapshot if snapshot.seen is seen else snapshot._replace(seen=seen)
        snapshot = self._decoded(id, row)
        self.remember(row, snapshot)
        return snapshot._replace(seen=seen) if seen else snapshot

    def _decoded(self, id: WorkflowId, row: SnapshotRow) -> Snapshot[S]:
        revision, kind, version, status, state, rest, key, parent, started_us, at_us, *_ = row
        at = moment(at_us)
        started_at = at if started_us == at_us else moment(started_us)
        return self._codec.decode_snapshot(
            StoredSnapshot(kind, version, state, rest),
            meta=Meta(id, self._tenant, key, started_at, _made(IntentId, parent), ancestor(row.root_machine, row.root)),
            revision=revision,
            status=_STATUSES.get(status) or Status(status),
            at=at,
        )

    def undecodable(self, id: WorkflowId, row: SnapshotRow) -> tuple[Undecodable, ...]:
        """Return why today's code cannot read an instance; nothing where it can."""
        try:
            self.snapshot(id, row)
        except DecodeError as error:
            return (Undecodable(id, error),)
        return ()

    def entry(self, id: WorkflowId, cells: Sequence[object]) -> JournalEntry:
        """Return the line of a journal that a row holds, with the checkpoint that it carries, if any.

        Args:
            id: The instance.
            cells: Those of an :class:`EntryRow`, then those of a :class:`SnapshotRow` or as many ``None``.

        Raises:
            DecodeError: When today's code cannot read it, or the checkpoint is not that of the line.
        """
        row = EntryRow._make(cells[:_ENTRY_CELLS])
        entry = self._entry(id, row)
        if cells[_ENTRY_CELLS] is None:
            return entry
        held = SnapshotRow._make(cells[_ENTRY_CELLS:])
        if state_hash(held.state) != row.state_hash:
            found = f"got {state_hash(held.state).hex()[:8]}; do restore the row"
            line = f"line {row.revision} of instance {id!r}"
            raise DecodeError(held.kind, held.version, f"expected state {row.state_hash.hex()[:8]} of {line}, {found}")
        return entry._replace(checkpoint=cast("Snapshot[BaseModel]", self._decoded(id, held)))

    def _entry(self, id: WorkflowId, row: EntryRow) -> JournalEntry:
        return JournalEntry(
            id, row.revision, Outcome(row.outcome), moment(row.at_us),
            self._codec.decode_event(row.tag, row.version, row.data),
            _made(EventId, row.event_id), _made(IntentId, row.answers), _made(WaitKey, row.wait),
            row.actor, row.first, tuple(pydantic_core.from_json(row.why)) if row.why is not None else (),
            row.kind, _intent_ids(row.intents), row.state_hash, row.code,
        )  # fmt: skip

    def intent(self, row: IntentRow) -> tuple[WorkflowId, OpenIntent]:
        """Return the instance and the intent that a row of the outbox holds.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        intent = self._codec.decode_intent(row.tag, row.version, row.payload)
        opened = OpenIntent(IntentId(row.intent_id), intent, bool(row.withdrawn), bool(row.correlated))
        return WorkflowId(row.id), opened

    def listed(self, row: IntentRow) -> tuple[WorkflowId, OpenIntent]:
        """Return what :meth:`intent` does, with an :class:`Unread` for what today's code cannot read."""
        try:
            return self.intent(row)
        except DecodeError as error:
            unread = Unread(tag=row.tag, version=row.version, problem=str(error))
            opened = OpenIntent(IntentId(row.intent_id), unread, bool(row.withdrawn), bool(row.correlated))
            return WorkflowId(row.id), opened


def _size(row: SnapshotRow) -> int:
    """Return about how much there is of a row."""
    return len(row.state) + (len(row.rest) if row.rest is not None else 0)


def ancestor(machine: object, id: object) -> Ancestor | None:
    """Return the instance that two cells name, if they name one."""
    return Ancestor(str(machine), WorkflowId(str(id))) if id is not None else None


def asked_revisions(id: WorkflowId, event_ids: Iterable[EventId]) -> list[int]:
    """Return the records that some of these ids name by themselves, whether or not they exist."""
    named = (derived_revision(id, event_id) for event_id in event_ids)
    return [one for one in named if one is not None and one <= _REVISION_MAX]


def seen(id: WorkflowId, event_ids: Collection[EventId], rows: Iterable[SeenRow]) -> Mapping[EventId, Recorded]:
    """Return the records of the event ids that were asked for, by id.

    Args:
        id: The instance.
        event_ids: What was asked for.
        rows: What was found: the records of given ids, and those that derived ids name.
    """
    found: dict[EventId, Recorded] = {}
    for row in rows:
        event_id = EventId(row.event_id) if row.event_id is not None else derived_event_id(id, row.revision)
        if event_id in event_ids:
            found[event_id] = Recorded(Outcome(row.outcome), row.revision, row.kind, _intent_ids(row.intents))
    return found


def _intent_ids(intents: str | None) -> tuple[IntentId, ...]:
    if intents is None:
        return ()
    return tuple(IntentId(one[0]) for one in pydantic_core.from_json(intents))


def _made(make: Callable[[str], T], text: str | None) -> T | None:
    return make(text) if text is not None else None
