"""Halting: what leaves a store stands still first, and its whole family with it, on every machine.

A child that ended for a parent that has left would tell nobody; a parent that ended would tell a
child that has left. So no instance is read before all of its family are halted, each with its
intents set aside in the same transaction. What may never be here: what is read of an instance.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple, cast

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.codec import microseconds
from telic.kernel.context import Context
from telic.kernel.errors import ConfigurationError, RevisionConflict, StoreError
from telic.kernel.events import Pause
from telic.kernel.messages import Spawn
from telic.kernel.snapshot import Ancestor, Commit, Delivery, Snapshot, Status
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.acts import Act
from telic.runtime.claims import IntentState
from telic.runtime.images import Image, KeepsImages
from telic.runtime.queries import Query
from telic.shell.children import machine_of
from telic.shell.choosing import chosen

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime

__all__ = ["Departure", "Families", "foreseen", "halted", "images_of", "runs"]

_TRIES = 10  # somebody else takes a step in between
_WAITING = frozenset({IntentState.READY, IntentState.HELD, IntentState.LEASED})


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

    @property
    def event_id(self) -> EventId:
        """The id of the pause of each instance."""
        return EventId(f"telic.operator:{self.operation}:move")


class Families:
    """Halts the families of the instances of a machine that leave; each when the first of it comes.

    Those of one family follow each other, as their ids do; so the last one is remembered, and no more.
    """

    def __init__(self, runtime: AnyRuntime, among: Collection[AnyRuntime], departure: Departure) -> None:
        """Keep where members may be.

        Args:
            runtime: The machine of the instances.
            among: All machines that there are, with their stores.
            departure: Where the instances go.
        """
        self._machine = runtime.machine.name
        self._runtimes = {one.machine.name: one for one in (*among, runtime)}
        self._relatives = _relatives(self._machine, self._runtimes)
        self._departure = departure
        self._last: tuple[Ancestor | None, str | None] = (None, None)

    async def halted(self, id: WorkflowId, image: Image) -> str | None:
        """Halt all of the family of an instance, as far as they can be halted now; return who cannot.

        Args:
            id: The instance.
            image: What is kept of it; its family is named there.

        Raises:
            ConfigurationError: For a member in a store without images, or one that cannot be asked.
            StoreError: When a store does not answer.
        """
        if not self._relatives:
            return None
        machine, above = image.instance.root_machine, image.instance.root
        root = Ancestor(self._machine, id)
        if machine is not None and above is not None:
            root = Ancestor(machine, WorkflowId(above))
        if self._last[0] != root:
            self._last = (root, await self._all_halted(root))
        return self._last[1]

    async def _all_halted(self, root: Ancestor) -> str | None:
        """Halt each member, also after one that cannot be: what is carried out there is done all the sooner."""
        moves: str | None = None
        async with aclosing(self._members(root)) as members:
            async for runtime, id in members:
                try:
                    why = await _standing(runtime, id, self._departure)
                except (ConfigurationError, StoreError):
                    raise
                except Exception as error:  # who cannot be read cannot be known to stand still  # noqa: BLE001
                    why = f"{type(error).__name__}: {error}"
                if why is not None:
                    moves = f"expected a family that stands still, got {runtime.machine.name} {id}: {why}"
        return moves

    async def _members(self, root: Ancestor) -> AsyncGenerator[tuple[AnyRuntime, WorkflowId], None]:
        """Yield the one at the top, and all below it."""
        if root.machine in self._runtimes:
            yield self._runtimes[root.machine], root.id
        for name in self._relatives:
            runtime = self._runtimes[name]
            async with aclosing(chosen(runtime, Query(root=root))) as ids:
                async for id in ids:
                    yield runtime, id


def _relatives(name: str, runtimes: Mapping[str, AnyRuntime]) -> Collection[str]:
    """Return the machines of the families that instances of a machine belong to; none where it has no families."""
    pairs = [
        (one, child)
        for one, runtime in runtimes.items()
        for intent in runtime.machine.intents
        if issubclass(intent, Spawn) and (child := machine_of(intent)) in runtimes
    ]
    found: set[str] = set()
    ahead = {name} if any(name in pair for pair in pairs) else set[str]()
    while ahead:
        found |= ahead
        ahead = {two for pair in pairs if not found.isdisjoint(pair) for two in pair} - found
    return sorted(found)


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


def runs(runtime: AnyRuntime, image: Image) -> str | None:
    """Return why an instance cannot leave yet: the answers of what is carried out would come here.

    Args:
        runtime: Its machine, and the clock.
        image: What is kept of it.
    """
    now_us = microseconds(runtime.clock.now())
    running = [one.intent_id for one in image.intents if one.state == IntentState.LEASED and one.due_us > now_us]
    if not running:
        return None
    return f"expected no intent that is being carried out, got {', '.join(running)}; do export it again in a moment"


async def _standing(runtime: AnyRuntime, id: WorkflowId, departure: Departure) -> str | None:
    """Halt an instance, unless it stands still already with nothing to be carried out; return why it does not."""
    store = images_of(runtime)
    for _ in range(_TRIES):
        image = await store.image(id)
        if image is None:
            return None  # it was deleted
        why = runs(runtime, image)
        if why is not None or _stands(image):
            return why
        why = await halted(runtime, store, id, departure)
        if why is not None:
            return why
    return "expected an instance that stays halted, got one that was resumed each time"


def _stands(image: Image) -> bool:
    waiting = (one for one in image.intents if not one.withdrawn and one.cause is None and one.state in _WAITING)
    return image.instance.status != Status.RUNNING and not any(waiting)


async def foreseen(runtime: AnyRuntime, id: WorkflowId, departure: Departure) -> str | None:
    """Return why an instance could not be halted; nothing is changed.

    Args:
        runtime: Its machine and store.
        id: The instance.
        departure: Where it is to go.
    """
    snapshot = await runtime.load(id)
    if snapshot is None or snapshot.status is not Status.RUNNING:
        return None
    step = _halting(runtime, snapshot, departure)
    return None if isinstance(step, Commit) else step


async def halted(runtime: AnyRuntime, store: KeepsImages, id: WorkflowId, departure: Departure) -> str | None:
    """Halt an instance, and set its intents aside in the same transaction; return why it cannot be.

    Args:
        runtime: Its machine.
        store: Where it is.
        id: The instance.
        departure: Where it goes.
    """
    to, actor, _ = departure
    act = Act(id, departure.event_id, str(id), "move", actor, runtime.clock.now(), to)
    for _ in range(_TRIES):
        snapshot = await runtime.store.load(id, (departure.event_id,))
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
    # One that was moved under this id before, and resumed, is halted again.
    given = None if departure.event_id in snapshot.seen else departure.event_id
    ctx = Context(runtime.clock.now(), snapshot.id, snapshot.meta.tenant, departure.actor)
    step = advance(runtime.machine, snapshot, Delivery(Pause(reason=f"moved to {departure.to}"), given), ctx)
    if isinstance(step, Commit) and step.after.status is Status.PAUSED:
        return cast("Commit[BaseModel]", step)
    return f"expected an instance that can be paused, got one in state {type(snapshot.state).__name__}: {step!r}"
