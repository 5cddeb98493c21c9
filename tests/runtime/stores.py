"""Stores that count, lose races and break, and calls that are made at once."""

import anyio

from telic.kernel.errors import RevisionConflict, StoreFailed
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
