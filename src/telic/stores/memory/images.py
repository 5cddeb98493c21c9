"""Images of the instances of a store in memory: made of its values, and turned into such.

What may never be here: an await between check and write.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar, cast

import pydantic_core
from pydantic import BaseModel

from telic.kernel.codec import microseconds, moment
from telic.kernel.errors import RevisionConflict
from telic.kernel.journal import JournalEntry, entry_of
from telic.kernel.orders import FailureCause
from telic.kernel.snapshot import NOTHING_SEEN, Commit, OpenIntent, Outcome, Record, Recorded, Snapshot, Status
from telic.kernel.storable import refuse_unwritable
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId
from telic.runtime.acts import Act
from telic.runtime.claims import IntentState
from telic.runtime.hints import Hints
from telic.runtime.images import (
    ActRow,
    BookRow,
    CheckpointRow,
    EntryRow,
    Image,
    KnownRow,
    WaitingRow,
    intent_ids,
    journal_in,
    snapshot_in,
)
from telic.stores.encoding import Encoder
from telic.stores.memory.acts import Acts
from telic.stores.memory.agenda import Agenda
from telic.stores.memory.ledger import NEVER, Booked, Ledger
from telic.stores.memory.tasks import Entry, Written
from telic.stores.memory.topics import MemoryTopics

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine

__all__ = ["Imaged", "Installed", "Line", "entry_of_line"]

S = TypeVar("S", bound=BaseModel)
_NEVER_US = microseconds(NEVER)
_FOR_EVER_US = 2**63 - 1  # as the other stores write it


class Installed(NamedTuple):
    """A line of a journal that came with an image.

    Attributes:
        entry: The line.
        row: The same as it was stored.
    """

    entry: JournalEntry
    row: EntryRow

    @property
    def workflow_id(self) -> WorkflowId:
        """The instance."""
        return self.entry.workflow_id

    @property
    def revision(self) -> int:
        """Its number."""
        return self.entry.revision

    @property
    def at(self) -> datetime:
        """The moment of the step."""
        return self.entry.at

    @property
    def given_id(self) -> EventId | None:
        """The id that the caller gave to the event, if any."""
        return self.entry.given_id

    @property
    def event_id(self) -> EventId:
        """The id of the event."""
        return self.entry.event_id

    @property
    def checkpoint(self) -> Snapshot[BaseModel] | None:
        """The whole instance after it, where the line carries it."""
        return self.entry.checkpoint

    @property
    def trace(self) -> str:
        """Nothing: spans stay where they were."""
        return ""

    @property
    def recorded(self) -> Recorded:
        """What a second delivery of this event is told."""
        one = self.entry
        return Recorded(one.outcome, one.revision, one.kind, one.intent_ids)


Line: TypeAlias = Record[S] | Installed


def entry_of_line(line: Line[S], machine: AnyMachine) -> JournalEntry:
    """Return a line as the journal tells it.

    Args:
        line: The line.
        machine: The machine whose step it was.
    """
    return line.entry if isinstance(line, Installed) else entry_of(cast("Record[BaseModel]", line), machine)


class Imaged(Generic[S]):
    """How instances of a store in memory are carried to another store; a part of the store."""

    tenant: str
    hints: Hints
    _plain_machine: AnyMachine
    _snapshots: dict[WorkflowId, Snapshot[S]]
    _journals: dict[WorkflowId, list[Line[S]]]
    _known: dict[WorkflowId, dict[EventId, int]]
    _recalled: dict[WorkflowId, dict[EventId, Recorded]]
    _agenda: Agenda
    topics: MemoryTopics
    _acts: Acts
    _written: Written
    _saving: threading.Lock

    def _books(self) -> Ledger:
        raise NotImplementedError

    def _save(self, commit: Commit[S]) -> None:
        raise NotImplementedError

    def _noted(self, commit: Commit[BaseModel]) -> None:
        raise NotImplementedError

    async def image(self, id: WorkflowId) -> Image | None:
        """Return all that is kept of an instance; see :class:`telic.runtime.images.KeepsImages`."""
        held = self._snapshots.get(id)
        if held is None:
            return None
        encoder, lines = Encoder[BaseModel](self._plain_machine, self.tenant), self._journals[id]
        at = {one.revision: one for one in lines}
        base = lines[0].revision
        return Image(
            encoder.row(cast("Snapshot[BaseModel]", held)),
            tuple(
                one.row if isinstance(one, Installed) else encoder.line(cast("Record[BaseModel]", one)) for one in lines
            ),
            tuple(
                CheckpointRow(encoder.row(cast("Snapshot[BaseModel]", one.checkpoint)), int(one.revision == base))
                for one in lines
                if one.checkpoint is not None
            ),
            tuple(self._known_rows(id, base)),
            tuple(
                _book_row(self._plain_machine, one, at.get(_revision(one.opened.id), lines[0]))
                for one in self._booked(id)
            ),
            tuple(self._waiting_rows(id, held, at)),
            tuple(ActRow(*one[1:5], microseconds(one.at), one.detail) for one in self._acts.of(id)),
        )

    async def install(self, id: WorkflowId, image: Image, act: Act, commit: Commit[BaseModel] | None = None) -> None:
        """Write all of an image as a new instance; see :class:`telic.runtime.images.KeepsImages`."""
        codec = self._plain_machine.codec
        before = cast("Snapshot[S]", snapshot_in(codec, id, self.tenant, image.instance))
        entries = journal_in(codec, id, self.tenant, image)
        booked = [_booked(self._plain_machine, one) for one in image.intents]
        if commit is not None:
            refuse_unwritable(commit)
        with self._saving:
            if id in self._snapshots:
                raise RevisionConflict(id, 0, self._snapshots[id].revision)
            books = self._books()
            self._snapshots[id] = before
            self._journals[id] = list(map(Installed, entries, image.journal))
            self._known[id] = {EventId(one.event_id): one.revision for one in image.known}
            self._recalled[id] = dict(_recalled(image))
            self._written[id] = {(WaitKey(one.key), one.since): Entry(*one[2:6]) for one in image.waits}
            books.admit(id, booked, paused=before.status is Status.PAUSED)
            arrived = cast("Commit[BaseModel]", Commit(None, before, ()))
            self._agenda.apply(arrived)
            self.topics.apply(arrived)
            for one in image.acts:
                self._acts.keep(Act(id, *one[:4], moment(one.at_us), one.detail))
            self._acts.keep(act)
            if commit is not None:
                self._append(cast("Commit[S]", commit))
        self.hints.ring()

    async def leave(self, act: Act, commit: Commit[BaseModel] | None = None) -> None:
        """Set aside all that nobody carries out yet; see :class:`telic.runtime.images.KeepsImages`."""
        if commit is not None:
            refuse_unwritable(commit)
        with self._saving:
            books = self._books()
            if commit is not None:
                self._save(cast("Commit[S]", commit))
            if not self._acts.knows(act):
                self._acts.keep(act)
            books.leave(act.workflow_id, act.at)

    def _append(self, commit: Commit[S]) -> None:
        """Take a step on an instance that was just installed; hooks are not told."""
        id = commit.id
        self._journals[id].extend(commit.records)
        self._known[id].update({one.given_id: one.revision for one in commit.records if one.given_id is not None})
        self._snapshots[id] = commit.after._replace(seen=NOTHING_SEEN)
        self._noted(cast("Commit[BaseModel]", commit))

    def _booked(self, id: WorkflowId) -> Iterator[Booked]:
        return self._books().booked(id)

    def _known_rows(self, id: WorkflowId, base: int) -> Iterator[KnownRow]:
        recalled = self._recalled.get(id, {})
        for event_id, revision in sorted(self._known.get(id, {}).items()):
            if revision < base and event_id in recalled:
                one = recalled[event_id]
                intents = pydantic_core.to_json([[intent] for intent in one.intent_ids]).decode()
                yield KnownRow(event_id, revision, str(one.outcome), one.kind, intents if one.intent_ids else None)
            else:
                yield KnownRow(event_id, revision)

    def _waiting_rows(self, id: WorkflowId, held: Snapshot[S], at: Mapping[int, Line[S]]) -> Iterator[WaitingRow]:
        written = self._written.get(id, {})
        for one in held.waits:
            trace = at[one.since].trace if one.since in at else ""
            yield WaitingRow(str(one.key), one.since, *written.get((one.key, one.since), Entry()), trace or None)


def _revision(id: IntentId) -> int:
    return int(id.rsplit(":", 2)[1])


def _book_row(machine: AnyMachine, one: Booked, line: Line[S]) -> BookRow:
    tag, version, payload = machine.codec.encode_intent(one.opened.intent)
    due_us = _FOR_EVER_US if one.due == NEVER else microseconds(one.due)
    return BookRow(
        str(one.opened.id), tag, version, payload, int(one.opened.withdrawn), int(one.opened.correlated),
        microseconds(line.at), int(one.state), due_us, one.attempt, one.crashes,
        str(one.cause) if one.cause is not None else None, one.problem or None, line.trace or None,
    )  # fmt: skip


def _booked(machine: AnyMachine, row: BookRow) -> Booked:
    intent = machine.codec.decode_intent(row.tag, row.version, row.payload)
    opened = OpenIntent(IntentId(row.intent_id), intent, bool(row.withdrawn), bool(row.correlated))
    cause = FailureCause(row.cause) if row.cause is not None else None
    due = moment(row.due_us) if row.due_us < _NEVER_US else NEVER
    return Booked(opened, IntentState(row.state), due, row.attempt, row.crashes, cause, row.problem or "")


def _recalled(image: Image) -> Iterator[tuple[EventId, Recorded]]:
    for one in image.known:
        if one.outcome is not None and one.kind is not None:
            told = Recorded(Outcome(one.outcome), one.revision, one.kind, intent_ids(one.intents))
            yield EventId(one.event_id), told
