"""``Gauges``: reads now and then how much there is of everything, for the gauges of an application's metrics.

What may never be here: a reading on demand. An exporter asks as often as it likes; it is shown
what was read last.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Final

from telic.kernel.errors import StoreClosed, StoreError
from telic.kernel.snapshot import Status
from telic.runtime.logs import context
from telic.runtime.observing import Counted, Figure, GivesFigures
from telic.runtime.protocols import Clock, SystemClock
from telic.shell.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from telic.adapters.opentelemetry.instruments import Board, Labels
    from telic.shell.system import System

__all__ = ["Gauges", "pause_seconds"]

_log = logging.getLogger("telic.opentelemetry")
_SHARE: Final = 20
"""A reading takes at most one part in so many of the time, however much there is to read."""
_ACTIVE: Final = frozenset({Status.RUNNING, Status.PAUSED})
_NUMBERS: Final = {
    Counted.TASKS: "telic.tasks.open",
    Counted.OVERDUE_TASKS: "telic.tasks.overdue",
    Counted.OVERDUE_DEADLINES: "telic.timers.overdue",
    Counted.UNHEARD: "telic.hooks.unheard",
}
_AGES: Final = {
    Counted.OVERDUE_DEADLINES: "telic.timers.overdue_age",
    Counted.UNHEARD: "telic.hooks.unheard_age",
}


class Gauges:
    """Reads the stores of a system, seldom; :meth:`telic.adapters.opentelemetry.Telemetry.gauges` makes one.

    Run it in one process of an application: each that does shows the same figures.

    Example:
        ``await telemetry.gauges(system).run()``
    """

    def __init__(
        self, system: System, board: Board, *, every_seconds: float = 60.0, clock: Clock | None = None
    ) -> None:
        """Keep what to read.

        Args:
            system: Its machines; those in a store that gives no figures are left out.
            board: Where readings go.
            every_seconds: How long to wait between two readings; longer where a reading itself
                takes long, so that it takes a twentieth of the time at most.
            clock: Tells the time; that of the first machine by default.

        Raises:
            ValueError: For a time that is not above zero.
        """
        if every_seconds <= 0:
            raise ValueError(f"expected every_seconds above 0, got {every_seconds}")
        runtimes = tuple(system.runtimes.values())
        self._stores = [(one.machine.name, one.store) for one in runtimes if isinstance(one.store, GivesFigures)]
        self._board = board
        self._every_seconds = every_seconds
        self._timing = Timing(clock or (runtimes[0].clock if runtimes else SystemClock()))

    async def read(self) -> None:
        """Read every store once; a machine whose store does not answer has no values until it does.

        Raises:
            StoreClosed: When a database was closed.
        """
        readings: dict[str, dict[Labels, float]] = {}
        for machine, store in self._stores:
            now = self._timing.now()
            try:
                found = await store.figures(now)
            except StoreClosed:
                raise
            except StoreError:
                told = context(machine=machine, tenant=str(getattr(store, "tenant", "")))
                _log.exception("the figures of machine %s are not known for now", machine, extra=told)
                continue
            for gauge, labels, value, combine in _values(machine, found, now):
                known = readings.setdefault(gauge, {})
                known[labels] = combine((known[labels], value)) if labels in known else value
        self._board.put(self, readings)

    async def run(self) -> None:
        """Read again and again, until cancelled; then the gauges show nothing.

        Raises:
            StoreClosed: When a database was closed under it.
        """
        try:
            while True:
                began = self._timing.elapsed()
                await self.read()
                await self._timing.sleep(pause_seconds(self._every_seconds, self._timing.elapsed() - began))
        finally:
            self._board.drop(self)


def pause_seconds(every_seconds: float, took_seconds: float) -> float:
    """Return how long to wait after a reading.

    Args:
        every_seconds: How long to wait at least.
        took_seconds: How long the reading took.

    Example:
        >>> pause_seconds(60, 0.1), pause_seconds(60, 10)
        (60, 190)
    """
    return max(every_seconds, (_SHARE - 1) * took_seconds)


def _values(
    machine: str, figures: Iterable[Figure], now: datetime
) -> Iterable[tuple[str, Labels, float, Callable[[Iterable[float]], float]]]:
    """Yield what the gauges show: the name of one, its labels, its value, and how two values of it become one."""
    for one in figures:
        age = max(0.0, (now - one.oldest).total_seconds())
        if one.counted is Counted.INSTANCES and one.standing not in _ACTIVE:
            yield "telic.instances.over", (machine, one.standing), one.number, sum
        elif one.counted is Counted.INSTANCES:
            yield "telic.instances.active", (machine, one.name, one.standing), one.number, sum
            yield "telic.state.age", (machine, one.name, one.standing), age, max
        elif one.counted is Counted.INTENTS:
            yield "telic.outbox.depth", (machine, one.name, one.standing), one.number, sum
            yield "telic.outbox.oldest_age", (machine, one.name, one.standing), age, max
        else:
            yield _NUMBERS[one.counted], (machine, one.name), one.number, sum
            if one.counted in _AGES:
                yield _AGES[one.counted], (machine, one.name), age, max
