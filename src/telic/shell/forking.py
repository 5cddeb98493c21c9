"""Forks: a new instance that begins with what another one has lived through, up to a revision.

The journal is folded with today's code, and each step is taken once more for the new instance,
which thus has a journal of its own; where the first one was cut, it begins with the same
checkpoint. What may never be here: a state that no step has made.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable
from uuid import UUID, uuid4

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.codec import quoted
from telic.kernel.context import Context, derived_event_id, derived_revision
from telic.kernel.draft import NO_INTENT
from telic.kernel.errors import ConfigurationError, DecodeError, RevisionConflict
from telic.kernel.events import Pause, Resume
from telic.kernel.journal import JournalEntry, beginning, folding
from telic.kernel.snapshot import (
    NOTHING_SEEN,
    Commit,
    Delivery,
    Meta,
    OpenIntent,
    Parked,
    Record,
    Snapshot,
    Status,
)
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.runtime.acts import KeepsActs

if TYPE_CHECKING:
    from telic.shell.operators import Operators
    from telic.shell.system import AnyRuntime

__all__ = ["ForkRefused", "Forked", "fork"]


class Forked(NamedTuple):
    """A fork that stands.

    Attributes:
        id: The new instance.
        revision: Up to which record of the first one it goes.
        aside: Its open intents; each is carried out once ``Operators.release`` lets it go.
        stopped: Why it goes no further than that, if more was asked for.
    """

    id: WorkflowId
    revision: int
    aside: tuple[OpenIntent, ...]
    stopped: str = ""


class ForkRefused(NamedTuple):
    """There is no fork; nothing was written.

    Attributes:
        id: The instance that was to be forked.
        why: What stands in the way.
    """

    id: WorkflowId
    why: str


@runtime_checkable
class _Journals(KeepsActs, Protocol):
    async def journal(self, id: WorkflowId) -> tuple[JournalEntry, ...]: ...


class _Plan(NamedTuple):
    """Which fork is asked for."""

    origin: WorkflowId
    asked: int | None
    made: WorkflowId
    event_id: EventId
    actor: str


async def fork(
    operators: Operators,
    machine: str,
    id: WorkflowId,
    revision: int | None = None,
    *,
    operation: str | None = None,
    dry_run: bool = False,
) -> Forked | ForkRefused:
    """Make a new instance of what another one was at a revision.

    Each record up to there is decided once more by today's code, at its own moment and by its
    own actor. The first that comes out differently, and all after it, are left out, and the
    result says so. The new instance has an id of its own, no business key, no parent and no
    root: nobody waits for it, and what it spawns is a family of its own. What its steps draw from
    the context is its own. Where the journal was cut, it takes over the checkpoint. It runs, its
    deadlines fire and its tasks are open; but each open intent is set aside until it is released.

    Args:
        operators: Who acts, and on what.
        machine: The name of the machine.
        id: The instance.
        revision: The last record to take over; all by default.
        operation: Your id for this act; under one there is one fork. A new one by default.
        dry_run: Say what fork there would be, and write nothing.

    Raises:
        ConfigurationError: For a machine that is not in the system, or a store without
            journal or acts.
        StoreError: When the store does not answer.
    """
    runtime = operators.runtime(machine)
    store: object = runtime.store
    if not isinstance(store, _Journals):
        finding = f"expected a store with a journal and acts, got {type(store).__name__}; do use one that keeps them"
        raise ConfigurationError("Operators", (finding,))
    told = EventId(f"telic.operator:{operation or uuid4()}:fork")
    text = b"".join(quoted(part) for part in (machine, id, told))
    made = WorkflowId(str(UUID(bytes=blake2b(text, digest_size=16).digest())))
    plan = _Plan(id, revision, made, told, operators.actor)
    if await runtime.load(made) is None:
        commit = await _commit(runtime, store, plan)
        if isinstance(commit, ForkRefused):
            return commit
        if dry_run:
            return _foreseen(commit, plan)
        with suppress(RevisionConflict):  # the same operation was quicker elsewhere
            await runtime.store.save(commit)
    if not dry_run:
        await _let_run(runtime, store, plan)
    return await _told(runtime, store, plan)


async def _commit(runtime: AnyRuntime, store: _Journals, plan: _Plan) -> Commit[BaseModel] | ForkRefused:
    """Return all that the fork begins with, the pause at its end included."""
    origin = await runtime.load(plan.origin)
    try:
        entries = await store.journal(plan.origin)
    except DecodeError as error:
        return ForkRefused(plan.origin, str(error))
    first, last = (entries[0].revision, entries[-1].revision) if entries else (1, 0)
    asked = last if plan.asked is None else plan.asked
    if origin is None or not first <= asked <= last:
        cut = f", for the records before {first} were cut" if first > 1 else ""
        return ForkRefused(plan.origin, f"expected a revision from {first} to {last}{cut}, got {asked}")
    whole, stopped = _lived(runtime, origin.meta, entries, asked, plan.made)
    if whole is None:
        return ForkRefused(plan.origin, stopped)
    reached = whole.after.revision
    reason = f"{_heading(plan, reached)}{stopped}"
    ctx = Context(runtime.clock.now(), plan.made, origin.meta.tenant, plan.actor)
    halted = advance(runtime.machine, whole.after, Delivery(Pause(reason=reason), plan.event_id), ctx)
    if not isinstance(halted, Commit) or halted.after.status is not Status.PAUSED:
        return ForkRefused(
            plan.origin, f"expected an instance that runs at revision {reached}, got one that is {whole.after.status}"
        )
    return whole.followed_by(halted)


def _lived(
    runtime: AnyRuntime, meta: Meta, entries: Sequence[JournalEntry], asked: int, made: WorkflowId
) -> tuple[Commit[BaseModel] | None, str]:
    """Live through a journal as another instance; return how far that leads, and why not further."""
    whole: Commit[BaseModel] | None = None
    try:
        base = beginning(meta, entries)
        if base is not None:
            whole = _taken_over(entries[0], base, made)
        for commit in folding(runtime.machine, meta, entries):
            if whole is not None and whole.after.revision == asked:
                break
            if commit.after.revision > asked:
                return whole, f"revision {asked} is one of several records of a single step"
            entry = entries[commit.expected + 1 - entries[0].revision]
            delivery = Delivery(entry.event, entry.given_id, _renamed(entry.answers, meta.id, made), entry.wait)
            before = whole.after if whole is not None else None
            step = advance(runtime.machine, before, delivery, Context(entry.at, made, meta.tenant, entry.actor))
            if not isinstance(step, Commit) or _essence(step) != _essence(commit):
                return whole, f"revision {entry.revision} depends on the id of its instance: {step!r}"
            whole = step if whole is None else whole.followed_by(step)
    except Exception as error:  # today's code differs, or is broken: so far and no further  # noqa: BLE001
        return whole, str(error)
    return whole, ""


def _taken_over(entry: JournalEntry, base: Snapshot[BaseModel], made: WorkflowId) -> Commit[BaseModel]:
    """Begin an instance with the checkpoint of another one."""
    id = base.meta.id

    def named(one: OpenIntent) -> OpenIntent:
        return one._replace(id=_moved(one.id, id, made))

    def kept(one: Parked) -> Parked:
        number = derived_revision(id, one.event_id)
        event_id = one.event_id if number is None else derived_event_id(made, number)
        return one._replace(event_id=event_id, answers=named(one.answers) if one.answers is not None else None)

    opened = {one.id: one for one in map(named, base.open.values())}
    after = base._replace(
        meta=Meta(made, base.meta.tenant, started_at=base.meta.started_at),
        open=opened,
        late={one.id: one for one in map(named, base.late.values())},
        parked=tuple(map(kept, base.parked)),
    )
    emitted = [_moved(one, id, made) for one in entry.intent_ids]
    record = Record(
        made, entry.revision, entry.outcome, entry.at, entry.event, entry.given_id, after.state, NO_INTENT,
        tuple(opened[one] for one in emitted if one in opened), _renamed(entry.answers, id, made), entry.wait,
        entry.actor, entry.first, entry.why, after,
    )  # fmt: skip
    seen = {entry.given_id: record.recorded} if entry.given_id is not None else NOTHING_SEEN
    return Commit(None, after._replace(seen=seen), (record,))


def _essence(commit: Commit[BaseModel]) -> list[tuple[str, str]]:
    return [(one.outcome, one.kind) for one in commit.records]


def _renamed(intent_id: IntentId | None, id: WorkflowId, made: WorkflowId) -> IntentId | None:
    return _moved(intent_id, id, made) if intent_id is not None else None


def _moved(intent_id: IntentId, id: WorkflowId, made: WorkflowId) -> IntentId:
    """Return an intent's id as another instance has it at the same place."""
    return IntentId(f"{made}{intent_id[len(id) :]}")


async def _let_run(runtime: AnyRuntime, store: _Journals, plan: _Plan) -> None:
    """Set its intents aside beyond the pause, and end that; twice is as good as once."""
    resumed = EventId(f"{plan.event_id}:resume")
    snapshot = await runtime.store.load(plan.made, (resumed,))
    if snapshot is not None and snapshot.status is Status.PAUSED and resumed not in snapshot.seen:
        await store.set_aside(plan.made)
        await runtime.run_step(plan.made, Resume(), event_id=resumed, actor=plan.actor)


def _foreseen(commit: Commit[BaseModel], plan: _Plan) -> Forked:
    """Return what would be said of a fork that is not saved."""
    reached, last = commit.after.revision - 1, commit.records[-1].event
    assert isinstance(last, Pause)  # see ``_commit``
    aside = sorted((one for one in commit.after.open.values() if not one.withdrawn), key=lambda one: one.id)
    return Forked(plan.made, reached, tuple(aside), last.reason.removeprefix(_heading(plan, reached)))


async def _told(runtime: AnyRuntime, store: _Journals, plan: _Plan) -> Forked:
    """Return what the journal of the fork says of it, whoever has made it."""
    aside = await store.aside(plan.made)
    snapshot = await runtime.store.load(plan.made, (plan.event_id,))
    assert snapshot is not None  # it was saved just now, or stood there before
    reached = snapshot.seen[plan.event_id].revision - 1
    for entry in await store.journal(plan.made):
        if entry.given_id == plan.event_id and isinstance(entry.event, Pause):
            return Forked(plan.made, reached, aside, entry.event.reason.removeprefix(_heading(plan, reached)))
    return Forked(plan.made, reached, aside, "the record that says why not further was cut")


def _heading(plan: _Plan, revision: int) -> str:
    return f"fork of {plan.origin} at revision {revision}. "
