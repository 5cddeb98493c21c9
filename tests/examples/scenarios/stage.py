"""A system on a store of either kind, under a clock that a test moves: three days take no time.

It does by hand what ``Worker.run`` does, with the same parts, since a simulation keeps its stores in memory.
"""

from datetime import UTC, datetime, timedelta
from itertools import count

from telic import EventId, Handlers, System, Worker, WorkflowRuntime
from telic.shell.deadlines import Deadlines
from telic.shell.tasks import Inbox
from telic.shell.timing import Timing
from telic.shell.topics import Feeding, publish
from telic.shell.triggers import Triggers
from tests.shell.till import HandClock

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Stage:
    """Machines with their stores, handlers and triggers, and everybody who serves them.

    Attributes:
        clock: Stands still until :meth:`skip`.
        system: The system.
        inbox: The tasks that are open in it.
    """

    def __init__(self, store, machines, *, handlers=None, triggers=()):
        self.clock = HandClock(MONDAY)
        self._runtimes = {
            one.name: WorkflowRuntime(machine=one, store=store(one), clock=self.clock) for one in machines
        }
        self.system = System(runtimes=[*self._runtimes.values()], handlers=handlers or Handlers(), triggers=triggers)
        self.inbox = Inbox(self.system)
        self.worker = Worker(self.system, clock=self.clock)
        self.failures = []
        timing = Timing(self.clock)
        self._shifts = (
            Deadlines(self.system, timing).fire,
            Feeding(self.system, timing).feed,
            Triggers(self.system, timing).fire,
        )
        self._numbers = count(1)

    @property
    def now(self):
        return self.clock.now()

    def runtime(self, machine):
        return self._runtimes[machine.name]

    async def start(self, machine, event, *, key="k"):
        """Begin an instance under a key, and do what follows; return its id."""
        runtime = self.runtime(machine)
        result = await runtime.start(event, key=key)
        assert result.kind == "started", result
        await self.settle()
        return result.id

    async def send(self, machine, id, event, *, actor=""):
        """Send a command, and do what follows; return what came of it."""
        result = await self.runtime(machine).run_step(id, event, actor=actor)
        await self.settle()
        return result

    async def publish(self, fact, *, name, key=""):
        """Publish a fact, and do what follows."""
        id = EventId(f"published-{next(self._numbers)}")
        await publish(self.system, fact, name=name, key=key, event_id=id, now=self.now)
        await self.settle()

    async def complete(self, data, *, actor, groups=()):
        """Fill in the one task that is open for somebody, and do what follows; return what came of it."""
        (task,) = (await self.inbox.tasks(assignee=actor, groups=groups)).items
        result = await self.inbox.complete(task, data, actor=actor, groups=groups)
        await self.settle()
        return result

    async def settle(self):
        """Do everything that is due, and what follows from it."""
        while True:
            done = sum([await work() for work in self._shifts])
            drained = await self.worker.drain()
            self.failures += drained.failures
            if not done and not drained.carried_out:
                return

    async def skip(self, time):
        """Let so much time pass: what is due on the way is done at its moment."""
        until = self.now + time
        while (moment := await self._next(until)) is not None:
            self.clock.move(max(0.0, (moment - self.now).total_seconds()))
            await self.settle()
        self.clock.move((until - self.now).total_seconds())
        await self.settle()

    async def _next(self, until):
        """When the next thing is due, until then."""
        found = []
        for name, runtime in self._runtimes.items():
            deadline = await runtime.store.next_deadline()
            found += [deadline] if deadline is not None else []
            mine = [one.name for one in self.system.triggers if one.machine == name]
            found += [one.due for trigger in mine for one in await runtime.store.due_starts(trigger, until, 1)]
        return min((one for one in found if one <= until), default=None)

    async def state(self, machine, id):
        return (await self.runtime(machine).load(id)).state

    async def kinds(self, machine, id):
        """The kinds of the states that the journal of an instance names, each once in a row."""
        kinds = [entry.kind for entry in await self.runtime(machine).store.journal(id)]
        return [one for place, one in enumerate(kinds) if place == 0 or kinds[place - 1] != one]

    async def instances(self, machine):
        """The ids of all instances of a machine."""
        return [one.id for one in (await self.runtime(machine).store.find()).items]


DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
