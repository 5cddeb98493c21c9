"""From rows to values: what is stored, as the kernel knows it.

What may never be here: a connection, or a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import pydantic_core
from pydantic import BaseModel

from telic.kernel.codec import StoredSnapshot, moment
from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry
from telic.kernel.snapshot import (
    NOTHING_SEEN,
    Meta,
    OpenIntent,
    Outcome,
    Recorded,
    Snapshot,
    Status,
)
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["Decoder", "EntryRow", "IntentRow", "SnapshotRow", "intent_ids"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)
T = TypeVar("T")

# How many decoded instances are remembered: some megabytes, and the instances that are busy.
_REMEMBERED = 2048


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


class IntentRow(NamedTuple):
    """What a row of ``telic_outbox`` says of an intent."""

    intent_id: str
    id: str
    tag: str
    version: int
    payload: bytes
    withdrawn: int
    correlated: int


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

    def remember(self, row: SnapshotRow, snapshot: Snapshot[S]) -> None:
        """Note what a row means, whether or not it will ever be stored."""
        known = self._known
        id = snapshot.meta.id
        if known.pop(id, None) is None and len(known) >= _REMEMBERED:
            known.pop(next(iter(known)), None)
        known[id] = row, snapshot

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
        parent = IntentId(row.parent) if row.parent is not None else None
        return self._codec.decode_snapshot(
            StoredSnapshot(row.kind, row.version, row.state, row.rest),
            meta=Meta(id, self._tenant, row.key, moment(row.started_us), parent),
            revision=row.revision,
            status=Status(row.status),
            at=moment(row.at_us),
        )

    def entry(self, id: WorkflowId, row: EntryRow) -> JournalEntry:
        """Return the line of a journal that a row holds.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        return JournalEntry(
            id, row.revision, Outcome(row.outcome), moment(row.at_us),
            self._codec.decode_event(row.tag, row.version, row.data),
            _made(EventId, row.event_id), _made(IntentId, row.answers), _made(WaitKey, row.wait),
            row.actor, row.first, tuple(pydantic_core.from_json(row.why)) if row.why is not None else (),
            row.kind, intent_ids(row.intents), row.state_hash, row.code,
        )  # fmt: skip

    def intent(self, row: IntentRow) -> tuple[WorkflowId, OpenIntent]:
        """Return the instance and the intent that a row of the outbox holds.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        intent = self._codec.decode_intent(row.tag, row.version, row.payload)
        opened = OpenIntent(IntentId(row.intent_id), intent, bool(row.withdrawn), bool(row.correlated))
        return WorkflowId(row.id), opened


def intent_ids(intents: str | None) -> tuple[IntentId, ...]:
    """Return the ids in the stored list of what a step has emitted."""
    if intents is None:
        return ()
    return tuple(IntentId(one[0]) for one in pydantic_core.from_json(intents))


def _made(make: Callable[[str], T], text: str | None) -> T | None:
    return make(text) if text is not None else None
