"""The journal as plain values, and its replay: the proof that a journal leads to its state.

A record is what a step hands to a store; an entry is the same line as it was stored, with
the hash of the state in the place of the state. A journal begins with revision 1, or where it
was cut: with a line that carries a checkpoint. What may never be here: how or where the lines
are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.codec import state_hash
from telic.kernel.context import Context, derived_event_id
from telic.kernel.errors import JournalDiverged
from telic.kernel.events import Event
from telic.kernel.snapshot import (
    NOTHING_SEEN,
    Begin,
    Commit,
    Delivery,
    Meta,
    Outcome,
    Record,
    Snapshot,
)
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["JournalEntry", "beginning", "entry_of", "fold", "folding"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)


class JournalEntry(NamedTuple):
    """One line of a journal as a store gives it back.

    Attributes:
        workflow_id: The instance.
        revision: Its number, from 1 without gaps.
        outcome: What came of the event.
        at: The moment of the step.
        event: The event.
        given_id: The id that the caller gave to the event, if any.
        answers: The intent that the event answered, if it answered one.
        wait: The wait that it came from, if it came from one.
        actor: Who sent it.
        first: The record in which the event was first kept, if it was kept before.
        why: Why it was ignored or rejected, as texts.
        kind: The stored name of the state after it.
        intent_ids: The intents that it emitted.
        state_hash: The hash of the stored state after it.
        code_version: The version of the machine that wrote it.
        checkpoint: The whole instance after it, where the line carries it.
    """

    workflow_id: WorkflowId
    revision: int
    outcome: Outcome
    at: datetime
    event: Event | Begin[BaseModel]
    given_id: EventId | None
    answers: IntentId | None
    wait: WaitKey | None
    actor: str
    first: int | None
    why: tuple[str, ...]
    kind: str
    intent_ids: tuple[IntentId, ...]
    state_hash: bytes
    code_version: int
    checkpoint: Snapshot[BaseModel] | None = None

    @property
    def event_id(self) -> EventId:
        """The id of the event; derived from the line where the caller gave none."""
        return self.given_id or derived_event_id(self.workflow_id, self.revision)


def entry_of(record: Record[S], machine: Machine[S, E]) -> JournalEntry:
    """Return a record as the journal of its machine keeps it.

    Args:
        record: What a step has recorded.
        machine: The machine whose step it was.
    """
    stored = machine.codec.encode_state(record.state)
    return JournalEntry(
        record.workflow_id, record.revision, record.outcome, record.at, record.event, record.given_id,
        record.answers, record.wait, record.actor, record.first,
        tuple(str(reason) for reason in record.why), stored.tag,
        tuple(one.id for one in record.emitted), state_hash(stored.data), machine.version,
        cast("Snapshot[BaseModel] | None", record.checkpoint),
    )  # fmt: skip


def beginning(meta: Meta, entries: Sequence[JournalEntry]) -> Snapshot[BaseModel] | None:
    """Return the instance with which a journal begins that was cut; nothing for a whole one.

    Args:
        meta: What never changes about the instance.
        entries: Its journal, oldest line first.

    Raises:
        JournalDiverged: When the lines before the first one are gone, and it has no checkpoint.
    """
    if not entries or entries[0].revision == 1:
        return None
    first = entries[0]
    if first.checkpoint is None:
        raise JournalDiverged(
            meta.id, first.revision, "a journal that begins with revision 1 or with a checkpoint", "neither"
        )
    return first.checkpoint


def fold(machine: Machine[S, E], meta: Meta, entries: Sequence[JournalEntry]) -> Snapshot[S]:
    """Replay a journal with today's code and return the snapshot that it leads to.

    Args:
        machine: The description of the process.
        meta: What never changes about the instance.
        entries: All lines of its journal, oldest first; from a checkpoint on, where it was cut.

    Raises:
        JournalDiverged: At the first line that today's code does not produce.
        ValueError: For a journal without lines.
        TransitionError: When the code of the machine is broken.
    """
    snapshot = cast("Snapshot[S] | None", beginning(meta, entries))
    for commit in folding(machine, meta, entries):
        snapshot = commit.after._replace(seen=NOTHING_SEEN)
    if snapshot is None:
        raise ValueError(
            "expected a journal of one line at least, got none; do fold the journal of an instance that exists"
        )
    return snapshot


def folding(machine: Machine[S, E], meta: Meta, entries: Sequence[JournalEntry]) -> Iterator[Commit[S]]:
    """Replay a journal with today's code, step by step; yield what each step that agrees commits.

    The line of a checkpoint with which a journal begins is not replayed: the step goes on from it.

    Args:
        machine: The description of the process.
        meta: What never changes about the instance.
        entries: All lines of its journal, oldest first; from a checkpoint on, where it was cut.

    Raises:
        JournalDiverged: At the first line that today's code does not produce.
        TransitionError: When the code of the machine is broken.
    """
    snapshot = cast("Snapshot[S] | None", beginning(meta, entries))
    done = 0 if snapshot is None else 1
    while done < len(entries):
        commit = _replayed(machine, meta, snapshot, entries[done])
        for number, record in enumerate(commit.records, done):
            _compare(entries[number] if number < len(entries) else None, entry_of(record, machine))
        yield commit
        done += len(commit.records)
        snapshot = commit.after._replace(seen=NOTHING_SEEN)


def _replayed(machine: Machine[S, E], meta: Meta, snapshot: Snapshot[S] | None, entry: JournalEntry) -> Commit[S]:
    """Take the step that wrote a line once more."""
    if entry.first is not None:
        raise JournalDiverged(
            meta.id,
            entry.revision,
            f"the event of revision {entry.first} to be offered again",
            "no such offer",
        )
    delivery = Delivery(entry.event, entry.given_id, entry.answers, entry.wait, meta.key, meta.parent, meta.root)
    outcome = advance(machine, snapshot, delivery, Context(entry.at, meta.id, meta.tenant, entry.actor))
    if isinstance(outcome, Commit):
        return outcome
    raise JournalDiverged(meta.id, entry.revision, _result(entry), repr(outcome))


def _compare(expected: JournalEntry | None, got: JournalEntry) -> None:
    if expected is None:
        raise JournalDiverged(got.workflow_id, got.revision, "the end of the journal", _result(got))
    if _essence(expected) != _essence(got):
        raise JournalDiverged(got.workflow_id, expected.revision, _result(expected), _result(got))


def _essence(entry: JournalEntry) -> tuple[object, ...]:
    return (
        entry.revision,
        entry.outcome,
        entry.first,
        entry.kind,
        entry.intent_ids,
        entry.state_hash,
    )


def _result(entry: JournalEntry) -> str:
    """Return what a line says came of its event, in words."""
    intents = f" with {', '.join(entry.intent_ids)}" if entry.intent_ids else ""
    return f"{entry.outcome} to {entry.kind!r}{intents} (state {entry.state_hash.hex()[:8]})"
