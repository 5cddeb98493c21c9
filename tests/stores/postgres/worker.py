"""Run by tests as a process of its own: ``python -m tests.stores.postgres.worker URL SCHEMA NAME COUNT``.

With a count it adds that many to one instance. Without, it steps instances of its own until
somebody kills it, and says of each step that it was saved.
"""

import sys

import anyio

from telic.kernel.values import EventId, WorkflowId
from telic.runtime.runtime import WorkflowRuntime
from telic.stores.postgres import PostgresDatabase
from tests.stores.desk import DESK, Add, Begin, Checked, Submit, desk


async def add(url: str, schema: str, name: str, count: int) -> None:
    async with PostgresDatabase(url, schema=schema) as db:
        runtime = WorkflowRuntime(machine=desk, store=db.store(desk))
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(count):
            result = await runtime.run_step(DESK, Add(), event_id=EventId(f"{name}-{number}"))
            print(result.kind, flush=True)


async def step_for_ever(url: str, schema: str) -> None:
    async with PostgresDatabase(url, schema=schema) as db, anyio.create_task_group() as group:
        runtime = WorkflowRuntime(machine=desk, store=db.store(desk))

        async def step(lane: int) -> None:
            number = 0
            while True:
                number += 1
                id = WorkflowId(f"w-{lane}-{number}")
                await runtime.run_step(id, Begin())
                print(id, 1, flush=True)
                await runtime.run_step(id, Add())
                print(id, 2, flush=True)
                result = await runtime.run_step(id, Submit())
                print(id, 3, flush=True)
                await runtime.answer(result.intents[0].id, Checked())
                print(id, 4, flush=True)

        for lane in range(8):
            group.start_soon(step, lane)


if __name__ == "__main__":
    _, url, schema, name, count = sys.argv
    anyio.run(add, url, schema, name, int(count)) if int(count) else anyio.run(step_for_ever, url, schema)
