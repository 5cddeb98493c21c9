"""The side of litestar-workflows: its persistent engine on a file, with a session for each call.

The file has a log ahead, and its commits are in the hands of the operating system
(``synchronous=NORMAL``). A person's task is completed by an engine of its own, as a request has
one: the engine that has begun a workflow does not resume it. What may never be here: an import of
telic, or of what this environment has not.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from itertools import pairwise
from typing import Any
from uuid import UUID

from litestar_workflows import BaseHumanStep, BaseMachineStep, Edge, WorkflowContext, WorkflowDefinition
from litestar_workflows.core.types import WorkflowStatus
from litestar_workflows.db import PersistentExecutionEngine, WorkflowInstanceModel
from litestar_workflows.engine.registry import WorkflowRegistry
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from tests.bench.peers.answering import answered, timed
from tests.bench.peers.orders import ORDER


class Work(BaseMachineStep):
    """One durable step, which hands on an order."""

    async def execute(self, context: WorkflowContext) -> dict[str, Any]:
        """Do what a handler does here: nothing but count."""
        return {**ORDER, "calls": 1}


class Approval(BaseHumanStep):
    """What a person is asked."""

    name = "approve"
    title = "Approve o-1"
    form_schema: dict[str, Any] = {
        "type": "object",
        "properties": {"note": {"type": "string"}},
        "required": ["note"],
    }

    def __init__(self) -> None:
        """Name it."""
        super().__init__(self.name, self.title, form_schema=self.form_schema)


def workflow(number: int) -> type[Any]:
    """Return a workflow of so many machine steps."""
    names = [f"work-{place}" for place in range(number)]
    definition = WorkflowDefinition(
        name=f"relay-{number}",
        version="1.0.0",
        description="",
        steps={name: Work(name) for name in names},
        edges=[Edge(*pair) for pair in pairwise(names)],
        initial_step=names[0],
        terminal_steps={names[-1]},
    )
    return _as_class(definition)


def approval() -> type[Any]:
    """Return a workflow of a person's task, and the machine step in which it has to end."""
    definition = WorkflowDefinition(
        name="approval",
        version="1.0.0",
        description="",
        steps={"approve": Approval(), "end": Work("end")},
        edges=[Edge("approve", "end")],
        initial_step="approve",
        terminal_steps={"end"},
    )
    return _as_class(definition)


def _as_class(definition: WorkflowDefinition) -> type[Any]:
    members = {
        "name": definition.name,
        "version": definition.version,
        "description": "",
        "get_definition": staticmethod(lambda: definition),
    }
    return type("Flow", (), members)


class Side:
    """A file, and the workflows that are known."""

    def __init__(self, path: str) -> None:
        """Name the file."""
        self._engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        event.listen(self._engine.sync_engine, "connect", _prepared)
        self._sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(self._engine, expire_on_commit=False)
        self._registry = WorkflowRegistry()
        self._known: dict[str, type[Any]] = {}

    async def make(self) -> None:
        """Make the tables."""
        async with self._engine.begin() as connection:
            await connection.run_sync(WorkflowInstanceModel.metadata.create_all)

    async def relay(self, count: int) -> dict[str, Any]:
        """Take so many machine steps, one after the other."""
        flow = self._flow(f"relay-{count}", lambda: workflow(count))
        with timed() as clock:
            id = await self._begun(flow)
        assert await self._status(id) == WorkflowStatus.COMPLETED
        return clock.told

    async def approve(self, count: int) -> dict[str, Any]:
        """Complete so many tasks, each of a workflow of its own that waits for it."""
        flow = self._flow("approval", approval)
        ids = [await self._begun(flow) for _ in range(count)]
        with timed() as clock:
            for id in ids:
                async with self._using() as engine:
                    await engine.complete_human_task(id, "approve", "ann", {"note": "fine"})
                    await _settled(engine, id)
        for id in ids:
            assert await self._status(id) == WorkflowStatus.COMPLETED
        return clock.told

    def _flow(self, name: str, make: Any) -> type[Any]:
        if name not in self._known:
            self._known[name] = make()
            self._registry.register(self._known[name])
        return self._known[name]

    async def _begun(self, flow: type[Any]) -> UUID:
        async with self._using() as engine:
            begun = await engine.start_workflow(flow, dict(ORDER))
            await _settled(engine, begun.id)
            return begun.id

    async def _status(self, id: UUID) -> WorkflowStatus:
        async with self._using() as engine:
            return (await engine.get_instance(id)).status

    @asynccontextmanager
    async def _using(self) -> AsyncIterator[PersistentExecutionEngine]:
        async with self._sessions() as session:
            yield PersistentExecutionEngine(self._registry, session)


async def _settled(engine: PersistentExecutionEngine, id: UUID) -> None:
    """Wait until the engine has come as far as it can: it works on in a task."""
    task = engine._running.get(id)
    if task is not None:
        await task


def _prepared(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def main() -> None:
    """Serve orders until there are no more."""
    with asyncio.Runner() as runner:
        side = Side(sys.argv[1])
        runner.run(side.make())
        kinds = {"machine": side.relay, "human": side.approve}
        answered(version("litestar-workflows"), lambda asked: runner.run(kinds[asked["kind"]](asked["count"])))


if __name__ == "__main__":
    main()
