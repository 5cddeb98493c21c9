"""Images: all that a store keeps of one instance, row by row, to be carried to another store.

The rows hold JSON as the bytes that were stored, so that a hash of a state is the same wherever
it goes. What may never be here: how a store keeps a row, or where an image is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar, cast, runtime_checkable

import pydantic_core
from pydantic import BaseModel

from telic.kernel.codec import StoredSnapshot, moment, state_hash
from telic.kernel.errors import DecodeError
from telic.kernel.journal import JournalEntry
from telic.kernel.snapshot import Ancestor, Commit, Meta, Outcome, Snapshot, Status
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId
from telic.runtime.acts import Act

if TYPE_CHECKING:
    from collections.abc import Callable

    from telic.kernel.codec import Codec

__all__ = [
    "ActRow",
    "BookRow",
    "CheckpointRow",
    "EntryRow",
    "Image",
    "KeepsImages",
    "KnownRow",
    "SnapshotRow",
    "WaitingRow",
    "entry_in",
    "intent_ids",
    "journal_in",
    "snapshot_in",
]

S = TypeVar("S", bound=BaseModel)
T = TypeVar("T")

_STATUSES = {str(one): one for one in Status}  # a look-up costs a fifth of Status(...)


class SnapshotRow(NamedTuple):
    """An instance at one revision, without its id."""

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
    root_machine: str | None = None
    root: str | None = None


class EntryRow(NamedTuple):
    """A line of a journal, without its instance."""

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


class CheckpointRow(NamedTuple):
    """A whole instance after one of its lines.

    Attributes:
        row: The instance.
        base: Whether the journal begins with it; 0 or 1.
    """

    row: SnapshotRow
    base: int


class KnownRow(NamedTuple):
    """An event id that somebody gave, and what it has come to where its line was cut."""

    event_id: str
    revision: int
    outcome: str | None = None
    kind: str | None = None
    intents: str | None = None


class BookRow(NamedTuple):
    """An open intent, with what the books say of it; ``state`` is an ``IntentState``."""

    intent_id: str
    tag: str
    version: int
    payload: bytes
    withdrawn: int
    correlated: int
    emitted_us: int
    state: int
    due_us: int
    attempt: int = 0
    crashes: int = 0
    cause: str | None = None
    problem: str | None = None
    trace: str | None = None


class WaitingRow(NamedTuple):
    """What stands beside an open wait and is not declared by the state: what people wrote there."""

    key: str
    since: int
    claimed_by: str | None = None
    assigned_to: str | None = None
    draft: bytes | None = None
    edition: int = 0
    trace: str | None = None


class ActRow(NamedTuple):
    """What somebody did to a row of the instance, without the instance."""

    operation: str
    subject: str
    name: str
    actor: str
    at_us: int
    detail: str


class Image(NamedTuple):
    """All that a store keeps of one instance.

    Attributes:
        instance: As it stands.
        journal: Its lines, oldest first.
        checkpoints: Whole instances after some lines, oldest first.
        known: The event ids that were given.
        intents: What is still to be carried out.
        waits: What stands beside its open waits.
        acts: What was done to its rows.
    """

    instance: SnapshotRow
    journal: tuple[EntryRow, ...]
    checkpoints: tuple[CheckpointRow, ...] = ()
    known: tuple[KnownRow, ...] = ()
    intents: tuple[BookRow, ...] = ()
    waits: tuple[WaitingRow, ...] = ()
    acts: tuple[ActRow, ...] = ()


@runtime_checkable
class KeepsImages(Protocol):
    """A store whose instances can be carried to another store, and from there."""

    async def image(self, id: WorkflowId) -> Image | None:
        """Return all that is kept of an instance, as of one moment; ``None`` where there is none.

        Args:
            id: The instance.

        Raises:
            StoreError: When the store cannot answer.
        """
        ...

    async def install(self, id: WorkflowId, image: Image, act: Act, commit: Commit[BaseModel] | None = None) -> None:
        """Write all of an image as a new instance, with a trace, or nothing of it; hooks are not told.

        Args:
            id: The instance.
            image: What is to be kept. Its intents stand from now on as it says.
            act: The trace.
            commit: A step that is taken at once on the instance of the image, with no intent of its own.

        Raises:
            DecodeError: When today's code cannot read the instance.
            RevisionConflict: When there is an instance with this id.
            StoreError: When nothing was written, or nobody can tell.
        """
        ...

    async def leave(self, act: Act, commit: Commit[BaseModel] | None = None) -> None:
        """Set aside all that nobody carries out yet of an instance, with a trace.

        In one transaction with the step. What is claimed, handed on, withdrawn, given up or a dead
        letter stays as it is; a claim whose lease has ended at the moment of the act is set aside, too.

        Args:
            act: The trace; its instance is meant. One that is known is not kept again.
            commit: The step that halts the instance; none where it stands still already.

        Raises:
            RevisionConflict: When the instance has moved since the step was decided; nothing was done.
            StoreError: When nothing was written, or nobody can tell.
        """
        ...


def snapshot_in(codec: Codec[S], id: WorkflowId, tenant: str, row: SnapshotRow) -> Snapshot[S]:
    """Return the instance that a row holds.

    Args:
        codec: That of its machine.
        id: The instance.
        tenant: Whose it is.
        row: The row.

    Raises:
        DecodeError: When today's code cannot read it.
    """
    revision, kind, version, status, state, rest, key, parent, started_us, at_us, root_machine, root = row
    at = moment(at_us)
    started_at = at if started_us == at_us else moment(started_us)
    above = Ancestor(str(root_machine), WorkflowId(root)) if root is not None else None
    return codec.decode_snapshot(
        StoredSnapshot(kind, version, state, rest),
        meta=Meta(id, tenant, key, started_at, _made(IntentId, parent), above),
        revision=revision,
        status=_STATUSES.get(status) or Status(status),
        at=at,
    )


def entry_in(codec: Codec[S], id: WorkflowId, tenant: str, row: EntryRow, held: SnapshotRow | None) -> JournalEntry:
    """Return the line of a journal that a row holds, with the checkpoint that it carries, if any.

    Args:
        codec: That of its machine.
        id: The instance.
        tenant: Whose it is.
        row: The row.
        held: The checkpoint.

    Raises:
        DecodeError: When today's code cannot read it, or the checkpoint is not that of the line.
    """
    entry = JournalEntry(
        id, row.revision, Outcome(row.outcome), moment(row.at_us),
        codec.decode_event(row.tag, row.version, row.data),
        _made(EventId, row.event_id), _made(IntentId, row.answers), _made(WaitKey, row.wait),
        row.actor, row.first, tuple(pydantic_core.from_json(row.why)) if row.why is not None else (),
        row.kind, intent_ids(row.intents), row.state_hash, row.code,
    )  # fmt: skip
    if held is None:
        return entry
    if state_hash(held.state) != row.state_hash:
        found = f"got {state_hash(held.state).hex()[:8]}; do restore the row"
        line = f"line {row.revision} of instance {id!r}"
        raise DecodeError(held.kind, held.version, f"expected state {row.state_hash.hex()[:8]} of {line}, {found}")
    return entry._replace(checkpoint=cast("Snapshot[BaseModel]", snapshot_in(codec, id, tenant, held)))


def journal_in(codec: Codec[S], id: WorkflowId, tenant: str, image: Image) -> tuple[JournalEntry, ...]:
    """Return the journal that an image holds, each line with its checkpoint, if it has one.

    Args:
        codec: That of its machine.
        id: The instance.
        tenant: Whose it is.
        image: The image.

    Raises:
        DecodeError: When today's code cannot read it, or a checkpoint is not that of its line.
    """
    held = {one.row.revision: one.row for one in image.checkpoints}
    return tuple(entry_in(codec, id, tenant, row, held.get(row.revision)) for row in image.journal)


def intent_ids(intents: str | None) -> tuple[IntentId, ...]:
    """Return the ids that a line of a journal names as its intents."""
    if intents is None:
        return ()
    return tuple(IntentId(one[0]) for one in pydantic_core.from_json(intents))


def _made(make: Callable[[str], T], text: str | None) -> T | None:
    return make(text) if text is not None else None
