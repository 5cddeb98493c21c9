"""One instance, driven by the pure step alone: no store, no event loop.

It does what a store does, and no more: keeps the snapshot, the journal and the ids that the
journal knows. What may never be here: a rule; ``advance`` has them all.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry, entry_of
from telic.kernel.machine import Machine
from telic.kernel.snapshot import NOTHING_SEEN, Commit, Delivery, Record, Recorded, Snapshot
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.results import RunResult, result_of

__all__ = ["MONDAY", "Instance"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

# When a test begins unless it says otherwise.
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Instance(Generic[S, E]):
    """One instance of a machine, as a store would keep it.

    Attributes:
        machine: The description of the process.
        id: Its id.
        snapshot: Where it stands; ``None`` before it has begun.
        records: The lines of its journal, oldest first.
        now: The moment of the next step.
    """

    def __init__(self, machine: Machine[S, E], id: WorkflowId, now: datetime = MONDAY) -> None:
        """Begin before the instance does."""
        self.machine = machine
        self.id = id
        self.snapshot: Snapshot[S] | None = None
        self.records: list[Record[S]] = []
        self.now = now
        self._known: dict[EventId, Recorded] = {}

    def send(self, delivery: Delivery, *, actor: str = "") -> RunResult[S]:
        """Take one step and keep what it has written.

        Args:
            delivery: The event and where it comes from.
            actor: Who sends it.
        """
        before = self.snapshot
        event_id = delivery.event_id
        if before is not None and event_id is not None and event_id in self._known:
            before = before._replace(seen={event_id: self._known[event_id]})
        outcome = advance(self.machine, before, delivery, Context(self.now, self.id, "", actor))
        if isinstance(outcome, Commit):
            self.snapshot = outcome.after._replace(seen=NOTHING_SEEN)
            self.records += outcome.records
            self._known |= {one.given_id: one.recorded for one in outcome.records if one.given_id is not None}
        return result_of(outcome)

    def reload(self) -> None:
        """Forget the values and read them again from bytes, as after a crash."""
        held = self.snapshot
        if held is None:
            return
        stored = self.machine.codec.encode_snapshot(held)
        self.snapshot = self.machine.codec.decode_snapshot(
            stored, meta=held.meta, revision=held.revision, status=held.status, at=held.at
        )

    def journal(self) -> tuple[JournalEntry, ...]:
        """Return the journal, with each event read again from bytes."""
        codec = self.machine.codec
        entries = (entry_of(record, self.machine) for record in self.records)
        return tuple(one._replace(event=codec.decode_event(*codec.encode_event(one.event))) for one in entries)
