"""``Worker``: carries out open intents and brings their answers back; fires deadlines.

Each intent runs at least once, under one idempotency key; its answer counts once. What may
never be here: a decision about an instance.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple, cast

import anyio
from anyio.abc import TaskGroup, TaskStatus

from telic.kernel.errors import ConfigurationError, StoreClosed, StoreError, nearest
from telic.kernel.events import Fact
from telic.kernel.intents import Intent
from telic.kernel.values import IntentId
from telic.runtime.hints import Listens
from telic.runtime.protocols import Clock, DurableStore, ListsOutbox, SystemClock
from telic.shell.attempts import AnswerRefused, Served, WrongAnswer
from telic.shell.deadlines import Deadlines
from telic.shell.hooks import Hook, Hooks
from telic.shell.listed import Listed
from telic.shell.lots import lots_of
from telic.shell.retention import Retention, keep_purging
from telic.shell.schedules import Schedules
from telic.shell.shift import Pass, Settings, Shift
from telic.shell.system import AnyRuntime, System
from telic.shell.timing import Timing
from telic.shell.topics import Feeding
from telic.shell.triggers import Triggers

__all__ = ["AnswerRefused", "Drained", "HandlerFailure", "Worker", "WrongAnswer"]

_log = logging.getLogger("telic.worker")
_numbers = count(1)
_MONTH = Retention()


class HandlerFailure(NamedTuple):
    """An attempt that came to nothing; its intent is still open.

    Attributes:
        intent_id: The idempotency key.
        intent: The name of the intent's type.
        error: What was raised.
    """

    intent_id: IntentId
    intent: str
    error: Exception


class Drained(NamedTuple):
    """What one drain came to.

    Attributes:
        carried_out: How many intents were carried out and accounted for.
        later: The keys whose answers come later, from whoever holds them.
        failures: The attempts that raised; their intents are still open.
    """

    carried_out: int
    later: tuple[IntentId, ...]
    failures: tuple[HandlerFailure, ...]


class Worker:
    """Serves a system: carries out its intents, and fires its deadlines.

    Any number of workers may serve one database, in any number of processes. Each intent is
    claimed by one of them at a time, under a lease that the worker renews while the handler
    runs. When a worker dies, its leases lapse and others take over.

    Example:
        ``await Worker(system, concurrency=32, per_intent={ChargeCard: 2}).run(signals=True)``
    """

    def __init__(  # noqa: PLR0913  (all but one have defaults that hold)
        self,
        system: System,
        *,
        concurrency: int = 16,
        per_intent: Mapping[type[Intent[Any]], int] | None = None,
        lease_seconds: float = 30.0,
        poll_seconds: float = 1.0,
        drain_seconds: float | None = None,
        max_crashes: int = 5,
        clock: Clock | None = None,
        hooks: Sequence[Hook] = (),
        retention: Retention | None = _MONTH,
    ) -> None:
        """Keep what to serve, and how.

        Args:
            system: What to serve.
            concurrency: How many handlers may run at once.
            per_intent: How many of a type of intent may run at once in this worker.
            lease_seconds: How long a claim stands when its worker is not heard of.
            poll_seconds: How long to wait at most, more or less, before the store is asked
                again; commits of this process are noticed at once.
            drain_seconds: How long handlers may go on after a stop; for as long as they take
                by default.
            max_crashes: After how many lapsed leases an intent is given up.
            clock: Tells the time; that of the first machine by default.
            hooks: Who is told what has happened.
            retention: How long instances are kept that are over; ``None`` for ever.

        Raises:
            ValueError: Without room for a handler, or for a time that is not above zero.
            ConfigurationError: For a limit on an intent that no machine emits, or hooks that do not fit.
        """
        checks = (
            (concurrency >= 1, f"concurrency of at least 1, got {concurrency}"),
            (lease_seconds > 0, f"lease_seconds above 0, got {lease_seconds}"),
            (poll_seconds > 0, f"poll_seconds above 0, got {poll_seconds}"),
            (drain_seconds is None or drain_seconds >= 0, f"drain_seconds of at least 0, got {drain_seconds}"),
            (max_crashes >= 1, f"max_crashes of at least 1, got {max_crashes}"),
        )
        for holds, text in checks:
            if not holds:
                raise ValueError(f"expected {text}")
        limits = cast("dict[type[Intent[Fact]], int]", dict(per_intent or {}))
        _check_limits(system, limits)
        runtimes = tuple(system.runtimes.values())
        self._system = system
        self._served = [_served(one, tags) for one in runtimes if (tags := system.tags(one))]
        self._timing = Timing(clock or (runtimes[0].clock if runtimes else SystemClock()))
        name = f"{socket.gethostname()}:{os.getpid()}:{next(_numbers)}"
        self._settings = Settings(
            concurrency, limits, lease_seconds, poll_seconds, drain_seconds, max_crashes, name
        )  # fmt: skip
        self._retention = retention
        self._hooks = Hooks(system, hooks, clock=clock, poll_seconds=poll_seconds)
        self._shifts: list[Shift] = []
        self._later: dict[IntentId, None] = {}

    async def run(self, *, signals: bool = False, on_started: Callable[[], None] | None = None) -> None:
        """Work until stopped or cancelled.

        After :meth:`stop` nothing more is claimed, and what runs may end. Cancelled, it gives
        back what runs: to be run again, or in doubt where it must not.

        Args:
            signals: Stop at SIGTERM and SIGINT; a second one cuts off what still runs.
            on_started: Called once signals are heeded, before anything is claimed.

        Raises:
            StoreClosed: When a database was closed under it.
        """
        shift = self._shift()
        closed: list[StoreClosed] = []
        self._shifts.append(shift)
        try:
            async with anyio.create_task_group() as group:
                if signals:
                    await group.start(self._heed_signals, shift, group.cancel_scope)
                if on_started is not None:
                    on_started()
                self._begin_duties(group, shift, closed)
                try:
                    await shift.run()
                except StoreClosed as error:
                    closed.append(error)
                group.cancel_scope.cancel()
        finally:
            self._shifts.remove(shift)
        if closed:
            raise closed[0]

    def _begin_duties(self, group: TaskGroup, shift: Shift, closed: list[StoreClosed]) -> None:
        """Begin what goes on beside the intents for as long as the worker works."""
        for duty in (
            self._fire_deadlines,
            self._feed_topics,
            self._tell_hooks,
            self._fire_schedules,
            self._fire_triggers,
        ):
            group.start_soon(duty, closed, shift)
        group.start_soon(self._sweep)
        for store in {id(one.store.hints): one.store for one in self._served}.values():
            if isinstance(store, Listens):
                group.start_soon(self._listen, store)
        if self._retention is not None:
            group.start_soon(keep_purging, self._system, self._retention, self._timing)

    def stop(self) -> None:
        """End every :meth:`run` of this worker once what runs has ended; from any thread.

        A run that begins later is not stopped by it; ``on_started`` tells when one has begun.
        """
        for shift in tuple(self._shifts):
            shift.stop()

    async def drain(self) -> Drained:
        """Carry out open intents, and those that their answers open, until none is left to do.

        For scripts and tests. Each intent is attempted once, also when it is not due yet. One
        whose handler raises stays open, as if it had not been attempted. One that is answered
        ``Later`` is left to whoever holds its key.
        """
        done = Pass()
        await self._shift(done).run()
        self._later.update(dict.fromkeys(done.later))
        failures = [HandlerFailure(key, name, error) for key, (name, error) in done.errors.items()]
        return Drained(done.carried_out, tuple(self._later), tuple(failures))

    def _shift(self, once: Pass | None = None) -> Shift:
        lots = lots_of(self._system, self._served)
        return Shift(lots, self._system.binding, self._settings, self._timing, once)

    async def _fire_deadlines(self, closed: list[StoreClosed], shift: Shift) -> None:
        try:
            await Deadlines(self._system, self._timing, poll_seconds=self._settings.poll_seconds).run()
        except StoreClosed as error:
            closed.append(error)
            shift.stop()

    async def _feed_topics(self, closed: list[StoreClosed], shift: Shift) -> None:
        try:
            await Feeding(self._system, self._timing, poll_seconds=self._settings.poll_seconds).run()
        except StoreClosed as error:
            closed.append(error)
            shift.stop()

    async def _sweep(self) -> None:
        """Look once for waits that this code declares and older code did not."""
        try:
            await Deadlines(self._system, self._timing).sweep()
        except StoreError:
            _log.exception("the waits of older instances were not all looked at; the next worker does")

    async def _listen(self, store: Listens) -> None:
        """Hear what other processes commit; while nothing is heard, they are noticed by asking."""
        while True:
            try:
                await store.listen()
            except StoreClosed:
                return  # who asks the store finds out, too
            except StoreError as error:
                _log.warning("commits of other processes are noticed late: %s", error)
            else:
                return
            await self._timing.sleep(self._settings.poll_seconds)

    async def _fire_schedules(self, closed: list[StoreClosed], shift: Shift) -> None:
        try:
            await Schedules(self._system, self._timing, poll_seconds=self._settings.poll_seconds).run()
        except StoreClosed as error:
            closed.append(error)
            shift.stop()

    async def _fire_triggers(self, closed: list[StoreClosed], shift: Shift) -> None:
        try:
            await Triggers(self._system, self._timing, poll_seconds=self._settings.poll_seconds).run()
        except StoreClosed as error:
            closed.append(error)
            shift.stop()

    async def _tell_hooks(self, closed: list[StoreClosed], shift: Shift) -> None:
        try:
            await self._hooks.run()
        except StoreClosed as error:
            closed.append(error)
            shift.stop()

    async def _heed_signals(
        self, shift: Shift, everything: anyio.CancelScope, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as received:
            task_status.started()
            async for _ in received:
                if shift.stopping:
                    everything.cancel()
                shift.stop()


def _served(runtime: AnyRuntime, tags: frozenset[str]) -> Served:
    store: object = runtime.store
    books = store if isinstance(store, DurableStore) else Listed(cast("ListsOutbox", store))
    return Served(runtime, books, str(getattr(store, "tenant", "")), tags)


def _check_limits(system: System, limits: Mapping[type[Intent[Fact]], int]) -> None:
    emitted = {intent: None for one in system.runtimes.values() for intent in system.intents(one)}
    names = [intent.__name__ for intent in emitted]
    findings = [
        f"expected a limit on an intent that a machine emits, got {intent.__name__}"
        f"{nearest(intent.__name__, names)}; do remove it, or add its machine"
        for intent in limits
        if intent not in emitted
    ]
    findings += [
        f"expected a limit of at least 1 for {intent.__name__}, got {limit}; do raise it, or remove it"
        for intent, limit in limits.items()
        if limit < 1
    ]
    if findings:
        raise ConfigurationError("Worker", tuple(findings))
