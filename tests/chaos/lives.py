"""One life of a visit, from its first command to its last effect, while things go wrong on the way.

Whoever sends an event asks again, under its id, until told what came of it; whoever works for
the visit begins again when something failed, and after the lease where it was cut off. What
may never be here: what goes wrong, and when.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import anyio
import anyio.lowlevel

from telic import EventId, Handlers, System, Worker, WorkflowId, WorkflowRuntime
from telic.kernel.errors import StoreError
from telic.kernel.snapshot import Status
from telic.shell.deadlines import Deadlines
from telic.shell.timing import Timing
from telic.shell.topics import Feeding, publish
from tests.chaos.evidence import Effect, Evidence, Sent, Told
from tests.chaos.faults import Story
from tests.chaos.points import Points
from tests.chaos.visit import BELL, Arrive, Called, Door, Knock, LetIn, Poke, Settle, Settled, WaveGoodbye, visit

ONE = WorkflowId("one")
DOOR = Door("oak")
_LEASE = timedelta(hours=1)
_ROUNDS = 12
_TRIES = 12
_BEGAN = datetime(2026, 5, 4, 9, tzinfo=UTC)


class HurriedClock:
    """A clock whose short sleeps are over at once, and whose long ones never end."""

    def __init__(self) -> None:
        self._now = _BEGAN

    def now(self) -> datetime:
        return self._now

    def move(self, time: timedelta) -> None:
        self._now += time

    async def sleep(self, seconds: float) -> None:
        if seconds >= _LEASE.total_seconds() / 4:
            await anyio.sleep_forever()
        self.move(timedelta(seconds=seconds))
        await anyio.lowlevel.checkpoint()


class Life:
    """One visit in one store, and all who have to do with it."""

    def __init__(self, store, points: Points) -> None:
        self._store = store
        self._points = points
        self._clock = HurriedClock()
        self._runtime = WorkflowRuntime(machine=visit, store=store, clock=self._clock)
        self._effects: list[Effect] = []
        self._told: list[Told] = []
        self._sent: list[Sent] = []
        self._system = System(runtimes=[self._runtime], handlers=self._handlers())
        timing = Timing(self._clock)
        self._feeding = Feeding(self._system, timing)
        self._deadlines = Deadlines(self._system, timing)

    @property
    def evidence(self) -> Evidence:
        """What those outside know."""
        return Evidence(tuple(self._effects), tuple(self._sent), tuple(self._told))

    async def lived(self) -> None:
        """Send what there is to send, and work until nothing is left to do."""
        await self._send("ada#0", Arrive(door=DOOR))
        await self._insisted(self._called)
        await self._send("ada#1", Poke(number=1))
        for _ in range(_ROUNDS):
            for act in (self._worked, self._feeding.feed, self._deadlines.fire, self._deadlines.sweep):
                await self._tried(act)
            if await self._over():
                return
            self._clock.move(_LEASE)

    async def _send(self, name: str, event) -> None:
        self._sent.append(Sent(ONE, name))
        result = await self._insisted(lambda: self._runtime.run_step(ONE, event, event_id=EventId(name)))
        if result is not None:
            self._told.append(Told(ONE, name, result.kind))

    async def _called(self) -> bool:
        await publish(self._system, Called(text="tea"), name=BELL, key=DOOR, event_id=EventId("call#0"))
        return True

    async def _worked(self) -> None:
        await Worker(self._system, clock=self._clock, lease_seconds=_LEASE.total_seconds()).drain()

    async def _insisted(self, act: Callable[[], Awaitable]):
        for _ in range(_TRIES):
            found = await self._tried(act)
            if found is not None:
                return found
        return None  # whoever checks finds that they were never told

    async def _tried(self, act: Callable[[], Awaitable]):
        with anyio.CancelScope() as self._points.scope:
            try:
                return await act()
            except StoreError:
                return None

    async def _over(self) -> bool:
        with self._points.resting():
            snapshot = await self._store.load(ONE)
            return snapshot is not None and snapshot.status is Status.ENDED and not snapshot.open

    def _handlers(self) -> Handlers:
        async def acted(intent, call) -> None:
            self._effects.append(Effect(call.key, type(intent).__name__, call.attempt, 0, call.attempt))

        async def knock(intent, call):
            await acted(intent, call)
            return LetIn(door=intent.door)

        async def settle(intent, call):
            await acted(intent, call)
            return Settled(door=intent.door)

        return Handlers(Knock.handled_by(knock), Settle.handled_by(settle), WaveGoodbye.handled_by(acted))


async def _played(store, points: Points) -> Evidence:
    life = Life(store, points)
    await life.lived()
    return life.evidence


LIFE = Story(visit, _played)
