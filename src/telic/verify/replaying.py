"""``replay``: new code against the journals of old code, line by line.

Nothing in production is replayed; this is a check before a deployment. What may never be
here: reading a store; the journals come as values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.errors import JournalDiverged, TelicError
from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry, beginning, entry_of
from telic.kernel.machine import Machine
from telic.kernel.snapshot import NOTHING_SEEN, Commit, Delivery, Meta, Snapshot

__all__ = ["Agreement", "Journal", "ReplayReport", "Replayed", "replay"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_MOST = 50  # divergences that are told in full


class Journal(NamedTuple):
    """The journal of one instance.

    Attributes:
        meta: What never changes about the instance.
        entries: All lines, oldest first; from a checkpoint on, where it was cut.
    """

    meta: Meta
    entries: Sequence[JournalEntry]


class Agreement(StrEnum):
    """How new code agrees with a journal."""

    SAME = "same"
    CONTENT = "other content"  # the same results; the stored state differs, as after an upcast
    DIVERGED = "diverged"
    FAILED = "failed"  # the new code raised


class Replayed(NamedTuple):
    """How one journal came out.

    Attributes:
        id: The instance.
        agreement: How the new code agrees.
        revision: The first line that differs, or 0.
        old: What the journal says of that line.
        new: What the new code does there.
        snapshot: Where the new code leads, unless it diverged.
    """

    id: str
    agreement: Agreement
    revision: int = 0
    old: str = ""
    new: str = ""
    snapshot: Snapshot[BaseModel] | None = None

    def text(self) -> str:
        """Return the outcome, with what is old and what is new named as such."""
        if self.agreement is Agreement.SAME:
            return f"{self.id}: same"
        return f"{self.id}: {self.agreement} at revision {self.revision}\n  OLD: {self.old}\n  NEW: {self.new}"


class ReplayReport(NamedTuple):
    """How all journals came out.

    Attributes:
        machine: The name of the machine.
        replayed: One outcome for each journal.
    """

    machine: str
    replayed: tuple[Replayed, ...]

    @property
    def divergences(self) -> tuple[Replayed, ...]:
        """The journals that the new code does not follow."""
        return tuple(one for one in self.replayed if one.agreement in (Agreement.DIVERGED, Agreement.FAILED))

    @property
    def snapshots(self) -> tuple[Snapshot[BaseModel], ...]:
        """Where the journals lead that the new code follows."""
        return tuple(one.snapshot for one in self.replayed if one.snapshot is not None)

    def assert_ok(self) -> None:
        """Raise when the new code does not follow a journal.

        Raises:
            AssertionError: With each divergence, old and new.
        """
        if self.divergences:
            raise AssertionError(self.text())

    def text(self) -> str:
        """Return how many journals came out how, and each divergence."""
        counts = {kind: sum(one.agreement is kind for one in self.replayed) for kind in Agreement}
        summed = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "no journal"
        told = [one.text() for one in self.divergences[:_MOST]]
        if len(self.divergences) > _MOST:
            told.append(f"… and {len(self.divergences) - _MOST} more")
        return "\n".join([f"{self.machine}: {summed}", *told])


def replay(machine: Machine[S, E], journals: Iterable[Journal]) -> ReplayReport:
    """Take every step of old journals with today's code, and compare.

    Args:
        machine: The machine as the code has it now.
        journals: The journals; each is read once, so they may come one by one.
    """
    return ReplayReport(machine.name, tuple(_replayed(machine, one) for one in journals))


def _replayed(machine: Machine[S, E], journal: Journal) -> Replayed:
    meta, entries = journal
    try:
        snapshot = cast("Snapshot[S] | None", beginning(meta, entries))
    except JournalDiverged as error:
        return Replayed(meta.id, Agreement.DIVERGED, error.revision, error.expected, error.got)
    content: tuple[int, str, str] | None = None
    done = 0 if snapshot is None else 1
    while done < len(entries):
        entry = entries[done]
        try:
            commit = _step(machine, meta, snapshot, entry)
        except (TelicError, ValueError, TypeError, KeyError, AttributeError) as error:
            return Replayed(meta.id, Agreement.FAILED, entry.revision, _told(entry), f"{type(error).__name__}: {error}")
        if isinstance(commit, str):
            return Replayed(meta.id, Agreement.DIVERGED, entry.revision, _told(entry), commit)
        for number, record in enumerate(commit.records, done):
            old, new = entries[number] if number < len(entries) else None, entry_of(record, machine)
            if old is None or _result(old) != _result(new):
                told = _told(old) if old is not None else "the end of the journal"
                return Replayed(meta.id, Agreement.DIVERGED, new.revision, told, _told(new))
            if old.state_hash != new.state_hash and content is None:
                content = (new.revision, _told(old), f"{_told(new)}: {record.state!r}")
        done += len(commit.records)
        snapshot = commit.after._replace(seen=NOTHING_SEEN)
    if content is not None:
        return Replayed(meta.id, Agreement.CONTENT, *content, _plain(snapshot))
    return Replayed(meta.id, Agreement.SAME, snapshot=_plain(snapshot))


def _plain(snapshot: Snapshot[S] | None) -> Snapshot[BaseModel] | None:
    return None if snapshot is None else Snapshot(*snapshot)


def _step(machine: Machine[S, E], meta: Meta, snapshot: Snapshot[S] | None, entry: JournalEntry) -> Commit[S] | str:
    """Take the step of a line; return what else came of it as text."""
    if entry.first is not None:
        return f"no offer of the event that revision {entry.first} keeps"
    delivery = Delivery(entry.event, entry.given_id, entry.answers, entry.wait, meta.key, meta.parent, meta.root)
    outcome = advance(machine, snapshot, delivery, Context(entry.at, meta.id, meta.tenant, entry.actor))
    return outcome if isinstance(outcome, Commit) else repr(outcome)


def _result(entry: JournalEntry) -> tuple[object, ...]:
    return entry.revision, entry.outcome, entry.first, entry.kind, entry.intent_ids


def _told(entry: JournalEntry) -> str:
    event = entry.event
    intents = f", emits {', '.join(entry.intent_ids)}" if entry.intent_ids else ""
    return f"{event!r} {entry.outcome} to {entry.kind!r}{intents} (state {entry.state_hash.hex()[:8]})"
