"""Stores that count, lose races and break, and calls that are made at once."""

import anyio

from telic import WorkflowRuntime
from telic.kernel.errors import RevisionConflict, StoreFailed
from telic.kernel.snapshot import NOTHING_SEEN
from telic.stores.memory import MemoryStore


class Counting(MemoryStore):
    """A store that counts, and lets others in between load and save."""

    def __init__(self, machine):
        super().__init__(machine)
        self.loads = self.saves = 0

    async def load(self, id, event_ids=()):
        self.loads += 1
        await anyio.lowlevel.checkpoint()
        return await super().load(id, event_ids)

    async def save(self, commit):
        self.saves += 1
        await anyio.lowlevel.checkpoint()
        await super().save(commit)


class Remembering(MemoryStore):
    """A store that remembers, counts its loads, and whose instances others may move on."""

    def __init__(self, machine):
        super().__init__(machine)
        self.loads = 0
        self.held = {}

    async def load(self, id, event_ids=()):
        self.loads += 1
        return await super().load(id, event_ids)

    async def save(self, commit):
        self.held.pop(commit.id, None)
        await super().save(commit)
        await anyio.lowlevel.checkpoint()
        self.held[commit.id] = commit.after._replace(seen=NOTHING_SEEN)

    def recalled(self, id):
        return self.held.get(id)

    async def moved_on(self, id, event, **more):
        """Have somebody else take a step, of which this process does not know."""
        held = self.held.pop(id)
        await WorkflowRuntime(machine=self._machine, store=self).run_step(id, event, **more)
        self.held[id] = held
        self.loads = 0


class Losing(MemoryStore):
    """A store in which somebody else is first, so many times."""

    def __init__(self, machine, times):
        super().__init__(machine)
        self.times = times

    async def save(self, commit):
        if self.times:
            self.times -= 1
            raise RevisionConflict(commit.id, commit.expected, 99)
        await super().save(commit)


class Breaking(MemoryStore):
    async def save(self, commit):
        raise StoreFailed("save", "disk full")


async def together(*calls):
    results = [None] * len(calls)

    async def one(at, call):
        results[at] = await call

    async with anyio.create_task_group() as group:
        for at, call in enumerate(calls):
            group.start_soon(one, at, call)
    return results
