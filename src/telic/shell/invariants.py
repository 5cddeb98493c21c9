"""What holds of every world that has come to rest, whatever went wrong on the way.

Each is a promise of telic, asked of what the stores hold and of what the handlers did. What
may never be here: anything that holds of one machine only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from telic.kernel.dispatch import accepted_commands
from telic.kernel.errors import JournalDiverged, TelicError
from telic.kernel.intents import AtMostOnce
from telic.kernel.journal import JournalEntry, fold
from telic.kernel.machine import Machine
from telic.kernel.orders import IntentFailed
from telic.kernel.snapshot import Snapshot, Status
from telic.kernel.values import IntentId
from telic.kernel.waits import Deadline
from telic.shell.simulated import Diary
from telic.stores.memory import MemoryStore

__all__ = ["EVERYTHING", "InvariantBroken", "ran_twice", "violations"]

AnyMachine: TypeAlias = "Machine[Any, Any]"
AnySnapshot: TypeAlias = "Snapshot[Any]"

EVERYTHING = 1_000_000
"""A limit that no world reaches."""


class InvariantBroken(TelicError):
    """A world that came to rest is not as telic promises.

    Attributes:
        findings: What is not.
    """

    def __init__(self, findings: tuple[str, ...]) -> None:
        """Keep what was found."""
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        """Return the findings, one to a line."""
        count = len(self.findings)
        lines = [f"  {number}. {text}" for number, text in enumerate(self.findings, 1)]
        promises = "promises do" if count > 1 else "promise does"
        return "\n".join([f"the world is at rest, and {count} {promises} not hold:", *lines])


async def violations(machine: AnyMachine, store: MemoryStore[Any], diary: Diary) -> tuple[str, ...]:
    """Return what does not hold of the instances of a machine at rest.

    Args:
        machine: The machine.
        store: Its store.
        diary: What the handlers did.
    """
    listed = {opened.id for _, opened in await store.outbox(EVERYTHING)}
    dead = {letter.opened.id for letter in await store.dead_letters(limit=EVERYTHING)}
    findings: list[str] = []
    for id in await store.ids(limit=EVERYTHING):
        snapshot = await store.load(id)
        assert snapshot is not None
        entries = await store.journal(id)
        told = f"{machine.name} {snapshot.meta.key or id}"
        found = [
            *_unfolded(machine, snapshot, entries),
            *_unaccounted(snapshot, entries, listed, dead | diary.later),
            *_counted_twice(entries),
            *_stuck(machine, snapshot),
        ]
        findings += [f"{told}: {text}" for text in found]
    return tuple(findings)


def ran_twice(diary: Diary) -> tuple[str, ...]:
    """Return the intents that must run once at most, and ran more often.

    Args:
        diary: What the handlers did.
    """
    kinds = {one.key: type(one.intent) for one in diary.attempts}
    return tuple(
        f"{kind.__name__} {key}: expected one run at most, got {diary.effects[key]}"
        for key, kind in kinds.items()
        if issubclass(kind.__delivery__, AtMostOnce) and diary.effects[key] > 1
    )


def _unfolded(machine: AnyMachine, snapshot: AnySnapshot, entries: Sequence[JournalEntry]) -> Iterator[str]:
    if not entries:
        yield "expected a journal, got none"
        return
    try:
        folded = fold(machine, snapshot.meta, entries)
    except JournalDiverged as diverged:
        yield f"expected a journal that replays, got: {diverged}"
        return
    held = (snapshot.revision, snapshot.state, snapshot.status, set(snapshot.open))
    replayed = (folded.revision, folded.state, folded.status, set(folded.open))
    if held != replayed:
        yield f"expected what its journal leads to, {replayed!r}, got {held!r}"


def _unaccounted(
    snapshot: AnySnapshot, entries: Sequence[JournalEntry], listed: set[IntentId], waiting: set[IntentId]
) -> Iterator[str]:
    answered = {entry.answers for entry in entries}
    parked = {one.answers.id for one in snapshot.parked if one.answers is not None}
    for key in (key for entry in entries for key in entry.intent_ids):
        if key not in snapshot.open:
            if key not in answered:
                yield f"expected an end of intent {key}, got neither an answer nor a failure"
        elif key in parked or snapshot.status is Status.PAUSED:
            continue
        elif key not in listed:
            yield f"expected intent {key} in the outbox while it is open, got nothing there: nobody will carry it out"
        elif key not in waiting:
            yield f"expected intent {key} to be carried out by now, got it still to be done"


def _counted_twice(entries: Sequence[JournalEntry]) -> Iterator[str]:
    counts = Counter(
        (entry.answers, isinstance(entry.event, IntentFailed))
        for entry in entries
        if entry.answers is not None and entry.first is None
    )
    for (key, failed), count in counts.items():
        if count > 1:
            yield f"expected one {'failure' if failed else 'answer'} of intent {key}, got {count}"


def _stuck(machine: AnyMachine, snapshot: AnySnapshot) -> Iterator[str]:
    if snapshot.status is not Status.RUNNING or type(snapshot.state) in machine.final_states:
        return
    waits = [one for one in snapshot.waits if not isinstance(one.wait, Deadline) or one.fired is None]
    if not snapshot.open and not waits and not accepted_commands(machine.infos[type(snapshot.state)]):
        yield f"expected something to wait for, got {type(snapshot.state).__name__} with nothing: it is stuck"
