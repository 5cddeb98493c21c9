"""``World``: what a simulation consists of, and how it goes on from moment to moment.

One worker at a time, in a process that may die; whoever is outside never does. What may never
be here: what a test asks of it; see ``simulation``.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias, TypeVar

import anyio
from pydantic import BaseModel

from telic.kernel.events import Event, Fact
from telic.kernel.handling import Call
from telic.kernel.intents import Intent
from telic.kernel.machine import Machine
from telic.kernel.messages import Reach
from telic.kernel.reminders import Remind
from telic.kernel.snapshot import OpenIntent, Status
from telic.kernel.values import EventId, IntentId
from telic.runtime.runtime import WorkflowRuntime
from telic.runtime.starts import DueStart
from telic.runtime.waker import current_loop
from telic.shell.fate import Fate
from telic.shell.handlers import Handlers
from telic.shell.invariants import EVERYTHING
from telic.shell.limits import Limit
from telic.shell.simulated import After, Answer, Diary, Perils, SimulatedStore, scripted, watched
from telic.shell.system import System
from telic.shell.topics import publish
from telic.shell.triggers import Trigger
from telic.shell.virtual import Process, Stalled, VirtualClock, VirtualLoop
from telic.shell.worker import Worker
from telic.stores.memory import MemoryStore

__all__ = ["Died", "Plan", "World"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)
T = TypeVar("T")
AnyMachine: TypeAlias = "Machine[Any, Any]"
_LONGEST_ECHO_SECONDS = 60.0
# So often the clock may move on before a world that is to become idle counts as one that never will.
_MOMENTS_MAX = 5_000
_LAST_MOMENT = datetime.max.replace(tzinfo=UTC)


class Died(Exception):
    """The process that made a call is dead."""


class Plan(NamedTuple):
    """What a world is made of; see :class:`telic.shell.simulation.Simulation`."""

    machines: tuple[AnyMachine, ...]
    handlers: Handlers
    answers: Mapping[type[Intent[Fact]], Answer]
    store: Callable[[AnyMachine], MemoryStore[Any]]
    at: datetime
    concurrency: int
    lease_seconds: float
    limits: tuple[Limit, ...] = ()
    triggers: tuple[Trigger, ...] = ()


class _Employed(NamedTuple):
    process: Process
    leave: list[Callable[[], None]]
    work: asyncio.Task[None]


class World:
    """Stores, a worker and a clock that stands until it is moved.

    Attributes:
        plan: What it is made of.
        fate: The chance of this run.
        clock: Tells its time.
        machines: The machines by name.
        stores: Their stores, which outlive every process.
        diary: What the handlers did.
        echoes: Answers that are on their way a second time.
    """

    def __init__(self, plan: Plan, fate: Fate) -> None:
        """Make the world; what does not fit together is found at once."""
        _refuse_within_a_loop()
        self.plan = plan
        self.fate = fate
        self._loop = VirtualLoop()
        self.clock = VirtualClock(self._loop, plan.at)
        self.machines = {machine.name: machine for machine in plan.machines}
        self.stores = {name: plan.store(machine) for name, machine in self.machines.items()}
        self._runtimes = {
            name: WorkflowRuntime(machine=machine, store=self.stores[name], clock=self.clock)
            for name, machine in self.machines.items()
        }
        self.diary = Diary()
        self.echoes: list[asyncio.Task[None]] = []
        self._posts: dict[IntentId, asyncio.Task[None]] = {}
        self._chance = random.Random(f"chance {fate.seed}").getstate()
        self._outside = Process("outside")
        self._processes = [self._outside]
        self._worker: _Employed | None = None
        try:
            self._system(self._outside)
        except Exception:
            self._loop.close()
            raise

    def process(self, name: str) -> Process:
        """Return a new process."""
        process = Process(name)
        self._processes.append(process)
        return process

    def runtime(self, machine: Machine[S, E], process: Process | None = None) -> WorkflowRuntime[S, E]:
        """Return the runtime of a machine in a process; nothing goes wrong outside of all processes."""
        within = process if process is not None else self._outside
        inner: MemoryStore[S] = self.stores[machine.name]
        store = SimulatedStore(inner, Perils(within, self.fate, spared=within is self._outside), self.diary)
        made: WorkflowRuntime[S, E] = self._runtimes[machine.name]
        return made.through(store)

    def finished(self, work: Coroutine[object, object, T], process: Process | None = None) -> T:
        """Let the world go on until some work is done, and return what it came to.

        Args:
            work: The work.
            process: Where it is done; outside by default, where nothing goes wrong.

        Raises:
            Died: When the process did not live to see the end.
            Stalled: When there is none.
        """
        within = process if process is not None else self._outside
        with self._entered():
            task = self._loop.begin(within, work)
            if not self._driven(lambda: task.done() or within.dead, None):
                raise Stalled("a call that waits for ever")
            if within.dead:
                raise Died
            return task.result()

    def run_until_idle(self) -> None:
        """Let the worker do what is to be done, and whatever follows from it.

        Raises:
            Stalled: When that does not end.
        """
        with self._entered():
            if not self._worked(None):
                raise Stalled(self._left())

    def run_until(self, moment: datetime) -> None:
        """Let time pass until a moment, and do on the way what is to be done."""
        until = self.clock.until(moment)
        with self._entered():
            while self._worked(until):
                following = self._following()
                if following is None or following > until:
                    break
                self._loop.move_to(following)
            self._loop.move_to(until)
            self._worked(until)

    def end(self) -> None:
        """Clear the world away."""
        for process in self._processes:
            process.dead = True
        self._loop.end()

    @contextmanager
    def _entered(self) -> Iterator[None]:
        """Be in this world until the end of the block: its loop, and its chance."""
        _refuse_within_a_loop()
        outer = random.getstate()
        random.setstate(self._chance)
        try:
            with self._loop.entered():
                yield
        finally:
            self._chance = random.getstate()
            random.setstate(outer)

    def _now(self, question: Coroutine[object, object, T]) -> T:
        """Return what a store says, in the midst of the world; no time passes."""
        task = self._loop.begin(self._outside, question)
        self._loop.run_ready()
        return task.result()

    def _worked(self, until: int | None) -> bool:
        """Have the worker work until there is nothing to do; return whether it came so far."""
        if self._busy():
            self._hire()
            if not self._driven(lambda: not self._busy(), until):
                return False
        self._retire()
        return True

    def _driven(self, done: Callable[[], bool], until: int | None) -> bool:
        moments = 0
        while True:
            self._loop.run_ready()
            if self._worker is not None and self._replaced(self._worker):
                continue
            if done():
                return True
            moments += until is None
            if moments > _MOMENTS_MAX or not self._loop.advance(until):
                return False

    def _replaced(self, worker: _Employed) -> bool:
        """See to the worker; return whether another one had to begin."""
        if worker.work.done():
            self._worker = None
            worker.work.result()  # it has ended by itself: raises what it raised
        if worker.process.dead:
            self._worker = None
            self._hire()
        return self._worker is not worker

    def _hire(self) -> None:
        if self._worker is not None:
            return
        process, lease = self.process("worker"), self.plan.lease_seconds
        leave: list[Callable[[], None]] = []
        worker = Worker(
            self._system(process),
            concurrency=self.plan.concurrency,
            lease_seconds=lease,
            poll_seconds=lease,  # commits of this process are noticed at once
            clock=self.clock,
        )

        async def employed() -> None:
            with anyio.CancelScope() as scope:
                leave.append(scope.cancel)
                await worker.run()

        self._worker = _Employed(process, leave, self._loop.begin(process, employed()))

    def _retire(self) -> None:
        """Let the worker end: there is nothing to do, and its polls cost time."""
        if self._worker is None:
            return
        process, leave, work = self._worker
        self._worker = None
        process.leaving = True
        for cancel in leave:
            cancel()
        self._loop.run_ready()
        assert work.done()
        work.result()

    def _busy(self) -> bool:
        return self._now(self._any_to_do())

    async def _any_to_do(self) -> bool:
        if self._worker is not None and self._worker.process.running:
            return True
        now = self.clock.now()
        for name, store in self.stores.items():
            due = await store.next_due(self._tags(name))
            overdue = due is not None and due <= now
            if overdue or store.topics.is_hungry(now) or await self._to_do(store) or await store.due_deadlines(now, 1):
                return True
        return any([await self._starts_by(one, now) for one in self.plan.triggers])

    async def _starts_by(self, trigger: Trigger, moment: datetime) -> tuple[DueStart, ...]:
        """Return the first start that a trigger is to make until a moment, if there is one."""
        return await self.stores[trigger.machine].due_starts(trigger.name, moment, 1)

    async def _to_do(self, store: MemoryStore[Any]) -> list[OpenIntent]:
        """Return the intents that a worker has at hand or will take up by itself."""
        listed = await store.outbox(EVERYTHING)
        if not listed:
            return []
        idle = {one.opened.id for one in await store.dead_letters(limit=EVERYTHING)} | self.diary.later
        left: list[OpenIntent] = []
        for id, opened in listed:
            snapshot = await store.load(id) if opened.id not in idle else None
            if snapshot is not None and (snapshot.status is not Status.PAUSED or opened.withdrawn):
                left.append(opened)
        return left

    def _following(self) -> int | None:
        """Return when something is to happen in a world at rest, in microseconds."""
        moments = [self._now(self._next_moment(name, store)) for name, store in self.stores.items()]
        starts = [self._now(self._starts_by(one, _LAST_MOMENT)) for one in self.plan.triggers]
        moments += [start.due for found in starts for start in found]
        found = [self.clock.until(moment) for moment in moments if moment is not None]
        timer = self._loop.next_timer()
        return min(found if timer is None else [*found, timer], default=None)

    async def _next_moment(self, name: str, store: MemoryStore[Any]) -> datetime | None:
        moments = (await store.next_due(self._tags(name)), await store.next_deadline())
        return min((one for one in moments if one is not None), default=None)

    def _tags(self, name: str) -> list[str]:
        return [Remind.__tag__, *(intent.__tag__ for intent in self.machines[name].intents)]

    def _left(self) -> str:
        left = [one for store in self.stores.values() for one in self._now(self._to_do(store))]
        return f"{', '.join(type(one.intent).__name__ for one in left) or 'a deadline'} still to be done"

    def _system(self, process: Process) -> System:
        """Return the system as one process builds it."""
        plan, perils = self.plan, Perils(process, self.fate)
        bindings = [one for one in plan.handlers if one.intent not in plan.answers]
        bindings += [
            scripted(intent, answer, self.fate, self.diary, self._post) for intent, answer in plan.answers.items()
        ]
        met = [watched(one, perils, self.diary, plan.lease_seconds, self.clock.now, self._echo) for one in bindings]
        runtimes = [self.runtime(machine, process) for machine in plan.machines]
        return System(runtimes=runtimes, handlers=Handlers(*met), triggers=plan.triggers, limits=plan.limits)

    async def published(self, fact: Fact, *, name: str, key: str, event_id: EventId, reach: Reach) -> bool:
        """Publish a fact from outside, and say whether it is new."""
        system = self._system(self._outside)
        return await publish(system, fact, name=name, key=key, event_id=event_id, reach=reach, now=self.clock.now())

    def _post(self, call: Call, after: After) -> None:
        """Have an answer come after its delay, however often it was asked for."""
        if call.key not in self._posts:
            self._posts[call.key] = self._deliver(call, after.answer, after.delay.total_seconds())

    def _echo(self, call: Call, answer: Fact) -> None:
        self.echoes.append(self._deliver(call, answer, self.fate.seconds(_LONGEST_ECHO_SECONDS)))

    def _deliver(self, call: Call, answer: Fact, seconds: float) -> asyncio.Task[None]:
        runtime = self.runtime(self.machines[call.machine])

        async def delivered() -> None:
            await anyio.sleep(seconds)
            await runtime.answer(call.key, answer)

        return self._loop.begin(self._outside, delivered())


def _refuse_within_a_loop() -> None:
    try:
        current_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "expected no running event loop, got one: a simulation has its own; do use it from a plain function"
    )
