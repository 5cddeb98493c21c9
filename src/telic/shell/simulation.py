"""``Simulation``: machines, stores, worker and handlers in a virtual time, on one thread.

The code is that of production; only time, the event loop and what goes wrong are made up.
The same seed makes the same run. What may never be here: a second way to do what the worker
or the runtime does.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from types import TracebackType
from typing import Any, Generic, Self, TypeAlias, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.errors import StoreError
from telic.kernel.events import Control, Event, Fact
from telic.kernel.intents import AtMostOnce, Intent
from telic.kernel.journal import JournalEntry
from telic.kernel.machine import Machine
from telic.kernel.messages import Reach
from telic.kernel.snapshot import OpenIntent, Snapshot, Status
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId
from telic.runtime.claims import DeadLetter
from telic.runtime.results import RunResult
from telic.runtime.runtime import WorkflowRuntime
from telic.shell.fate import Fate
from telic.shell.handlers import Handlers
from telic.shell.invariants import EVERYTHING, InvariantBroken, ran_twice, violations
from telic.shell.limits import Limit
from telic.shell.simulated import Answer, Attempted
from telic.shell.triggers import Trigger
from telic.shell.virtual import Stalled
from telic.shell.world import Died, Plan, World
from telic.stores.memory import MemoryStore

__all__ = ["Simulated", "Simulation"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)
T = TypeVar("T")
AnyMachine: TypeAlias = "Machine[Any, Any]"
# When a world begins unless it is told otherwise: a Monday.
_MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
# How often a client asks again when its process has died or the store did not answer.
_TRIES = 100
_ECHO_STEP = timedelta(seconds=10)


class Simulated(Generic[S, E]):
    """An instance in a simulated world.

    Attributes:
        machine: Its machine.
        id: Its id.
        result: What the last call from outside came to.
    """

    def __init__(
        self, world: Simulation, machine: Machine[S, E], id: WorkflowId, result: RunResult[S] | None = None
    ) -> None:
        """Look at an instance."""
        self._world = world
        self.machine = machine
        self.id = id
        self.result = result

    @property
    def snapshot(self) -> Snapshot[S]:
        """The instance as it stands.

        Raises:
            LookupError: When there is none.
        """
        found = self._world.load(self.machine, self.id)
        if found is None:
            raise LookupError(f"expected an instance {str(self.id)!r}, got none: {self.result!r}")
        return found

    @property
    def state(self) -> S:
        """Its state."""
        return self.snapshot.state

    @property
    def status(self) -> Status:
        """Where it stands as a whole."""
        return self.snapshot.status

    @property
    def open(self) -> tuple[OpenIntent, ...]:
        """Its open intents."""
        return tuple(self.snapshot.open.values())

    @property
    def journal(self) -> tuple[JournalEntry, ...]:
        """The lines of its journal, oldest first."""
        return self._world.journal(self.machine, self.id)

    def send(self, event: E | Control, *, wait: WaitKey | None = None, actor: str = "") -> RunResult[S]:
        """Send an event from outside, and let the world go on until it is taken or refused.

        When the process that takes it dies, it is sent again under the same id.

        Args:
            event: A command, or the fact of a wait.
            wait: The declared wait that it comes from or completes.
            actor: Who sends it.
        """
        event_id = self._world.event_id()
        self.result = self._world.ask(
            self.machine, lambda runtime: runtime.run_step(self.id, event, event_id=event_id, wait=wait, actor=actor)
        )
        return self.result

    def answer(self, fact: E, *, key: IntentId | None = None) -> RunResult[S]:
        """Answer an open intent, as whoever holds its key does.

        Args:
            fact: The answer.
            key: The key; may be left out when only one open intent has such an answer.

        Raises:
            LookupError: When the intent is not told, and not exactly one is open.
        """
        asking = [one.id for one in self.open if type(fact) in self.machine.intents.get(type(one.intent), ())]
        if key is None and len(asking) != 1:
            raise LookupError(
                f"expected one open intent that {type(fact).__name__} answers, got {len(asking)}; do name its key="
            )
        known = key or asking[0]
        self.result = self._world.ask(self.machine, lambda runtime: runtime.answer(known, fact))
        return self.result

    def __repr__(self) -> str:
        """Return machine and id."""
        return f"Simulated({self.machine.name!r}, {str(self.id)!r})"


class Simulation:
    """A world in which time passes only when it is told to.

    Work is done by a real :class:`Worker`, over stores in memory; a process that dies is
    dropped as it stands, and a new one takes over when its leases have ended. Without
    ``fate`` nothing goes wrong.

    Attributes:
        fate: The chance of this run.
        clock: Tells the time of this world.
        attempts: The runs of handlers so far.

    Example:
        ``with Simulation(order, handlers=handlers, seed=7) as world: ...``
    """

    def __init__(  # noqa: PLR0913  (all have defaults that hold)
        self,
        *machines: AnyMachine,
        handlers: Handlers | None = None,
        answers: Mapping[type[Intent[Any]], Answer] | None = None,
        store: Callable[[AnyMachine], MemoryStore[Any]] = MemoryStore,
        seed: int = 0,
        fate: Fate | None = None,
        at: datetime = _MONDAY,
        concurrency: int = 16,
        lease_seconds: float = 300.0,
        limits: Sequence[Limit] = (),
        triggers: Sequence[Trigger] = (),
    ) -> None:
        """Make a world with one system in it.

        Args:
            machines: The machines.
            handlers: Your handlers; what they await passes virtual time.
            answers: What is answered in place of a handler: a fact, ``After(delay, fact)``,
                ``Later()``, an error to raise, a tuple of which the seed chooses one, or a
                function of the intent that returns one of these.
            store: Makes the store of a machine.
            seed: What all chance derives from.
            fate: The seed, and what goes wrong; stands before ``seed``.
            at: When the world begins.
            concurrency: How many handlers of a worker run at once.
            lease_seconds: How long the claim of a silent worker stands; while handlers sleep, a
                shorter one costs more renewals, and so more real time.
            limits: How often intents may be begun.
            triggers: What published facts start. While a handler sleeps, a start may be late by
                as long as a lease and a half.

        Raises:
            ConfigurationError: When machines and handlers do not fit together.
        """
        self.fate = fate if fate is not None else Fate(seed)
        self.fate.begin()
        scripts = cast("dict[type[Intent[Fact]], Answer]", dict(answers or {}))
        made_of = (machines, handlers or Handlers(), scripts, store, at, concurrency, lease_seconds)
        plan = Plan(*made_of, tuple(limits), tuple(triggers))
        self._world = World(plan, self.fate)
        self.clock = self._world.clock
        self._numbers = count(1)

    @property
    def now(self) -> datetime:
        """The present moment of this world."""
        return self.clock.now()

    @property
    def attempts(self) -> tuple[Attempted, ...]:
        """The runs of handlers so far, those that came to nothing too."""
        return tuple(self._world.diary.attempts)

    def start(self, machine: Machine[S, E], event: E, *, key: str, actor: str = "") -> Simulated[S, E]:
        """Begin an instance under a business key; what came of it is its ``result``.

        Args:
            machine: One of the machines of this world.
            event: The start event.
            key: The business key.
            actor: Who starts it.
        """
        result = self.ask(machine, lambda runtime: runtime.start(event, key=key, actor=actor))
        return Simulated(self, machine, self._world.runtime(machine).id_of(key), result)

    def instances(self, machine: Machine[S, E]) -> tuple[Simulated[S, E], ...]:
        """Return the instances of a machine, in the order of their ids."""
        ids = self._world.finished(self._world.stores[machine.name].ids(limit=EVERYTHING))
        return tuple(Simulated(self, machine, id) for id in ids)

    def load(self, machine: Machine[S, E], id: WorkflowId) -> Snapshot[S] | None:
        """Return an instance as it stands, or ``None`` where there is none."""
        found: Snapshot[S] | None = self._world.finished(self._world.stores[machine.name].load(id))
        return found

    def journal(self, machine: Machine[S, E], id: WorkflowId) -> tuple[JournalEntry, ...]:
        """Return the journal of an instance, oldest first."""
        return self._world.finished(self._world.stores[machine.name].journal(id))

    def dead_letters(self, machine: Machine[S, E]) -> tuple[DeadLetter, ...]:
        """Return the intents of a machine that nobody carries out any more."""
        return self._world.finished(self._world.stores[machine.name].dead_letters(limit=EVERYTHING))

    def publish(
        self, fact: Fact, *, name: str, key: str = "", event_id: EventId | None = None, reach: Reach = Reach.BROADCAST
    ) -> bool:
        """Publish a fact from outside, to those that wait for it and to the triggers of this world.

        Args:
            fact: What has happened.
            name: The name of the topic.
            key: Which of the topic's facts.
            event_id: Your id for it; a new one by default.
            reach: Whether it is for all that wait for it, or for the first.

        Returns:
            Whether it is new.
        """
        known = event_id or self.event_id()
        world = self._world
        return world.finished(world.published(fact, name=name, key=key, event_id=known, reach=reach))

    def run(self, function: Callable[[], Coroutine[object, object, T]]) -> T:
        """Run an async function in this world, and let time pass for as long as it takes.

        Args:
            function: What to run; it awaits nothing from outside.
        """
        return self._world.finished(function())

    def ask(
        self, machine: Machine[S, E], call: Callable[[WorkflowRuntime[S, E]], Coroutine[object, object, RunResult[S]]]
    ) -> RunResult[S]:
        """Make a call on a runtime as a client does, again and again until it is answered.

        Args:
            machine: One of the machines of this world.
            call: The call; made again, it has to be the same, under the same event id.

        Raises:
            StoreError: When the store does not answer at all.
        """
        error: StoreError | None = None
        for _ in range(_TRIES):
            client = self._world.process("client")
            try:
                return self._world.finished(call(self._world.runtime(machine, client)), client)
            except StoreError as raised:
                error = raised
            except Died:
                continue
        raise error or Stalled(f"{_TRIES} dead clients, one after the other")

    def event_id(self) -> EventId:
        """Return an event id that this world has not seen."""
        return EventId(f"simulated:{next(self._numbers)}")

    def run_until_idle(self) -> None:
        """Let the worker do what is to be done, retries too, and whatever follows from it.

        Idle is a world in which all that is left waits for a moment, an answer that comes
        later, or somebody outside. Deadlines that come on the way fire; no time passes else.

        Raises:
            Stalled: When that does not end.
        """
        self._world.run_until_idle()

    def skip(self, time: timedelta) -> None:
        """Let so much time pass: deadlines fire on the way, each at its moment, and the worker works.

        Args:
            time: How much.
        """
        self.skip_to(self.now + time)

    def skip_to(self, moment: datetime) -> None:
        """Let time pass until a moment; see :meth:`skip`.

        Args:
            moment: Until when; one that is past already is now.
        """
        self._world.run_until(moment)

    def settle(self) -> None:
        """Run until idle, then let everything go well, and see that the world rests as it must.

        From then on nothing goes wrong any more. Dead letters are redriven, but for those
        that must not run twice.

        Raises:
            InvariantBroken: When an intent is lost or counted twice, a journal does not lead
                to its state, an intent ran too often, or an instance waits for nothing.
            Stalled: When it does not come to rest.
        """
        self._world.run_until_idle()
        self.fate.calm = True
        self._world.finished(self._redriven())
        self._world.run_until_idle()
        while not all(echo.done() for echo in self._world.echoes):
            self.skip(_ECHO_STEP)
        self._world.run_until_idle()
        findings = self._world.finished(self._findings())
        if findings:
            raise InvariantBroken(findings)

    def close(self) -> None:
        """Clear the world away."""
        self._world.end()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Settle a world in which something may have gone wrong, and clear it away.

        An error carries a note with the seed and the faults that make it happen again.
        """
        try:
            if error is None and self.fate.troubled:
                self.settle()
        except Exception as raised:
            raised.add_note(f"simulation: {self.fate}")
            raise
        finally:
            self.close()
        if error is not None:
            error.add_note(f"simulation: {self.fate}")

    async def _redriven(self) -> None:
        for store in self._world.stores.values():
            letters = await store.dead_letters(limit=EVERYTHING)
            kinds = {one.opened.id: type(one.opened.intent) for one in letters}
            again = [id for id, kind in kinds.items() if not issubclass(kind.__delivery__, AtMostOnce)]
            await store.redrive(again, now=self.now)

    async def _findings(self) -> tuple[str, ...]:
        world = self._world
        found = [await violations(one, world.stores[name], world.diary) for name, one in world.machines.items()]
        return (*ran_twice(world.diary), *chain.from_iterable(found))

    def __repr__(self) -> str:
        """Return the machines and the moment."""
        return f"Simulation({', '.join(self._world.machines)}, {self.now.isoformat()})"
