"""Imports: instances of another store, each checked, and written whole or not at all.

One that runs arrives paused, in the same transaction; and each intent that somebody would carry
out arrives set aside, until ``Operators.release`` lets it go. What may never be here: an instance
that is put over another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.codec import state_hash
from telic.kernel.context import Context
from telic.kernel.errors import ConfigurationError, JournalDiverged, RevisionConflict, StoreError
from telic.kernel.events import Pause
from telic.kernel.journal import JournalEntry, fold
from telic.kernel.machine import AnyMachine
from telic.kernel.snapshot import Commit, Delivery, Meta, Snapshot, Status
from telic.kernel.values import EventId
from telic.runtime.acts import Act
from telic.runtime.claims import IntentState
from telic.runtime.images import BookRow, EntryRow, Image, KeepsImages, journal_in, snapshot_in
from telic.shell.acted import Acted, Effect
from telic.shell.archives import Archived
from telic.shell.halting import images_of

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime

__all__ = ["Arrival", "Check", "folded", "imported", "seen_from"]

Check: TypeAlias = "Callable[[AnyMachine, Meta, Sequence[JournalEntry]], Snapshot[BaseModel] | str | None]"
"""Takes a journal once more; returns where it leads, what is wrong with it, or nothing when it does not look."""

_SET_ASIDE = frozenset({IntentState.READY, IntentState.LEASED, IntentState.HELD})


class Arrival(NamedTuple):
    """Where instances come from, and who lets them in.

    Attributes:
        origin: Where from; kept in the journal.
        actor: Who acts.
        operation: Their id for this act.
        check: What looks at the journal of each.
    """

    origin: str
    actor: str
    operation: str
    check: Check


class _Refused(Exception):
    """An instance that is not to be written."""


def folded(machine: AnyMachine, meta: Meta, entries: Sequence[JournalEntry]) -> Snapshot[BaseModel] | str:
    """Take a journal once more with today's code, which has to come to the very same states.

    Args:
        machine: The machine.
        meta: What never changes about the instance.
        entries: The lines.
    """
    try:
        return cast("Snapshot[BaseModel]", fold(machine, meta, entries))
    except JournalDiverged as error:
        return str(error)


def seen_from(runtime: AnyRuntime, tenant: str) -> AnyRuntime:
    """Return a runtime with its store seen from a tenant.

    Args:
        runtime: The runtime.
        tenant: Whose instances.

    Raises:
        ConfigurationError: For a store that cannot be seen from another tenant.
    """
    store: object = runtime.store
    if getattr(store, "tenant", "") == tenant:
        return runtime
    within = getattr(store, "within", None)
    if within is None:
        text = f"expected a store that can be seen from tenant {tenant!r}, got {type(store).__name__}"
        raise ConfigurationError("import", (f"{text}; do use one with within(tenant=)",))
    return runtime.through(within(tenant=tenant))


async def imported(runtime: AnyRuntime, archived: Archived, arrival: Arrival, *, dry_run: bool = False) -> Acted:
    """Write an instance of another store, unless it is here already.

    Args:
        runtime: Its machine, and the store to write to, seen from its tenant.
        archived: The instance.
        arrival: Where it comes from.
        dry_run: Say what would happen, and change nothing.

    Raises:
        ConfigurationError: For a store without images.
        StoreError: When the store does not answer.
    """
    store = images_of(runtime)
    try:
        snapshot = _checked(runtime, store, archived, arrival)
        if await _is_here(store, archived):
            return Acted(archived.id, Effect.ALREADY)
        step = _halted(runtime, snapshot, arrival)
        if dry_run:
            return Acted(archived.id, Effect.WOULD)
        return await _written(runtime, store, archived, arrival, step)
    except StoreError:
        raise
    except _Refused as refused:
        return Acted(archived.id, Effect.REFUSED, str(refused))
    except Exception as error:  # this instance is to be looked at; the others go on  # noqa: BLE001
        return Acted(archived.id, Effect.FAILED, f"{type(error).__name__}: {error}")


async def _written(
    runtime: AnyRuntime, store: KeepsImages, archived: Archived, arrival: Arrival, step: Commit[BaseModel] | None
) -> Acted:
    id, operation = archived.id, EventId(f"telic.operator:{arrival.operation}:import")
    act = Act(id, operation, str(id), "import", arrival.actor, runtime.clock.now(), arrival.origin)
    try:
        await store.install(id, _set_aside(archived.image), act, step)
    except RevisionConflict:
        if await _is_here(store, archived):  # somebody else was quicker
            return Acted(id, Effect.ALREADY)
        raise
    return Acted(id, Effect.DONE)


def _checked(runtime: AnyRuntime, store: KeepsImages, archived: Archived, arrival: Arrival) -> Snapshot[BaseModel]:
    """Return the instance, if it is what its journal leads to."""
    machine, (_, _, id, image) = runtime.machine, archived
    tenant = str(getattr(store, "tenant", ""))
    snapshot = cast("Snapshot[BaseModel]", snapshot_in(machine.codec, id, tenant, image.instance))
    _whole(image)
    _asked(machine, snapshot, image)
    # Steps were taken for the tenant of old, which code may have looked at.
    entries = journal_in(machine.codec, id, archived.tenant, image)
    led = arrival.check(machine, snapshot.meta._replace(tenant=archived.tenant), entries)
    if isinstance(led, str):
        raise _Refused(f"expected a journal that today's code follows, got another one: {led}")
    if led is not None and _essence(led) != _essence(snapshot):
        raise _Refused(f"expected what its journal leads to, {_essence(led)}, got {_essence(snapshot)}")
    return snapshot


def _whole(image: Image) -> None:
    """Hold an image to have all its lines, and the state of the last one."""
    lines = [one.revision for one in image.journal]
    last = image.instance.revision
    if not lines or lines != list(range(lines[0], last + 1)):
        raise _Refused(f"expected all lines up to revision {last}, got {len(lines)} of them")
    found, told = state_hash(image.instance.state).hex()[:8], image.journal[-1].state_hash.hex()[:8]
    if found != told:
        raise _Refused(f"expected state {told} of line {last}, got {found}; do export it once more")


def _asked(machine: AnyMachine, snapshot: Snapshot[BaseModel], image: Image) -> None:
    """Hold an image to have a row for each open intent, which asks for the very same."""
    rows = {one.intent_id: one for one in image.intents}
    for id, opened in snapshot.open.items():
        row = rows.get(id)
        if row is None:
            raise _Refused(f"expected the row of open intent {id}, got none; do export it once more")
        if machine.codec.decode_intent(row.tag, row.version, row.payload) != opened.intent:
            raise _Refused(f"expected what open intent {id} asks for, got a row that asks for something else")


def _essence(snapshot: Snapshot[BaseModel]) -> tuple[object, ...]:
    return (
        snapshot.revision, str(snapshot.status), [str(one) for one in snapshot.open],
        [str(one.key) for one in snapshot.waits], [str(one.event_id) for one in snapshot.parked],
    )  # fmt: skip


async def _is_here(store: KeepsImages, archived: Archived) -> bool:
    """Say whether an instance is here already; it may have gone on since."""
    here = await store.image(archived.id)
    if here is None:
        return False
    known = {one.revision: _line(one) for one in here.journal}
    first, last = here.journal[0].revision, archived.image.instance.revision
    other = next(
        (
            one.revision
            for one in archived.image.journal
            if one.revision >= first and known.get(one.revision) != _line(one)
        ),
        None if last >= first else last,
    )
    if other is None:
        return True
    raise _Refused(
        f"expected no instance of this id, or the same one, got one at revision {here.instance.revision} "
        f"that is another one at revision {other}"
    )


def _line(row: EntryRow) -> tuple[object, ...]:
    return row.outcome, row.at_us, row.tag, row.event_id, row.answers, row.wait, row.actor, row.kind, row.state_hash


def _halted(runtime: AnyRuntime, snapshot: Snapshot[BaseModel], arrival: Arrival) -> Commit[BaseModel] | None:
    """Return the pause of an instance that runs."""
    if snapshot.status is not Status.RUNNING:
        return None
    ctx = Context(runtime.clock.now(), snapshot.id, snapshot.meta.tenant, arrival.actor)
    pause = Pause(reason=f"imported from {arrival.origin}")
    step = advance(runtime.machine, snapshot, Delivery(pause), ctx)
    if not isinstance(step, Commit) or step.after.status is not Status.PAUSED or step.opened or step.closed:
        raise _Refused(
            f"expected an instance that can be paused, got one in state {type(snapshot.state).__name__}; "
            "do pause it where it is"
        )
    return cast("Commit[BaseModel]", step)


def _set_aside(image: Image) -> Image:
    """Return an image whose intents nobody carries out until they are let go."""
    return image._replace(intents=tuple(map(_aside, image.intents)))


def _aside(row: BookRow) -> BookRow:
    """Set one aside; what is withdrawn or given up ends without being carried out, as it would have."""
    if row.withdrawn or row.cause is not None or row.state not in _SET_ASIDE:
        return row
    return row._replace(state=int(IntentState.ASIDE))
