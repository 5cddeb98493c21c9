"""The books of a store in memory: which intents are ready, claimed, left for later, dead.

The same rules as in the durable stores, over plain values. What may never be here: an
await, or a decision about an instance.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple

from pydantic import BaseModel

from telic.kernel.orders import FailureCause
from telic.kernel.snapshot import Commit, OpenIntent, Status
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.claims import Claim, DeadLetter, IntentState, Settlement

__all__ = ["NEVER", "Booked", "Ledger"]

_AT_ONCE = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)
_BECOMES_DUE = (IntentState.READY, IntentState.LEASED, IntentState.LATER)


class Booked(NamedTuple):
    """What the books say of one intent, as a value."""

    opened: OpenIntent
    state: IntentState
    due: datetime
    attempt: int
    crashes: int
    cause: FailureCause | None
    problem: str


class _Entry:
    """What the books say of one intent."""

    __slots__ = ("attempt", "cause", "crashes", "due", "epoch", "opened", "place", "problem", "state", "workflow_id")

    def __init__(self, workflow_id: WorkflowId, opened: OpenIntent, due: datetime) -> None:
        self.workflow_id = workflow_id
        self.opened = opened
        self.state = IntentState.READY
        self.due = due
        self.place = -1
        self.attempt = 0
        self.crashes = 0
        self.epoch = 0
        self.cause: FailureCause | None = None
        self.problem = ""


class _Due(NamedTuple):
    """A place in the queue of a type; out of date when the entry has another one by now."""

    due: datetime
    number: int
    entry: _Entry


class Ledger:
    """The books of one machine."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._entries: dict[IntentId, _Entry] = {}
        self._queues: dict[str, list[_Due]] = {}
        self._numbers = count()
        self._paused: set[WorkflowId] = set()

    def apply(self, commit: Commit[BaseModel]) -> None:
        """Take over what a commit changes.

        Args:
            commit: What was saved.
        """
        before, after, _ = commit
        for id in commit.done:
            self._entries.pop(id, None)
        for id in commit.withdrawn:
            self._withdraw(id, after.open[id])
        kept = {one.answers.id for one in after.parked if one.answers is not None}
        for one in commit.opened:
            if one.id not in kept:
                self.take_over(after.meta.id, one, after.at)
        if after.status is Status.PAUSED:
            self.hold(after.meta.id, after.open)
        elif before is not None and before.status is Status.PAUSED:
            self._let_go(after.meta.id, after.open)

    def open(self) -> Iterator[tuple[WorkflowId, OpenIntent]]:
        """Yield what is still to be carried out, in the order of its emission."""
        return ((entry.workflow_id, entry.opened) for entry in self._entries.values())

    def standing(self) -> Iterator[tuple[IntentState, WorkflowId, OpenIntent]]:
        """Yield what is still to be carried out, with where each intent stands."""
        return ((entry.state, entry.workflow_id, entry.opened) for entry in self._entries.values())

    def enter(self, rows: Iterable[tuple[WorkflowId, OpenIntent]], due: datetime, *, complete: bool) -> None:
        """Take over what a list of open intents says.

        Args:
            rows: Instances and intents.
            due: The moment at which new ones are due.
            complete: Whether what is not listed is not open any more.
        """
        listed = {opened.id: (workflow_id, opened) for workflow_id, opened in rows}
        for id, (workflow_id, opened) in listed.items():
            if id not in self._entries:
                entry = self._entries[id] = _Entry(workflow_id, opened, due)
                self._queue(entry)
            elif opened.withdrawn and not self._entries[id].opened.withdrawn:
                self._withdraw(id, opened)
        if complete:
            self._entries = {id: entry for id, entry in self._entries.items() if id in listed}

    def take_over(self, id: WorkflowId, opened: OpenIntent, at: datetime) -> None:
        """Enter one open intent that is not in the books.

        Args:
            id: The instance.
            opened: The intent; one that is withdrawn already is to be settled at once.
            at: The moment of its emission.
        """
        entry = self._entries[opened.id] = _Entry(id, opened, _AT_ONCE if opened.withdrawn else at)
        self._queue(entry)

    def claim(
        self, wanted: Mapping[str, int], limit: int, now: datetime, until: datetime, *, early: bool
    ) -> tuple[Claim, ...]:
        """Claim what is due; see :class:`telic.runtime.protocols.DurableStore`."""
        found: list[_Due] = []
        for tag, most in wanted.items():
            found += self._taken(tag, min(most, limit), now, early=early)
        found.sort()
        for left in found[limit:]:
            heapq.heappush(self._queues[left.entry.opened.intent.__tag__], left)
        return tuple(self._claimed(one.entry, until) for one in found[:limit])

    def renew(self, claims: Sequence[Claim], until: datetime) -> Mapping[IntentId, bool]:
        """Prolong the leases that are still held; return whether each intent was withdrawn."""
        held: dict[IntentId, bool] = {}
        for claim in claims:
            entry = self._held(claim)
            if entry is not None:
                entry.due = until
                self._queue(entry)
                held[claim.id] = entry.opened.withdrawn
        return held

    def settle(self, settlement: Settlement) -> bool:
        """Say what becomes of a claimed intent; return whether the claim is still held."""
        claim, state, due, problem, cause, counts = settlement
        entry = self._held(claim)
        if entry is None:
            return False
        if not counts:
            entry.attempt -= 1
        # A dead letter stays one where something may have happened.
        ends = state is IntentState.DEAD and cause not in (None, FailureCause.IN_DOUBT)
        if entry.opened.withdrawn and (ends or state in (IntentState.READY, IntentState.LATER)):
            state, due, cause = IntentState.READY, _AT_ONCE, None if ends else cause
        elif state is IntentState.READY and cause is None and claim.workflow_id in self._paused:
            state = IntentState.HELD
        entry.state, entry.due = state, due if due is not None else NEVER
        entry.problem, entry.cause = problem, cause
        self._queue(entry)
        return True

    def __len__(self) -> int:
        """Return how many intents are open."""
        return len(self._entries)

    def next_due(self, tags: Collection[str]) -> datetime | None:
        """Return when the next intent of these types is due."""
        heads = (self._head(tag) for tag in tags)
        return min((head.due for head in heads if head is not None), default=None)

    def dead(self) -> Iterator[DeadLetter]:
        """Yield the dead letters, in the order of their ids."""
        for id in sorted(id for id, entry in self._entries.items() if entry.state is IntentState.DEAD):
            one = self._entries[id]
            yield DeadLetter(one.workflow_id, one.opened, one.attempt, one.crashes, one.cause, one.problem)

    def is_dead(self, id: IntentId) -> bool:
        """Say whether an intent is a dead letter."""
        entry = self._entries.get(id)
        return entry is not None and entry.state is IntentState.DEAD

    def redrive(self, ids: Collection[IntentId] | None, now: datetime) -> int:
        """Make dead letters ready again; return how many."""
        chosen = [
            entry
            for id, entry in self._entries.items()
            if entry.state is IntentState.DEAD and (ids is None or id in ids)
        ]
        for entry in chosen:
            self._begin_again(entry, now)
        return len(chosen)

    def let_go(self, id: WorkflowId, intent_id: IntentId, state: IntentState, now: datetime) -> bool:
        """Make one intent ready again, if it stands as it is said to."""
        entry = self._entries.get(intent_id)
        if entry is None or entry.workflow_id != id or entry.state is not state:
            return False
        self._begin_again(entry, now)
        return True

    def set_aside(self, id: WorkflowId) -> int:
        """Set aside what a pause holds; return how many."""
        held = [one for one in self._entries.values() if one.workflow_id == id and one.state is IntentState.HELD]
        for entry in held:
            entry.state = IntentState.ASIDE
        return len(held)

    def aside(self, id: WorkflowId) -> Iterator[OpenIntent]:
        """Yield what is set aside of an instance, in the order of the ids."""
        for one in sorted(key for key, entry in self._entries.items() if entry.workflow_id == id):
            if self._entries[one].state is IntentState.ASIDE:
                yield self._entries[one].opened

    def leave(self, id: WorkflowId, now: datetime) -> None:
        """Set aside what nobody carries out yet of an instance that goes elsewhere.

        Args:
            id: The instance.
            now: The present moment; a lease that has ended by then counts no more.
        """
        for one in self._entries.values():
            ended = one.state is IntentState.LEASED and one.due <= now
            waits = one.state in (IntentState.READY, IntentState.HELD)
            if one.workflow_id == id and not one.opened.withdrawn and one.cause is None and (waits or ended):
                one.state = IntentState.ASIDE

    def booked(self, id: WorkflowId) -> Iterator[Booked]:
        """Yield what the books say of the intents of an instance."""
        for one in self._entries.values():
            if one.workflow_id == id:
                yield Booked(one.opened, one.state, one.due, one.attempt, one.crashes, one.cause, one.problem)

    def admit(self, id: WorkflowId, booked: Iterable[Booked], *, paused: bool) -> None:
        """Enter the intents of an instance that comes from another store, as they are said to stand.

        Args:
            id: The instance.
            booked: Its intents.
            paused: Whether it is paused.
        """
        if paused:
            self._paused.add(id)
        for opened, state, due, attempt, crashes, cause, problem in booked:
            entry = self._entries[opened.id] = _Entry(id, opened, due)
            entry.state, entry.attempt, entry.crashes, entry.cause = state, attempt, crashes, cause
            entry.problem = problem
            self._queue(entry)

    def _begin_again(self, entry: _Entry, now: datetime) -> None:
        entry.state = IntentState.HELD if entry.workflow_id in self._paused else IntentState.READY
        entry.due, entry.attempt, entry.crashes, entry.cause = now, 0, 0, None
        self._queue(entry)

    def _taken(self, tag: str, most: int, now: datetime, *, early: bool) -> list[_Due]:
        queue = self._queues.get(tag, [])
        found: list[_Due] = []
        passed: list[_Due] = []
        while len(found) < most and (head := self._head(tag)) is not None and (early or head.due <= now):
            heapq.heappop(queue)
            entry = head.entry
            if self._is_held(entry):
                entry.state = IntentState.HELD
            elif head.due <= now or entry.state is IntentState.READY:
                found.append(head)
            else:
                passed.append(head)
        for one in passed:
            heapq.heappush(queue, one)
        return found

    def _claimed(self, entry: _Entry, until: datetime) -> Claim:
        entry.attempt += 1
        entry.epoch += 1
        entry.crashes += entry.state is IntentState.LEASED and entry.cause is None
        overdue = entry.state is IntentState.LATER
        entry.state, entry.due = IntentState.LEASED, until
        self._queue(entry)
        return Claim(
            entry.workflow_id, entry.opened, entry.attempt, entry.crashes, entry.epoch, until,
            overdue, entry.cause, entry.problem,
        )  # fmt: skip

    def _held(self, claim: Claim) -> _Entry | None:
        entry = self._entries.get(claim.id)
        known = entry is not None and entry.state is IntentState.LEASED and entry.epoch == claim.epoch
        return entry if known else None

    def _is_held(self, entry: _Entry) -> bool:
        """Say whether an intent of a paused instance is to wait for the resumption."""
        runs = entry.state is IntentState.LATER or entry.opened.withdrawn or entry.cause is not None
        return entry.workflow_id in self._paused and not runs

    def _withdraw(self, id: IntentId, opened: OpenIntent) -> None:
        entry = self._entries.get(id)
        if entry is None:
            return
        entry.opened = opened
        kept = entry.state is IntentState.LEASED or (entry.state is IntentState.DEAD and entry.cause is None)
        if entry.cause is not FailureCause.IN_DOUBT:
            entry.cause = None
        if not kept:
            entry.state, entry.due = IntentState.READY, _AT_ONCE
            self._queue(entry)

    def hold(self, id: WorkflowId, open: Collection[IntentId]) -> None:  # noqa: A002  (as the snapshot names them)
        """Let the intents of an instance that is paused wait for its resumption."""
        self._paused.add(id)
        for one in open:
            entry = self._entries.get(one)
            if entry is not None and entry.state is IntentState.READY and self._is_held(entry):
                entry.state = IntentState.HELD

    def _let_go(self, id: WorkflowId, open: Collection[IntentId]) -> None:  # noqa: A002  (as the snapshot names them)
        self._paused.discard(id)
        for one in open:
            entry = self._entries.get(one)
            if entry is not None and entry.state is IntentState.HELD:
                entry.state = IntentState.READY
                self._queue(entry)

    def _queue(self, entry: _Entry) -> None:
        if entry.state in _BECOMES_DUE and entry.due is not NEVER:
            queue = self._queues.setdefault(entry.opened.intent.__tag__, [])
            entry.place = next(self._numbers)
            heapq.heappush(queue, _Due(entry.due, entry.place, entry))

    def _head(self, tag: str) -> _Due | None:
        """Return the first place in a queue that is not out of date."""
        queue = self._queues.get(tag, [])
        while queue:
            due, number, entry = queue[0]
            known = self._entries.get(entry.opened.id) is entry
            if known and (entry.due, entry.place) == (due, number) and entry.state in _BECOMES_DUE:
                return queue[0]
            heapq.heappop(queue)
        return None
