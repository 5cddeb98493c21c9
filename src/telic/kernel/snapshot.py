"""What is stored: snapshots, records and commits, as plain immutable values.

A snapshot is one instance at one revision. A commit is all that one step changes; a store
saves it whole or not at all. What may never be here: a rule; rules stand in ``advance``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from telic.kernel.context import derived_event_id
from telic.kernel.events import Event, Fact
from telic.kernel.intents import Emission, Intent
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId
from telic.kernel.verdicts import Reason
from telic.kernel.waits import HumanTask, Wait

__all__ = [
    "Ancestor",
    "Begin",
    "Commit",
    "Delivery",
    "Meta",
    "OpenIntent",
    "OpenWait",
    "Outcome",
    "Parked",
    "Record",
    "Recorded",
    "Snapshot",
    "Status",
]

S = TypeVar("S", bound=BaseModel)
S_co = TypeVar("S_co", bound=BaseModel, covariant=True)


class Status(StrEnum):
    """Where an instance stands as a whole."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"


class Outcome(StrEnum):
    """What one record of the journal says about its event."""

    STARTED = "started"
    STEPPED = "stepped"
    IGNORED = "ignored"
    DEFERRED = "deferred"
    UNPLACED = "unplaced"
    REJECTED = "rejected"


class Begin(Generic[S_co]):
    """The event of an instance that was started with a state: ``runtime.start(id, state)``.

    Attributes:
        state: The first state.
    """

    __slots__ = ("state",)

    def __init__(self, state: S_co) -> None:
        """Keep the first state."""
        self.state = state

    def __repr__(self) -> str:
        """Return the event as the call that makes it."""
        return f"Begin({self.state!r})"

    def __eq__(self, other: object) -> bool:
        """Compare by state."""
        return isinstance(other, Begin) and self.state == other.state

    def __hash__(self) -> int:
        """Hash by state."""
        return hash((Begin, self.state))


class Ancestor(NamedTuple):
    """An instance among those of all machines: ids are unique within a machine only.

    Attributes:
        machine: The name of its machine.
        id: Its id.
    """

    machine: str
    id: WorkflowId


class Delivery(NamedTuple):
    """One event on its way to an instance.

    Attributes:
        event: The command or fact.
        event_id: The caller's id for it; the same id is applied at most once.
        answers: The open intent that a fact answers.
        wait: The declared wait that a fact comes from, or the task that a command completes.
        key: The business key of an instance that this starts.
        parent: The parent's intent that spawned the instance that this starts.
        root: The instance at the top of the family that it belongs to, where there is a parent.
    """

    event: Event | Begin[BaseModel]
    event_id: EventId | None = None
    answers: IntentId | None = None
    wait: WaitKey | None = None
    key: str | None = None
    parent: IntentId | None = None
    root: Ancestor | None = None


class OpenIntent(NamedTuple):
    """An intent that is not yet accounted for.

    Attributes:
        id: Workflow, revision and position; the idempotency key.
        intent: What is to be done.
        withdrawn: It was taken back, and may still answer.
        correlated: Its answers must carry its typed ids: more than one of its type is open.
    """

    id: IntentId
    intent: Intent[Fact]
    withdrawn: bool = False
    correlated: bool = False


class OpenWait(NamedTuple):
    """A wait that the state declares, and since when.

    Attributes:
        key: Its name within the state; parts prefix their path.
        wait: What the state declares now.
        since: The revision that opened it.
        opened_at: The moment of that revision.
        fired: The moment that a deadline has already fired for, if it has.
        reminded: The moments at which somebody was reminded of a task since it was opened.
    """

    key: WaitKey
    wait: Wait
    since: int
    opened_at: datetime
    fired: datetime | None = None
    reminded: tuple[datetime, ...] = ()

    @property
    def next_reminder(self) -> datetime | None:
        """When to remind somebody of a task next; nothing where that is done, or never was asked for."""
        if not isinstance(self.wait, HumanTask) or not self.wait.remind:
            return None
        return next((one for one in self.wait.reminders if one not in self.reminded), None)


class Parked(NamedTuple):
    """An event that is kept with the instance: deferred, or unplaced.

    Attributes:
        event: The event.
        event_id: Its id.
        first: The revision that recorded it first.
        outcome: ``DEFERRED`` or ``UNPLACED``.
        answers: The intent that it answers, if it answers one.
        wait: The wait that it came from, if it came from one.
        actor: Who sent it.
    """

    event: Event
    event_id: EventId
    first: int
    outcome: Outcome
    answers: OpenIntent | None = None
    wait: WaitKey | None = None
    actor: str = ""


class Recorded(NamedTuple):
    """What the journal knows of an event id: the result of its first delivery."""

    outcome: Outcome
    revision: int
    kind: str
    intent_ids: tuple[IntentId, ...] = ()


class Meta(NamedTuple):
    """What never changes about an instance.

    Attributes:
        id: Its id.
        tenant: Whose it is; empty when there are no tenants.
        key: Its business key, if it was started under one.
        started_at: The moment of its first record.
        parent: The intent of the parent that spawned it, if one did.
        root: The instance at the top of its family; ``None`` for one that nobody has spawned.
    """

    id: WorkflowId
    tenant: str = ""
    key: str | None = None
    started_at: datetime | None = None
    parent: IntentId | None = None
    root: Ancestor | None = None


NOTHING_OPEN: Mapping[IntentId, OpenIntent] = MappingProxyType({})
NOTHING_SEEN: Mapping[EventId, Recorded] = MappingProxyType({})


class Snapshot(NamedTuple, Generic[S]):
    """One instance at one revision.

    Attributes:
        meta: What never changes about it.
        revision: How many records its journal has come to.
        state: Its state.
        status: Where it stands as a whole.
        at: The moment of the last record.
        open: The open intents by id, in the order of their emission.
        late: Intents whose failure was taken and whose success may still arrive, by id.
        waits: What the state is open to.
        parked: Deferred and unplaced events, oldest first.
        paused_for: The reason that was given for the pause that it is in; empty without one.
        seen: The records of the event ids that this load asked for; never stored.
    """

    meta: Meta
    revision: int
    state: S
    status: Status
    at: datetime
    open: Mapping[IntentId, OpenIntent] = NOTHING_OPEN
    late: Mapping[IntentId, OpenIntent] = NOTHING_OPEN
    waits: tuple[OpenWait, ...] = ()
    parked: tuple[Parked, ...] = ()
    paused_for: str = ""
    seen: Mapping[EventId, Recorded] = NOTHING_SEEN

    @property
    def id(self) -> WorkflowId:
        """The id of the instance."""
        return self.meta.id

    @property
    def deferred(self) -> tuple[Parked, ...]:
        """The events that wait for a change of state, oldest first."""
        return tuple(one for one in self.parked if one.outcome is Outcome.DEFERRED)

    @property
    def unplaced(self) -> tuple[Parked, ...]:
        """The facts that were asked for and that no state has taken, oldest first."""
        return tuple(one for one in self.parked if one.outcome is Outcome.UNPLACED)


class Record(NamedTuple, Generic[S]):
    """One line of the journal: an event and what came of it.

    Attributes:
        revision: Its number, from 1 without gaps.
        outcome: What came of the event.
        at: The moment of the step.
        event: The event.
        given_id: The id that the caller gave to the event, if any.
        state: The state after it.
        emission: What the transition emitted, as it returned it.
        emitted: The intents that it opened, with their ids.
        answers: The intent that the event answered, if it answered one.
        wait: The wait that it came from, if it came from one.
        actor: Who sent it.
        first: The record in which the event was first kept, if it was kept before.
        why: Why it was ignored or rejected.
        checkpoint: The whole instance after it, for a record before which a journal may be cut.
        workflow_id: The instance.
        trace: The span that the step was taken in, as whoever traces writes it; kept beside the
            intents and waits that the record opens, and no part of the journal.
    """

    workflow_id: WorkflowId
    revision: int
    outcome: Outcome
    at: datetime
    event: Event | Begin[S]
    given_id: EventId | None
    state: S
    emission: Emission
    emitted: tuple[OpenIntent, ...] = ()
    answers: IntentId | None = None
    wait: WaitKey | None = None
    actor: str = ""
    first: int | None = None
    why: tuple[Reason, ...] = ()
    checkpoint: Snapshot[S] | None = None
    trace: str = ""

    @property
    def event_id(self) -> EventId:
        """The id of the event; derived from the record where the caller gave none."""
        return self.given_id or derived_event_id(self.workflow_id, self.revision)

    @property
    def kind(self) -> str:
        """The stored name of the state after the record."""
        return str(getattr(self.state, "kind", type(self.state).__name__))

    @property
    def recorded(self) -> Recorded:
        """What a second delivery of this event is told."""
        return Recorded(self.outcome, self.revision, self.kind, tuple(one.id for one in self.emitted))


class Commit(NamedTuple, Generic[S]):
    """All that one step changes, or several steps in a row; saved whole or not at all.

    Attributes:
        before: What the decision was based on; ``None`` at the start of an instance.
        after: The instance as it is to be stored.
        records: The new lines of its journal, at least one.
    """

    before: Snapshot[S] | None
    after: Snapshot[S]
    records: tuple[Record[S], ...]

    @property
    def id(self) -> WorkflowId:
        """The id of the instance."""
        return self.after.meta.id

    @property
    def expected(self) -> int:
        """The revision that the store must still hold; 0 when there must be no instance."""
        return self.before.revision if self.before is not None else 0

    @property
    def opened(self) -> tuple[OpenIntent, ...]:
        """The intents that were not open before and are now: new rows of an outbox."""
        known = self.before.open if self.before is not None else NOTHING_OPEN
        return tuple(one for key, one in self.after.open.items() if key not in known)

    @property
    def closed(self) -> tuple[IntentId, ...]:
        """The intents that were open before and are no more: rows to delete."""
        known = self.before.open if self.before is not None else NOTHING_OPEN
        return tuple(key for key in known if key not in self.after.open)

    @property
    def done(self) -> tuple[IntentId, ...]:
        """The intents that nobody has to carry out any more.

        The closed ones, and those whose answer is kept as unplaced: they stay open until
        the answer is placed, and must not run again.
        """
        known = self.before.open if self.before is not None else NOTHING_OPEN
        kept = (one.answers for one in self.records if one.outcome is Outcome.UNPLACED and one.answers is not None)
        return self.closed + tuple(key for key in kept if key in known and key in self.after.open)

    @property
    def withdrawn(self) -> tuple[IntentId, ...]:
        """The intents that were open before and are withdrawn since."""
        known = self.before.open if self.before is not None else NOTHING_OPEN
        return tuple(
            key for key, one in self.after.open.items() if one.withdrawn and key in known and not known[key].withdrawn
        )

    @property
    def waits_changed(self) -> bool:
        """Whether the rows derived from waits differ from before."""
        return self.after.waits is not (self.before.waits if self.before is not None else ())

    def followed_by(self, later: Commit[S]) -> Commit[S]:
        """Return one commit that does what this one and then the later one do."""
        return Commit(self.before, later.after, self.records + later.records)
