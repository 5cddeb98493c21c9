"""Exports: instances of a store as archives, read only, or taken out of service here.

An instance is read at one moment. One that moves is halted first: its intents are set aside in the
transaction of its pause, so that only one of two stores can carry them out. What may never be
here: the end of an instance; whoever moves one ends it here once it stands there.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple, cast

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.codec import microseconds
from telic.kernel.context import Context
from telic.kernel.errors import ConfigurationError, RevisionConflict, StoreError
from telic.kernel.events import Pause
from telic.kernel.snapshot import Commit, Delivery, Snapshot, Status
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.acts import Act
from telic.runtime.claims import IntentState
from telic.runtime.images import Image, KeepsImages
from telic.runtime.queries import Query
from telic.shell.acted import Acted, Effect
from telic.shell.archives import Archived
from telic.shell.choosing import Which, chosen

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime

__all__ = ["Departure", "Exported", "exported", "halted", "images_of"]

_TRIES = 10  # somebody else takes a step in between


class Exported(NamedTuple):
    """What came of the export of one instance.

    Attributes:
        act: The instance, and what came of it.
        archived: All of it, unless it was refused or only tried.
    """

    act: Acted
    archived: Archived | None = None


class Departure(NamedTuple):
    """Where instances go, and who sends them there.

    Attributes:
        to: Where to; kept in the journal.
        actor: Who acts.
        operation: Their id for this act.
    """

    to: str
    actor: str
    operation: str


def images_of(runtime: AnyRuntime) -> KeepsImages:
    """Return the store of a runtime as one whose instances can be carried to another one.

    Raises:
        ConfigurationError: When they cannot.
    """
    store: object = runtime.store
    if isinstance(store, KeepsImages):
        return store
    text = f"expected a store with images, got {type(store).__name__}; do use one with the methods of KeepsImages"
    raise ConfigurationError("export", (text,))


async def exported(
    runtime: AnyRuntime,
    which: Which = Query(),  # noqa: B008  (immutable)
    departure: Departure | None = None,
    *,
    dry_run: bool = False,
) -> AsyncGenerator[Exported, None]:
    """Read instances one by one, each when its turn comes; under a departure they are halted first.

    Args:
        runtime: Their machine and store.
        which: An id, ids, or a query; all by default.
        departure: Where they go; without one nothing is changed.
        dry_run: Say what would happen, and change nothing.

    Raises:
        ConfigurationError: For a store without images.
        StoreError: While iterating, when the store does not answer.
    """
    store = images_of(runtime)
    async with aclosing(chosen(runtime, which)) as ids:
        async for id in ids:
            try:
                yield await _one(runtime, store, id, departure, dry_run=dry_run)
            except StoreError:
                raise
            except Exception as error:  # this instance is to be looked at; the others go on  # noqa: BLE001
                yield Exported(Acted(id, Effect.FAILED, f"{type(error).__name__}: {error}"))


async def halted(runtime: AnyRuntime, which: Which, departure: Departure) -> AsyncGenerator[WorkflowId, None]:
    """Halt instances that are exported afterwards, as far as they can be halted now; yield each.

    Of a family, no one may take a step for another one that is exported already: its end would come to a
    parent that has left. So all are halted before the first is read.

    Args:
        runtime: Their machine and store.
        which: An id, ids, or a query.
        departure: Where they go.

    Raises:
        ConfigurationError: For a store without images.
        StoreError: While iterating, when the store does not answer.
    """
    store = images_of(runtime)
    async with aclosing(chosen(runtime, which)) as ids:
        async for id in ids:
            try:
                await _halted_if_still(runtime, store, id, departure)
            except StoreError:
                raise
            except Exception:  # the export says what is wrong with it  # noqa: BLE001, S110
                pass
            yield id


async def _halted_if_still(runtime: AnyRuntime, store: KeepsImages, id: WorkflowId, departure: Departure) -> None:
    image = await store.image(id)
    if image is not None and _runs(runtime, image) is None:
        await _halted(runtime, store, id, departure)


async def _one(
    runtime: AnyRuntime, store: KeepsImages, id: WorkflowId, departure: Departure | None, *, dry_run: bool
) -> Exported:
    image = await store.image(id)
    if image is None:
        return _refused(id, f"expected an instance, got the id {id!s}, which is none")
    if departure is not None:
        why = _runs(runtime, image) or (await _foreseen(runtime, id, departure) if dry_run else None)
        if why is None and not dry_run:
            why = await _halted(runtime, store, id, departure)
            image = await store.image(id)
        if why is not None or image is None:
            return _refused(id, why or "expected an instance, got one that was deleted meanwhile")
        if not dry_run and image.instance.status == Status.RUNNING:
            return _refused(id, "expected an instance that stays halted, got one that was resumed meanwhile")
        why = _runs(runtime, image)  # somebody has claimed one in between; it is halted, and comes with the next try
        if why is not None:
            return _refused(id, why)
    if dry_run:
        return Exported(Acted(id, Effect.WOULD))
    tenant = str(getattr(store, "tenant", ""))
    return Exported(Acted(id, Effect.DONE), Archived(runtime.machine.name, tenant, id, image))


def _refused(id: WorkflowId, why: str) -> Exported:
    return Exported(Acted(id, Effect.REFUSED, why))


def _runs(runtime: AnyRuntime, image: Image) -> str | None:
    """Return why an instance cannot leave yet: its answers would come here."""
    now_us = microseconds(runtime.clock.now())
    running = [one.intent_id for one in image.intents if one.state == IntentState.LEASED and one.due_us > now_us]
    if not running:
        return None
    return f"expected no intent that is being carried out, got {', '.join(running)}; do export it again in a moment"


async def _foreseen(runtime: AnyRuntime, id: WorkflowId, departure: Departure) -> str | None:
    snapshot = await runtime.load(id)
    if snapshot is None or snapshot.status is not Status.RUNNING:
        return None
    halted = _halting(runtime, snapshot, departure)
    return None if isinstance(halted, Commit) else halted


async def _halted(runtime: AnyRuntime, store: KeepsImages, id: WorkflowId, departure: Departure) -> str | None:
    """Halt an instance, and set its intents aside in the same transaction; return why it cannot be."""
    to, actor, operation = departure
    event_id = EventId(f"telic.operator:{operation}:move")
    act = Act(id, event_id, str(id), "move", actor, runtime.clock.now(), to)
    for _ in range(_TRIES):
        snapshot = await runtime.store.load(id, (event_id,))
        if snapshot is None:
            return "expected an instance, got one that was deleted meanwhile"
        step = _halting(runtime, snapshot, departure) if snapshot.status is Status.RUNNING else None
        if isinstance(step, str):
            return step
        try:
            await store.leave(act, step)
        except RevisionConflict:
            continue
        return None
    return "expected an instance that can be halted, got one that others move all the time; do pause it first"


def _halting(runtime: AnyRuntime, snapshot: Snapshot[BaseModel], departure: Departure) -> Commit[BaseModel] | str:
    to, actor, operation = departure
    # One that was moved under this id before, and resumed, is halted again.
    event_id = EventId(f"telic.operator:{operation}:move")
    given = None if event_id in snapshot.seen else event_id
    ctx = Context(runtime.clock.now(), snapshot.id, snapshot.meta.tenant, actor)
    step = advance(runtime.machine, snapshot, Delivery(Pause(reason=f"moved to {to}"), given), ctx)
    if isinstance(step, Commit) and step.after.status is Status.PAUSED:
        return cast("Commit[BaseModel]", step)
    return f"expected an instance that can be paused, got one in state {type(snapshot.state).__name__}: {step!r}"
