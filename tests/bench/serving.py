"""A worker in a process of its own: ``python -m tests.bench.serving URL_OR_PATH SCHEMA [SECONDS]``.

It says when each handler begins, on the clock that all processes of a machine share; with
SECONDS it has nothing to do, and says in the end what share of a core it has used. What may
never be here: a goal.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import anyio

from telic import Call, Handlers, System, Worker
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from tests.bench.relay import DoWork, Relays, Worked, relay

_WARM_SECONDS = 1.0


def opened(where: str, schema: str) -> AbstractAsyncContextManager[PostgresDatabase | SqliteDatabase]:
    """Return the database that two words name: a server and a schema, or a file."""
    return PostgresDatabase(where, schema=schema) if where.startswith("postgresql:") else SqliteDatabase(where)


def worker_of(relays: Relays, begun: Callable[[str], None]) -> Worker:
    """Return a worker that tells of each handler that begins."""

    async def work(intent: DoWork, call: Call) -> Worked:
        begun(intent.order_id)
        return Worked(calls=intent.calls + 1)

    return Worker(System(runtimes=[relays], handlers=Handlers(DoWork.handled_by(work))))


async def serve(where: str, schema: str, seconds: float | None) -> None:
    """Work until killed, or do nothing for some seconds."""
    async with opened(where, schema) as database:
        worker = worker_of(
            Relays(machine=relay, store=database.store(relay)), lambda id: print(id, time.monotonic(), flush=True)
        )
        async with anyio.create_task_group() as group:
            group.start_soon(worker.run)
            await anyio.sleep(_WARM_SECONDS)
            print("ready", flush=True)
            if seconds is None:
                await anyio.sleep_forever()
            else:
                used = time.process_time()
                await anyio.sleep(seconds)
                print((time.process_time() - used) / seconds, flush=True)
            group.cancel_scope.cancel()


if __name__ == "__main__":
    _, _where, _schema, *_seconds = sys.argv
    anyio.run(serve, _where, _schema, float(_seconds[0]) if _seconds else None)
