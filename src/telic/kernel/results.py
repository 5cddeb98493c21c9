"""What a step comes to, as values: everything that is expected is a result.

The results that write something carry the record; the refusals say what was expected and
write nothing. What may never be here: an exception.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from pydantic import BaseModel

from telic.kernel.intents import Emission
from telic.kernel.snapshot import OpenIntent, Record, Recorded, Snapshot, Status
from telic.kernel.values import EventId, Value, WaitKey, WorkflowId
from telic.kernel.verdicts import Reason

__all__ = [
    "Conflict",
    "Deferred",
    "Duplicate",
    "Ended",
    "Ignored",
    "Invalid",
    "NoOpenTask",
    "NotAccepted",
    "NotFound",
    "Paused",
    "Refusal",
    "Rejected",
    "ResultKind",
    "Started",
    "Stepped",
    "TaskNotNamed",
    "TooManyDeferred",
    "Unasked",
    "Unplaced",
    "Written",
    "stepped",
]

S = TypeVar("S", bound=BaseModel)

_new = object.__new__


class ResultKind(StrEnum):
    """The discriminator of the results."""

    STARTED = "started"
    STEPPED = "stepped"
    IGNORED = "ignored"
    DEFERRED = "deferred"
    UNPLACED = "unplaced"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    UNASKED = "unasked"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    ENDED = "ended"


class Written(Generic[S]):
    """A result that has written a record; base of the first five.

    A class with slots and no named tuple: mypy keeps the type of the state through
    ``isinstance`` and ``match`` only for a class.
    """

    __slots__ = ("_followed", "_record", "_snapshot")

    def __init__(self, record: Record[S], snapshot: Snapshot[S], followed: tuple[Record[S], ...] = ()) -> None:
        """Keep what was written."""
        self._record = record
        self._snapshot = snapshot
        self._followed = followed

    @property
    def record(self) -> Record[S]:
        """The line of the journal."""
        return self._record

    @property
    def snapshot(self) -> Snapshot[S]:
        """The instance after the step."""
        return self._snapshot

    @property
    def followed(self) -> tuple[Record[S], ...]:
        """The records of deferred events that were taken in the same step."""
        return self._followed

    @property
    def id(self) -> WorkflowId:
        """The instance."""
        return self._snapshot.meta.id

    @property
    def state(self) -> S:
        """The state after the step."""
        return self._snapshot.state

    @property
    def revision(self) -> int:
        """The number of the record."""
        return self._record.revision

    @property
    def intent(self) -> Emission:
        """What the transition returned beside the state."""
        return self._record.emission

    @property
    def intents(self) -> tuple[OpenIntent, ...]:
        """The intents that the step opened, with their ids."""
        return self._record.emitted

    def __eq__(self, other: object) -> bool:
        """Compare by what was written."""
        return (
            isinstance(other, Written)
            and type(self) is type(other)
            and (self._record, self._snapshot, self._followed) == (other._record, other._snapshot, other._followed)
        )

    def __hash__(self) -> int:
        """Hash by instance and record, which name what was written."""
        return hash((type(self), self._record.workflow_id, self._record.revision))

    def __repr__(self) -> str:
        """Return instance, revision and state."""
        return f"{type(self).__name__}(id={self.id!r}, revision={self.revision}, state={self.state!r})"


class Started(Written[S]):
    """The instance began."""

    __slots__ = ()
    kind: ClassVar[Literal[ResultKind.STARTED]] = ResultKind.STARTED


class Stepped(Written[S]):
    """The event was applied."""

    __slots__ = ()
    kind: ClassVar[Literal[ResultKind.STEPPED]] = ResultKind.STEPPED


def stepped(record: Record[S], snapshot: Snapshot[S]) -> Stepped[S]:
    """Return ``Stepped(record, snapshot)``, at half of its cost.

    Args:
        record: The line of the journal; no other was written.
        snapshot: The instance after the step.
    """
    result: Stepped[S] = _new(Stepped)
    result._record, result._snapshot, result._followed = record, snapshot, ()  # noqa: SLF001  (its own module)
    return result


class Ignored(Written[S]):
    """The event was recorded, on purpose without effect."""

    __slots__ = ()
    kind: ClassVar[Literal[ResultKind.IGNORED]] = ResultKind.IGNORED

    @property
    def why(self) -> Reason:
        """The reason."""
        return self._record.why[0]


class Deferred(Written[S]):
    """The event was recorded and is kept until the state changes."""

    __slots__ = ()
    kind: ClassVar[Literal[ResultKind.DEFERRED]] = ResultKind.DEFERRED


class Unplaced(Written[S]):
    """The fact was asked for, and no transition takes it now: recorded, kept, shown."""

    __slots__ = ()
    kind: ClassVar[Literal[ResultKind.UNPLACED]] = ResultKind.UNPLACED


class Rejected(NamedTuple):
    """The command was refused; nothing was written.

    Attributes:
        id: The instance.
        reasons: Why: texts or typed models.
    """

    id: WorkflowId
    reasons: tuple[Reason, ...]
    kind: Literal[ResultKind.REJECTED] = ResultKind.REJECTED


class Duplicate(NamedTuple):
    """The event id is known; nothing was written.

    Attributes:
        id: The instance.
        event_id: The id that was sent before.
        recorded: What came of it then.
    """

    id: WorkflowId
    event_id: EventId
    recorded: Recorded
    kind: Literal[ResultKind.DUPLICATE] = ResultKind.DUPLICATE


class Unasked(NamedTuple):
    """Nobody asked for this fact; nothing was written, the caller keeps it.

    Attributes:
        id: The instance.
        why: What would have been an asked-for fact.
    """

    id: WorkflowId
    why: str
    kind: Literal[ResultKind.UNASKED] = ResultKind.UNASKED


class Invalid(NamedTuple):
    """What was sent is no event of this machine; nothing was written.

    Attributes:
        id: The instance.
        errors: What was expected and what was found, one line each.
    """

    id: WorkflowId
    errors: tuple[str, ...]
    kind: Literal[ResultKind.INVALID] = ResultKind.INVALID


class NotFound(NamedTuple):
    """There is no such instance, and the event starts none; nothing was written.

    Attributes:
        id: The instance.
        starts: The names of the events that would start one.
    """

    id: WorkflowId
    starts: tuple[str, ...] = ()
    kind: Literal[ResultKind.NOT_FOUND] = ResultKind.NOT_FOUND


class Conflict(NamedTuple):
    """The instance is not at the revision that the caller named; nothing was written.

    Attributes:
        id: The instance.
        expected: The revision that the caller named, if any.
        found: The revision that the store holds, if it is known.
    """

    id: WorkflowId
    expected: int | None
    found: int | None
    kind: Literal[ResultKind.CONFLICT] = ResultKind.CONFLICT


class Ended(NamedTuple):
    """The instance has ended, so it takes no command; nothing was written.

    Attributes:
        id: The instance.
        status: How it ended.
    """

    id: WorkflowId
    status: Status
    kind: Literal[ResultKind.ENDED] = ResultKind.ENDED


Refusal: TypeAlias = Rejected | Duplicate | Unasked | Invalid | NotFound | Conflict | Ended


class NotAccepted(Value):
    """The state has no transition for the command.

    Attributes:
        command: The name of the command.
        state: The name of the state's class.
        accepts: The names of the commands that it takes.
    """

    command: str
    state: str
    accepts: tuple[str, ...]

    def __str__(self) -> str:
        """Return the sentence."""
        return f"expected one of {', '.join(self.accepts) or 'no command'} in {self.state}, got {self.command}"


class Paused(Value):
    """The instance is paused.

    Attributes:
        reason: Why, as it was said with the pause; empty where nothing was said.
    """

    reason: str = ""

    def __str__(self) -> str:
        """Return the sentence."""
        return f"expected a running instance, got one that is paused{': ' + self.reason if self.reason else ''}"


class NoOpenTask(Value):
    """The command answers a human task, and no such task is open."""

    command: str
    task: WaitKey | None = None

    def __str__(self) -> str:
        """Return the sentence."""
        named = f" under key {self.task!s}" if self.task else ""
        return f"expected an open task that asks for {self.command}{named}, got none"


class TaskNotNamed(Value):
    """Several open tasks ask for the command, and the caller named none of them."""

    command: str
    tasks: tuple[WaitKey, ...]

    def __str__(self) -> str:
        """Return the sentence."""
        return f"expected wait= naming one of {', '.join(self.tasks)} for {self.command}, got none"


class TooManyDeferred(Value):
    """The instance keeps as many deferred commands as its machine allows."""

    limit: int

    def __str__(self) -> str:
        """Return the sentence."""
        return f"expected at most {self.limit} deferred commands, got one more"
