"""Topics: facts that are published under a name and a key, and brought to whoever waits for them.

A publication is stored in every database of the system, since any of its machines may wait
for it. What may never be here: the race of publication and wait; the stores decide it.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import anyio

from telic.kernel.annotations import alternatives, type_arguments
from telic.kernel.codec import Stored
from telic.kernel.errors import ConfigurationError, StoreClosed, StoreError
from telic.kernel.events import Fact
from telic.kernel.handling import Binding, Call
from telic.kernel.messages import TTL_SECONDS, Publish, Reach
from telic.kernel.results import ResultKind
from telic.kernel.retry import Retry
from telic.kernel.values import EventId
from telic.runtime.hints import Bell
from telic.runtime.protocols import DurableStore
from telic.runtime.runtime import WorkflowRuntime
from telic.runtime.topics import Feed, KeepsPublications, Publication, Topics
from telic.shell.taking import taken_by
from telic.shell.timing import Timing
from telic.shell.triggers import Trigger, note

if TYPE_CHECKING:
    from telic.kernel.intents import Intent
    from telic.shell.system import AnyRuntime, System

__all__ = ["Feeding", "misfit_publications", "publish", "publish_binding"]

_log = logging.getLogger("telic.topics")
_PATIENT = Retry(max_attempts=20, max_delay=timedelta(minutes=5))
_BATCH = 100
_SPREAD_BATCH = 1000
_AT_ONCE = 16
_PURGE_SECONDS = 60.0
_POSTPONED_SECONDS = 60.0
"""How long a wait that could not be fed is left alone: until other code comes."""
_TAKEN = frozenset({ResultKind.STEPPED, ResultKind.IGNORED, ResultKind.DEFERRED, ResultKind.UNPLACED})
_OVER = _TAKEN | {ResultKind.DUPLICATE, ResultKind.UNASKED}
"""It was taken, now or before, or nobody waits for it any more."""


class _Watched(NamedTuple):
    runtime: WorkflowRuntime[Any, Any]
    topics: Topics


async def publish(
    system: System,
    fact: Fact,
    *,
    name: str,
    event_id: EventId,
    key: str = "",
    ttl_seconds: float = TTL_SECONDS,
    reach: Reach = Reach.BROADCAST,
    now: datetime | None = None,
) -> bool:
    """Publish a fact to every open ``Topic`` of a name and a key, and to those that open in time.

    With ``reach=Reach.FIRST_WAITER`` exactly one of them takes it: the one that is open longest, or
    the first that opens.

    Args:
        system: Whose machines may wait for it.
        fact: What has happened.
        name: The name of the topic.
        event_id: Your id for it; under one name and key it is published once.
        key: Which of the topic's facts.
        ttl_seconds: For how long it is kept for waits that open later.
        reach: Whether it is for all that wait for it, or for the first.
        now: The moment; the clock's by default.

    Returns:
        Whether it is new.

    Raises:
        ConfigurationError: When no store of the system keeps publications, or a fact for the first
            has takers in several databases, none of which could decide.
        StoreError: When it was not stored everywhere; do publish it again under the same id.
    """
    watched = _watched(system.runtimes.values())
    if not watched:
        raise ConfigurationError("publish", ("expected a store that keeps publications, got none",))
    at = now if now is not None else watched[0].runtime.clock.now()
    expires = at + timedelta(seconds=ttl_seconds)
    published = Publication(event_id, name, key, _stored(fact, watched), at, expires, reach)
    places = _places(type(fact), reach, watched)
    if len(places) > 1:
        raise ConfigurationError("publish", (_in_several(type(fact), places),))
    await note(system.triggers, system.runtimes, fact, published)
    return await _kept(published, watched if reach is Reach.BROADCAST else places)


def publish_binding(
    intent: type[Intent[Fact]], runtimes: Mapping[str, WorkflowRuntime[Any, Any]], triggers: Sequence[Trigger] = ()
) -> Binding | None:
    """Return what publishes the facts of a type of intent, if a store keeps them.

    Args:
        intent: A type of intent.
        runtimes: The runtimes by the name of their machine.
        triggers: What the facts start besides.
    """
    watched = _watched(runtimes.values()) if issubclass(intent, Publish) else []
    if not watched:
        return None

    async def store(told: Publish[Fact], call: Call) -> None:
        at = runtimes[call.machine].clock.now()
        expires = at + timedelta(seconds=type(told).__ttl_seconds__)
        # Ids of instances are unique within a machine only.
        event_id = EventId(f"telic.publish:{call.machine}/{call.key}")
        reach = type(told).__reach__
        published = Publication(event_id, told.name, told.key, _stored(told.fact, watched), at, expires, reach)
        await note(triggers, runtimes, told.fact, published)
        places = watched if reach is Reach.BROADCAST else _places(type(told.fact), reach, watched)
        await _kept(published, places)

    return Binding(intent, cast("Any", store), intent.__retry__ or _PATIENT)


class Feeding:
    """Delivers what is published to the topics of a system; a worker has one.

    Example:
        ``delivered = await Feeding(system, Timing(SystemClock())).feed()``
    """

    def __init__(self, system: System, timing: Timing, *, poll_seconds: float = 1.0) -> None:
        """Keep what to watch.

        Args:
            system: Its machines; those in a store without publications are left out.
            timing: Lets time pass.
            poll_seconds: How long to wait at most before the stores are asked again.
        """
        self._watched = _watched(system.runtimes.values())
        # Spread and matched it is once for all machines of a database.
        self._places = [one.topics for one in {_place_of(one): one for one in self._watched}.values()]
        self._timing = timing
        self._poll_seconds = poll_seconds
        self._purged: float | None = None

    async def run(self) -> None:
        """Deliver until cancelled, and delete what has expired.

        Raises:
            StoreClosed: When a database was closed under it.
        """
        bell = Bell()
        stores = [one.runtime.store for one in self._watched]
        hints = {id(one.hints): one.hints for one in stores if isinstance(one, DurableStore)}
        for each in hints.values():
            each.add(bell)
        try:
            while True:
                bell.silence()
                try:
                    await self.feed()
                    await self._purge_at_times()
                except StoreClosed:
                    raise
                except StoreError:
                    _log.exception("the store did not answer; asking again")
                await self._timing.until_rung(bell, self._poll_seconds * random.uniform(0.5, 1.5))
        finally:
            for each in hints.values():
                each.remove(bell)

    async def feed(self) -> int:
        """Deliver all that is published to all that wait for it; return how many facts were taken.

        Raises:
            StoreError: When some were not delivered; they are found again.
        """
        taken = 0
        for topics in self._places:
            while await topics.spread(_SPREAD_BATCH):
                await self._timing.breathe(0)
            await topics.match(self._timing.now(), _SPREAD_BATCH)
        for runtime, topics in self._watched:
            while feeds := await topics.feeds(self._timing.now(), _BATCH):
                taken += await self._fed(runtime, topics, feeds)
                await topics.match(self._timing.now(), _SPREAD_BATCH)
        return taken

    async def purge(self) -> int:
        """Delete publications that have expired, batch by batch; return how many."""
        purged = 0
        for _, topics in self._watched:
            while some := await topics.purge(self._timing.now(), _SPREAD_BATCH):
                purged += some
                await self._timing.breathe(0)
        return purged

    async def _purge_at_times(self) -> None:
        now = self._timing.elapsed()
        if self._purged is None or now >= self._purged + _PURGE_SECONDS:
            self._purged = now
            await self.purge()

    async def _fed(self, runtime: AnyRuntime, topics: Topics, feeds: tuple[Feed, ...]) -> int:
        taken: list[int] = []
        done: list[Feed] = []
        errors: list[StoreError] = []
        limiter = anyio.Semaphore(_AT_ONCE)

        async def serve(feed: Feed) -> None:
            async with limiter:
                count, over, raced = await self._delivered(runtime, feed)
                taken.append(count)
                if over and feed.whole:
                    done.append(feed)
                elif not (over and (count or raced)):  # else there is more of it, next time
                    await topics.postpone(feed, self._timing.after(_POSTPONED_SECONDS))

        async def attempt(feed: Feed) -> None:
            try:
                await serve(feed)
            except StoreError as error:  # the wait stays hungry, and the others are fed
                errors.append(error)

        async with anyio.create_task_group() as group:
            for one in feeds:
                group.start_soon(attempt, one)
        await topics.fed(done)
        if errors:
            raise errors[0]
        return sum(taken)

    async def _delivered(self, runtime: AnyRuntime, feed: Feed) -> tuple[int, bool, bool]:
        """Deliver to one wait.

        Returns:
            How many facts were taken, whether none is left over, and whether another wait has taken
            one that was for the first.
        """
        taken, raced = 0, False
        for event_id, fact in feed.facts:
            try:
                kind = await self._brought(runtime, feed, event_id, fact)
            except StoreError:
                raise
            except Exception:  # the code of the machine is to be changed; the others go on  # noqa: BLE001
                _log.exception("%s is not fed with %s for now", feed.workflow_id, event_id)
                return taken, False, raced
            raced = raced or kind is None
            if kind is not None and kind not in _OVER:
                return taken, False, raced
            taken += kind in _TAKEN
        return taken, True, raced

    async def _brought(self, runtime: AnyRuntime, feed: Feed, event_id: EventId, fact: Fact) -> ResultKind | None:
        """Bring one fact to a wait; return nothing where it is for the first, and another one was."""
        now = self._timing.now()
        if event_id in feed.contested:
            return await taken_by(runtime, feed, event_id, fact, now)
        return (await runtime.run_step(feed.workflow_id, fact, event_id=event_id, wait=feed.key, now=now)).kind


def _watched(runtimes: Iterable[WorkflowRuntime[Any, Any]]) -> list[_Watched]:
    return [_Watched(one, one.store.topics) for one in runtimes if isinstance(one.store, KeepsPublications)]


def misfit_publications(
    runtimes: Mapping[str, WorkflowRuntime[Any, Any]], handled: Callable[[type[Intent[Fact]]], object]
) -> list[str]:
    """Return what does not fit about the facts of a system that are for the first who waits for them.

    Args:
        runtimes: The runtimes by the name of their machine.
        handled: Says whether a type of intent has a handler of its own.
    """
    watched = _watched(runtimes.values())
    told = {intent: None for one in runtimes.values() for intent in one.machine.intents}
    return [
        _in_several(fact, places)
        for intent in told
        if issubclass(intent, Publish) and handled(intent) is None
        for argument in type_arguments(intent, Publish)
        for fact in alternatives(argument)
        if isinstance(fact, type) and len(places := _places(fact, intent.__reach__, watched)) > 1
    ]


def _places(fact: type, reach: Reach, watched: list[_Watched]) -> list[_Watched]:
    """Return where a fact for the first is kept: in the database of those who can take it, one for each."""
    if reach is Reach.BROADCAST:
        return []
    takers = [one for one in watched if fact in one.runtime.machine.event_set]
    return list({_place_of(one): one for one in takers or watched[:1]}.values())


def _in_several(fact: type, places: list[_Watched]) -> str:
    names = ", ".join(repr(one.runtime.machine.name) for one in places)
    return (
        f"expected the takers of {fact.__name__}, which is for the first who waits, in one database, "
        f"got machines {names} in {len(places)}; do keep them in one, or broadcast it"
    )


def _place_of(one: _Watched) -> tuple[int, str]:
    store: object = one.runtime.store
    return id(getattr(store, "lane_key", store)), str(getattr(store, "tenant", ""))


def _stored(fact: Fact, watched: list[_Watched]) -> Stored:
    """Return a fact as the machines write it that wait for it."""
    codecs = [one.runtime.machine.codec for one in watched if type(fact) in one.runtime.machine.event_set]
    return (codecs or [watched[0].runtime.machine.codec])[0].encode_outcome(fact)


async def _kept(publication: Publication, watched: list[_Watched]) -> bool:
    """Store a publication once in each database of a tenant."""
    places = {_place_of(one): one for one in watched}
    new = [await one.topics.publish(publication) for one in places.values()]
    return any(new)
