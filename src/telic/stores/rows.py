"""From rows to values: what is stored, as the kernel knows it.

All SQL stores share it. What may never be here: a connection, or a statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from telic.kernel.context import derived_event_id, derived_revision
from telic.kernel.errors import DecodeError
from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry
from telic.kernel.snapshot import (
    NOTHING_SEEN,
    Ancestor,
    OpenIntent,
    Outcome,
    Recorded,
    Snapshot,
)
from telic.kernel.unread import Unread
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.runtime.images import EntryRow, SnapshotRow, entry_in, intent_ids, snapshot_in
from telic.stores.recollection import Recollection

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

# What a database can hold as a number; an id that only looks derived may name more.
_REVISION_MAX = 2**63 - 1
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

    Attributes:
        remembered: What rows have meant that were read or saved lately.
    """

    def __init__(self, machine: Machine[S, E], tenant: str, remembered: Recollection[S]) -> None:
        """Keep the codec of the machine."""
        self._codec = machine.codec
        self._tenant = tenant
        self.remembered = remembered

    def snapshot(
        self, id: WorkflowId, row: SnapshotRow, seen: Mapping[EventId, Recorded] = NOTHING_SEEN
    ) -> Snapshot[S]:
        """Return the instance that a row holds.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        snapshot = self.remembered.meaning(self._tenant, id, row)
        if snapshot is None:
            snapshot = self._decoded(id, row)
            self.remembered.read(row, snapshot)
        return snapshot._replace(seen=seen) if seen else snapshot

    def _decoded(self, id: WorkflowId, row: SnapshotRow) -> Snapshot[S]:
        return snapshot_in(self._codec, id, self._tenant, row)

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
        held = None if cells[_ENTRY_CELLS] is None else SnapshotRow._make(cells[_ENTRY_CELLS:])
        return entry_in(self._codec, id, self._tenant, EntryRow._make(cells[:_ENTRY_CELLS]), held)

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
            found[event_id] = Recorded(Outcome(row.outcome), row.revision, row.kind, intent_ids(row.intents))
    return found
