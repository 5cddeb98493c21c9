"""``Trigger``: a published fact starts an instance, at once or at a moment that it names.

The start is kept beside the instances of its machine before the fact is published, and is made
under a key, so that nothing is lost and nothing is started twice. What may never be here: the
delivery of facts to instances that run; see ``topics``.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.errors import StoreClosed, StoreError
from telic.kernel.events import Event, Fact
from telic.kernel.results import ResultKind
from telic.runtime.logs import context
from telic.runtime.starts import DueStart, KeepsStarts

if TYPE_CHECKING:
    from telic.kernel.machine import Machine
    from telic.runtime.topics import Publication
    from telic.shell.system import AnyRuntime, System
    from telic.shell.timing import Timing

__all__ = ["Trigger", "Triggers", "note"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)
F = TypeVar("F", bound=Fact)

_log = logging.getLogger("telic.triggers")
_BATCH: Final = 100
_NOTHING: Final = timedelta(0)
_BEGUN: Final = frozenset({ResultKind.STARTED, ResultKind.DUPLICATE})


class Trigger:
    """Starts an instance of a machine for each key of the facts that are published to a topic.

    Attributes:
        name: Its name; the keys of its instances bear it.
        fact: The type of the facts.
        topic: The name of the topic.
        machine: The name of the machine.

    Example:
        ``Trigger("remind", fact=Booked, topic="bookings", machine=reminder, event=remind,``
        ``key=lambda fact: fact.booking, at=lambda fact: fact.begins, offset=-timedelta(days=1))``
    """

    __slots__ = ("_at", "_event", "_key", "debounce", "fact", "machine", "name", "offset", "topic")

    def __init__(
        self,
        name: str,
        *,
        fact: type[F],
        topic: str,
        machine: Machine[S, E],
        event: Callable[[F], E],
        key: Callable[[F], str],
        at: Callable[[F], datetime] | None = None,
        offset: timedelta = _NOTHING,
        debounce: timedelta = _NOTHING,
    ) -> None:
        """Keep what starts what, and when.

        Args:
            name: Its name, for ever: under another name it would start everything again.
            fact: The type of the facts.
            topic: The name of the topic.
            machine: The machine whose instances are started.
            event: Makes the start event from the fact.
            key: Which instance a fact is for: one is started for each key. A later fact of a
                key moves a start that has not been made, and changes one that was not at all.
            at: The moment that the fact names, aware; that of its publication by default.
            offset: How long after that moment the start is; below zero for before.
            debounce: How long no other fact of that key must have come before the start.
        """
        self.name = name
        self.fact = fact
        self.topic = topic
        self.machine = machine.name
        self.offset = offset
        self.debounce = debounce
        self._event = cast("Callable[[Fact], Event]", event)
        self._key = cast("Callable[[Fact], str]", key)
        self._at = cast("Callable[[Fact], datetime] | None", at)

    def key_of(self, key: str) -> str:
        """Return the business key of the instance that is started for a key of the facts.

        Args:
            key: What ``key(fact)`` returns.
        """
        return f"{self.name}:{key}"

    def start_of(self, fact: Fact, published: datetime, runtime: AnyRuntime) -> DueStart:
        """Return the start that a fact asks for.

        Args:
            fact: The fact.
            published: The moment of its publication.
            runtime: The runtime of the machine.
        """
        named = self._at(fact) if self._at is not None else published
        due = max(named + self.offset, published + self.debounce) if self.debounce else named + self.offset
        event = runtime.machine.codec.encode_event(self._event(fact))
        return DueStart(self.name, str(self._key(fact)), due, published, event)

    def __repr__(self) -> str:
        """Return name and machine."""
        return f"Trigger({self.name!r}, {self.machine!r})"


async def note(
    triggers: Sequence[Trigger], runtimes: Mapping[str, AnyRuntime], fact: Fact, publication: Publication
) -> None:
    """Keep the starts that a fact asks for; before it is published, so that a crash loses none.

    Args:
        triggers: The triggers of the system.
        runtimes: The runtimes by the name of their machine.
        fact: The fact.
        publication: Its publication.
    """
    for one in triggers:
        if isinstance(fact, one.fact) and publication.name == one.topic:
            runtime = runtimes[one.machine]
            store: object = runtime.store
            assert isinstance(store, KeepsStarts)
            await store.put_start(one.start_of(fact, publication.at, runtime))


class _Kept(NamedTuple):
    trigger: Trigger
    runtime: AnyRuntime
    store: KeepsStarts


class Triggers:
    """Makes the starts of a system whose moment has come; a worker has one.

    Example:
        ``started = await Triggers(system, Timing(SystemClock())).fire()``
    """

    def __init__(self, system: System, timing: Timing, *, poll_seconds: float = 1.0) -> None:
        """Keep what to fire.

        Args:
            system: Its triggers and machines.
            timing: Lets time pass.
            poll_seconds: How long to wait, more or less, before the store is asked again.
        """
        self._kept = [
            _Kept(one, runtime, runtime.store)
            for one in system.triggers
            if isinstance((runtime := system.runtimes[one.machine]).store, KeepsStarts)
        ]
        self._timing = timing
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Make starts until cancelled; at once done where there are no triggers.

        Raises:
            StoreClosed: When a database was closed under it.
        """
        while self._kept:
            await self.fire()
            await self._timing.sleep(self._poll_seconds * random.uniform(0.5, 1.5))

    async def fire(self) -> int:
        """Make every start whose moment has come; return how many instances were started.

        One that cannot be made is left as it is, for the next time; the others go on.

        Raises:
            StoreClosed: When a database was closed under it.
        """
        started = 0
        for kept in self._kept:
            try:
                started += await self._fire(kept)
            except StoreClosed:
                raise
            except StoreError:
                _log.exception("trigger %s: the store did not answer", kept.trigger.name)
        return started

    async def _fire(self, kept: _Kept) -> int:
        started = 0
        while due := await kept.store.due_starts(kept.trigger.name, self._timing.now(), _BATCH):
            made = [await self._made(kept, one) for one in due]
            started += sum(one is ResultKind.STARTED for one in made)
            if len(due) < _BATCH or None in made:
                break
        return started

    async def _made(self, kept: _Kept, start: DueStart) -> ResultKind | None:
        """Make one start; return what came of it, or nothing where it stays due."""
        trigger, runtime = kept.trigger, kept.runtime
        told = context(machine=trigger.machine)
        try:
            result = await runtime.start(
                runtime.machine.codec.decode_event(*start.event), key=trigger.key_of(start.key),
                actor=f"trigger:{trigger.name}", now=self._timing.now(),
            )  # fmt: skip
        except StoreError:
            raise
        except Exception:  # the code of the machine is to be changed  # noqa: BLE001
            _log.exception("trigger %s: %s was not started, and stays due", trigger.name, start.key, extra=told)
            return None
        if result.kind not in _BEGUN:
            _log.warning("trigger %s: %s was not started: %r", trigger.name, start.key, result, extra=told)
        await kept.store.drop_start(start)
        return result.kind
