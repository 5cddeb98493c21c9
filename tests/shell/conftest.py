"""A till in memory and in a file, and workers under a clock that is moved by hand."""

from contextlib import asynccontextmanager

import anyio
import pytest

from telic import Handlers, System, Worker, WorkflowRuntime
from telic.shell.operators import Operators
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.shell.till import ID, Charge, Done, HandClock, Note, Open, Quiet, Wire, everything, till


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture(params=["memory", "sqlite"])
async def books(request, tmp_path):
    """A store of each kind."""
    if request.param == "memory":
        yield MemoryStore(till)
        return
    async with SqliteDatabase(tmp_path / "till.db") as database:
        yield database.store(till)


@pytest.fixture(params=["memory", "sqlite"])
async def chore_stores(request, tmp_path):
    """Makes a store of one kind for each machine."""
    if request.param == "memory":
        yield MemoryStore
        return
    async with SqliteDatabase(tmp_path / "chores.db") as database:
        yield database.store


@pytest.fixture
def runtime(books, clock):
    return WorkflowRuntime(machine=till, store=books, clock=clock)


@pytest.fixture
def operators(runtime):
    return Operators(everything(runtime), actor="ann")


class Bench:
    """A till with one instance, and workers whose handlers a test writes."""

    def __init__(self, store, clock):
        self.clock = clock
        self.store = store
        self.runtime = WorkflowRuntime(machine=till, store=store, clock=clock)

    def over_again(self):
        """Have a runtime that finds the store as it is now: with the methods that a test put there."""
        self.runtime = WorkflowRuntime(machine=till, store=self.store, clock=self.clock)

    async def ask(self, event):
        return await self.runtime.run_step(ID, event)

    async def log(self):
        return (await self.runtime.load(ID)).state.log

    async def open(self):
        return list((await self.runtime.load(ID)).open)

    async def dead(self):
        return [one.opened.id for one in await self.store.dead_letters()]

    def worker(self, *bindings, clock=None, **how):
        async def done(intent, call):
            return Done(ref=intent.ref)

        async def noted(intent, call):
            return None

        bound = {one: one.handled_by(done) for one in (Charge, Wire, Quiet)} | {Note: Note.handled_by(noted)}
        bound |= {one.intent: one for one in bindings}
        system = System(runtimes=[self.runtime], handlers=Handlers(*bound.values()))
        return Worker(system, clock=clock or self.clock, **how)

    @asynccontextmanager
    async def working(self, *workers):
        """Have workers run until the end of the block; they are cancelled then."""
        async with anyio.create_task_group() as group:
            for worker in workers:
                group.start_soon(worker.run)
            with anyio.fail_after(60):
                yield
            group.cancel_scope.cancel()


@pytest.fixture
async def bench(books, clock):
    made = Bench(books, clock)
    await made.ask(Open())
    return made
