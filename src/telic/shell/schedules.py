"""``Schedule``: begins instances again and again; ``Schedules`` fires those of a system.

Where a schedule stands is a row. Each firing starts an instance under a key of name and instant,
so whoever fires it twice, after a crash or beside another worker, starts it once. What may never
be here: a list of instants; the row holds the next one, and the recurrence knows the others.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from pydantic import BaseModel

from telic.kernel.errors import StoreClosed, StoreError
from telic.kernel.events import Event
from telic.kernel.results import ResultKind
from telic.kernel.snapshot import Status
from telic.runtime.logs import context
from telic.runtime.timetables import KeepsSchedules, Scheduled
from telic.shell.recurrence import Cron, Every, Recurrence

if TYPE_CHECKING:
    from telic.kernel.machine import Machine
    from telic.shell.system import AnyRuntime, System
    from telic.shell.timing import Timing

__all__ = ["CatchUp", "Cron", "Every", "Overlap", "Recurrence", "Schedule", "Schedules"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_log = logging.getLogger("telic.schedules")
_NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
_AT_ONCE: Final = 100
"""How many missed instants are made up for before the row is written."""
_SHORTEST_WAIT_SECONDS: Final = 0.01
_BEGUN: Final = frozenset({ResultKind.STARTED, ResultKind.DUPLICATE})
_UNDER_WAY: Final = frozenset({Status.RUNNING, Status.PAUSED})


class Overlap(StrEnum):
    """What a firing does while the instance that this schedule has started last has not ended."""

    START = "start"
    """Start another one beside it."""
    SKIP = "skip"
    """Start nothing; the next firing looks again."""
    WAIT = "wait"
    """Start when it has ended; what was missed until then is for ``CatchUp``."""


class CatchUp(StrEnum):
    """What becomes of instants that passed while nobody fired them."""

    ALL = "all"
    """Each is fired, the oldest first."""
    LATEST = "latest"
    """The latest is fired, once for all of them."""
    NONE = "none"
    """None is fired, but for one that is late by no more than ``grace``."""


class Schedule:
    """Starts an instance of a machine at each instant of a recurrence.

    Attributes:
        name: Its name; its row and the keys of its instances bear it.
        machine: The name of the machine.
        recurrence: When.
        event: The start event for an instant.
        overlap: What a firing does while the instance before has not ended.
        catch_up: What becomes of missed instants.
        grace: How late an instant may be fired under ``CatchUp.NONE``.

    Example:
        ``Schedule("daily", machine=report, recurrence=Cron("0 7 * * *", "Europe/Zurich"), event=report_for)``
    """

    __slots__ = ("catch_up", "event", "grace", "machine", "name", "overlap", "recurrence")

    def __init__(
        self,
        name: str,
        *,
        machine: Machine[S, E],
        recurrence: Recurrence,
        event: Callable[[datetime], E],
        overlap: Overlap = Overlap.START,
        catch_up: CatchUp = CatchUp.LATEST,
        grace: timedelta = timedelta(minutes=1),
    ) -> None:
        """Keep what is started when.

        Args:
            name: Its name, for ever: under another name it begins anew.
            machine: The machine whose instances are started.
            recurrence: When; another recurrence under this name counts from the moment it is seen.
            event: Makes the start event from the instant, in UTC.
            overlap: What a firing does while the instance before has not ended.
            catch_up: What becomes of missed instants.
            grace: How late an instant may be fired under ``CatchUp.NONE``.
        """
        self.name = name
        self.machine = machine.name
        self.recurrence = recurrence
        self.event: Callable[[datetime], Event] = event
        self.overlap = overlap
        self.catch_up = catch_up
        self.grace = grace

    def key(self, instant: datetime) -> str:
        """Return the business key of the instance that is started for an instant.

        Args:
            instant: The instant.
        """
        return f"{self.name}@{instant.astimezone(UTC).isoformat()}"

    def __repr__(self) -> str:
        """Return name and recurrence."""
        return f"Schedule({self.name!r}, {self.recurrence})"


class _Kept(NamedTuple):
    schedule: Schedule
    runtime: AnyRuntime
    store: KeepsSchedules


class _Made(NamedTuple):
    """How far a firing came: the instant that comes next, the last started one, and how many."""

    next: datetime
    last: datetime | None
    started: int


class _Due(NamedTuple):
    """The instants to fire, and the latest that has come."""

    instants: list[datetime]
    latest: datetime


class Schedules:
    """Fires the schedules of a system; a worker has one.

    Example:
        ``started = await Schedules(system, Timing(SystemClock())).fire()``
    """

    def __init__(self, system: System, timing: Timing, *, poll_seconds: float = 1.0) -> None:
        """Keep what to fire.

        Args:
            system: Its schedules and machines.
            timing: Lets time pass.
            poll_seconds: How long to wait at most, more or less, before the rows are read again.
        """
        self._kept = [
            _Kept(one, runtime, runtime.store)
            for one in system.schedules
            if isinstance((runtime := system.runtimes[one.machine]).store, KeepsSchedules)
        ]
        self._timing = timing
        self._poll_seconds = poll_seconds
        self._next: dict[str, datetime] = {}

    async def run(self) -> None:
        """Fire schedules until cancelled; at once done where there are none.

        Raises:
            StoreClosed: When a database was closed under it.
        """
        while self._kept:
            await self.fire()
            seconds = self._poll_seconds * random.uniform(0.5, 1.5)
            until = (min(self._next.values(), default=_NEVER) - self._timing.now()).total_seconds()
            await self._timing.sleep(min(seconds, max(_SHORTEST_WAIT_SECONDS, until)) if until > 0 else seconds)

    async def fire(self) -> int:
        """Fire every schedule whose instant has come; return how many instances were started.

        A schedule that cannot be fired is left as it is, for the next time; the others go on.

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
                _log.exception("schedule %s was not fired: the store did not answer", kept.schedule.name)
            except Exception:  # the code of the schedule or the machine is to be changed  # noqa: BLE001
                _log.exception(
                    "schedule %s was not fired, and stays due", kept.schedule.name,
                    extra=context(machine=kept.schedule.machine),
                )  # fmt: skip
        return started

    async def _fire(self, kept: _Kept) -> int:
        schedule, store = kept.schedule, kept.store
        started = 0
        while True:
            row, now, text = await store.scheduled(schedule.name), self._timing.now(), str(schedule.recurrence)
            if row is None or row.recurrence != text:
                following = schedule.recurrence.after(now) or _NEVER
                self._next[schedule.name] = following
                await store.reschedule(
                    schedule.name, row, Scheduled(text, following, row.last if row is not None else None)
                )
                return started
            self._next[schedule.name] = row.next
            if row.next > now:
                return started
            made = await self._make_up(kept, row, now)
            started += made.started
            if made.next == row.next:  # it waits for the instance before
                return started
            if not await store.reschedule(schedule.name, row, Scheduled(text, made.next, made.last)):
                return started  # another worker has fired it, too: twice is once

    async def _make_up(self, kept: _Kept, row: Scheduled, now: datetime) -> _Made:
        """Start what is due; return how far that came."""
        schedule, last, started = kept.schedule, row.last, 0
        if schedule.overlap is Overlap.WAIT and await self._runs(kept, last):
            return _Made(row.next, last, 0)
        instants, latest = _due(schedule, row.next, now)
        for instant in instants:
            if schedule.overlap is not Overlap.START and await self._runs(kept, last):
                if schedule.overlap is Overlap.WAIT:
                    return _Made(instant, last, started)
                _log.info(
                    "schedule %s: nothing is started for %s, the instance before has not ended",
                    schedule.name, instant.isoformat(), extra=context(machine=schedule.machine),
                )  # fmt: skip
                continue
            started += await self._start(kept, instant, now)
            last = instant
        if row.next not in instants:
            _log.warning(
                "schedule %s: what was due from %s on has passed without a start",
                schedule.name, row.next.isoformat(), extra=context(machine=schedule.machine),
            )  # fmt: skip
        return _Made(schedule.recurrence.after(latest) or _NEVER, last, started)

    async def _start(self, kept: _Kept, instant: datetime, now: datetime) -> int:
        schedule, runtime = kept.schedule, kept.runtime
        result = await runtime.start(
            schedule.event(instant), key=schedule.key(instant), actor=f"schedule:{schedule.name}", now=now
        )
        if result.kind not in _BEGUN:
            _log.warning(
                "schedule %s: nothing was started for %s: %r", schedule.name, instant.isoformat(), result,
                extra=context(machine=schedule.machine),
            )  # fmt: skip
        return int(result.kind is ResultKind.STARTED)

    async def _runs(self, kept: _Kept, last: datetime | None) -> bool:
        """Say whether the instance that was started last has not ended."""
        if last is None:
            return False
        snapshot = await kept.runtime.load(kept.runtime.id_of(kept.schedule.key(last)))
        return snapshot is not None and snapshot.status in _UNDER_WAY


def _due(schedule: Schedule, first: datetime, now: datetime) -> _Due:
    """Return which of the instants that have come are to be fired."""
    if schedule.catch_up is CatchUp.ALL:
        instants = [first]
        while len(instants) < _AT_ONCE and (following := schedule.recurrence.after(instants[-1])) is not None:
            if following > now:
                break
            instants.append(following)
        return _Due(instants, instants[-1])
    latest = _latest(schedule.recurrence, first, now)
    fires = schedule.catch_up is CatchUp.LATEST or now - latest <= schedule.grace
    return _Due([latest] if fires else [], latest)


def _latest(recurrence: Recurrence, first: datetime, now: datetime) -> datetime:
    """Return the latest instant that has come, without a visit to all since the first."""
    distance = timedelta(seconds=1)
    latest = first
    while now - distance > first:
        found = recurrence.after(now - distance)
        if found is not None and found <= now:
            latest = found
            break
        distance *= 2
    while (following := recurrence.after(latest)) is not None and following <= now:
        latest = following
    return latest
