"""What a story is set in: a machine in one store, a clock, and people who ask again until they are answered.

Whoever sends an event sends it again, under its id, until told what came of it; whoever works
begins again when something failed, and after the lease where it was cut off. What may never be
here: what is sent, and what goes wrong.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import anyio.lowlevel

from telic import EventId, Handlers, Machine, System, Worker, WorkflowId, WorkflowRuntime
from telic.kernel.errors import StoreError
from telic.kernel.snapshot import Status
from telic.shell.deadlines import Deadlines
from telic.shell.timing import Timing
from telic.shell.topics import Feeding
from tests.chaos.evidence import Effect, Evidence, Sent, Told
from tests.chaos.points import Points

LEASE = timedelta(hours=1)
BEGAN = datetime(2026, 5, 4, 9, tzinfo=UTC)
_ROUNDS = 12
_TRIES = 12


class HurriedClock:
    """A clock whose short sleeps are over at once, and whose long ones never end."""

    def __init__(self) -> None:
        self._now = BEGAN

    def now(self) -> datetime:
        return self._now

    def move(self, time: timedelta) -> None:
        self._now += time

    async def sleep(self, seconds: float) -> None:
        if seconds >= LEASE.total_seconds() / 4:
            await anyio.sleep_forever()
        self.move(timedelta(seconds=seconds))
        await anyio.lowlevel.checkpoint()


class Scene:
    """Instances of one machine in one store, and all who have to do with them.

    Attributes:
        clock: Tells the time of the scene.
        runtime: The runtime of the machine.
        system: The system that is served.
        points: Where something may go wrong.
    """

    def __init__(self, machine: Machine, store: Any, points: Points, **system: Any) -> None:
        self.clock = HurriedClock()
        self.runtime = WorkflowRuntime(machine=machine, store=store, clock=self.clock)
        self.system = System(runtimes=[self.runtime], handlers=self._handlers(), **system)
        self.timing = Timing(self.clock)
        self.store = store
        self.points = points
        self._effects: list[Effect] = []
        self._told: list[Told] = []
        self._sent: list[Sent] = []
        self._acts = [self._worked, Feeding(self.system, self.timing).feed, Deadlines(self.system, self.timing).fire]

    @property
    def evidence(self) -> Evidence:
        """What those outside know."""
        return Evidence(tuple(self._effects), tuple(self._sent), tuple(self._told))

    def forget(self) -> None:
        """Forget what those outside know: it is gone from the store as well, as it has to be."""
        for known in (self._effects, self._told, self._sent):
            known.clear()

    def bindings(self) -> tuple:
        """The handlers; each notes what it does with :meth:`acted`."""
        raise NotImplementedError

    async def acted(self, intent, call) -> None:
        """Note that an effect has happened; the handler of an intent that nobody answers."""
        self._effects.append(Effect(call.key, type(intent).__name__, call.attempt, 0, call.attempt))

    async def send(self, id: WorkflowId, name: str, event) -> None:
        """Send an event until told what came of it."""
        self._sent.append(Sent(id, name))
        result = await self.insisted(lambda: self.runtime.run_step(id, event, event_id=EventId(name)))
        if result is not None:
            self._told.append(Told(id, name, result.kind))

    async def work(self, *more: Callable[[], Awaitable]) -> None:
        """Work until nothing is left to do, for some time at most.

        Args:
            more: What is to be done beside intents, topics and deadlines.
        """
        for _ in range(_ROUNDS):
            for act in (*self._acts, *more):
                await self.tried(act)
            if await self._over():
                return
            self.clock.move(LEASE)

    async def insisted(self, act: Callable[[], Awaitable]) -> Any:
        """Do something until it comes to anything but nothing."""
        for _ in range(_TRIES):
            found = await self.tried(act)
            if found is not None:
                return found
        return None  # whoever checks finds that they were never told

    async def tried(self, act: Callable[[], Awaitable]) -> Any:
        """Do something once; nothing comes of it when it fails or its caller gives up."""
        with anyio.CancelScope() as self.points.scope:
            try:
                return await act()
            except StoreError:
                return None

    async def _worked(self) -> None:
        await Worker(self.system, clock=self.clock, lease_seconds=LEASE.total_seconds(), max_crashes=50).drain()

    async def _over(self) -> bool:
        with self.points.resting():
            found = [await self.store.load(id) for id in await self.store.ids()]
            return bool(found) and all(one.status is not Status.RUNNING and not one.open for one in found)

    def _handlers(self) -> Handlers:
        return Handlers(*self.bindings())
