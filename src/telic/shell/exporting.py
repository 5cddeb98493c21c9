"""Exports: instances of a store as archives, read only, or taken out of service here.

An instance is read at one moment. One that moves is halted first, with its whole family: its intents
are set aside in the transaction of its pause, so that only one of two stores can carry them out. What
may never be here: the end of an instance; whoever moves one ends it here once it stands there.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple

from telic.kernel.errors import ConfigurationError, StoreError
from telic.kernel.snapshot import Status
from telic.runtime.images import KeepsImages
from telic.runtime.queries import Query
from telic.shell.acted import Acted, Effect
from telic.shell.archives import Archived
from telic.shell.choosing import Which, chosen
from telic.shell.halting import Departure, Families, foreseen, halted, images_of, runs

if TYPE_CHECKING:
    from telic.kernel.values import WorkflowId
    from telic.shell.system import AnyRuntime

__all__ = ["Exported", "exported"]


class Exported(NamedTuple):
    """What came of the export of one instance.

    Attributes:
        act: The instance, and what came of it.
        archived: All of it, unless it was refused or only tried.
    """

    act: Acted
    archived: Archived | None = None


class _Departing(NamedTuple):
    departure: Departure
    families: Families


async def exported(
    runtime: AnyRuntime,
    which: Which = Query(),  # noqa: B008  (immutable)
    departure: Departure | None = None,
    *,
    among: Collection[AnyRuntime] = (),
    dry_run: bool = False,
) -> AsyncGenerator[Exported, None]:
    """Read instances one by one, each when its turn comes; under a departure its family is halted first.

    Args:
        runtime: Their machine and store.
        which: An id, ids, or a query; all by default.
        departure: Where they go; without one nothing is changed.
        among: All machines of the system, with their stores: where else members of a family may be.
        dry_run: Say what would happen, and change nothing.

    Raises:
        ConfigurationError: For a store without images.
        StoreError: While iterating, when the store does not answer.
    """
    store = images_of(runtime)
    departing = None if departure is None else _Departing(departure, Families(runtime, among, departure))
    async with aclosing(chosen(runtime, which)) as ids:
        async for id in ids:
            try:
                yield await _one(runtime, store, id, departing, dry_run=dry_run)
            except (ConfigurationError, StoreError):
                raise
            except Exception as error:  # this instance is to be looked at; the others go on  # noqa: BLE001
                yield Exported(Acted(id, Effect.FAILED, f"{type(error).__name__}: {error}"))


async def _one(
    runtime: AnyRuntime, store: KeepsImages, id: WorkflowId, departing: _Departing | None, *, dry_run: bool
) -> Exported:
    read = await _read(runtime, store, id)
    if read.archived is None:
        return read
    if departing is not None and not dry_run:
        return await _left(runtime, store, read.archived, departing)
    why = await _unable(runtime, read.archived, departing.departure) if departing is not None else None
    if why is not None:
        return _refused(id, why)
    return Exported(Acted(id, Effect.WOULD)) if dry_run else read


async def _read(runtime: AnyRuntime, store: KeepsImages, id: WorkflowId) -> Exported:
    image = await store.image(id)
    if image is None:
        return _refused(id, f"expected an instance, got the id {id!s}, which is none")
    tenant = str(getattr(store, "tenant", ""))
    return Exported(Acted(id, Effect.DONE), Archived(runtime.machine.name, tenant, id, image))


async def _unable(runtime: AnyRuntime, found: Archived, departure: Departure) -> str | None:
    return runs(runtime, found.image) or await foreseen(runtime, found.id, departure)


async def _left(runtime: AnyRuntime, store: KeepsImages, found: Archived, departing: _Departing) -> Exported:
    id, (departure, families) = found.id, departing
    why = runs(runtime, found.image)
    why = why or await families.halted(id, found.image)
    why = why or await halted(runtime, store, id, departure)
    if why is not None:
        return _refused(id, why)
    read = await _read(runtime, store, id)
    if read.archived is None:
        return read
    if read.archived.image.instance.status == Status.RUNNING:
        return _refused(id, "expected an instance that stays halted, got one that was resumed meanwhile")
    why = runs(runtime, read.archived.image)  # claimed in between; it is halted, and comes with the next try
    return _refused(id, why) if why is not None else read


def _refused(id: WorkflowId, why: str) -> Exported:
    return Exported(Acted(id, Effect.REFUSED, why))
