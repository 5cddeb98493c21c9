"""Run by tests as a process of its own: ``python -m tests.shell.process PATH HOW``.

It works on the till in that file. With ``hang`` its handler never ends; with ``share`` it
says when it is ready, and writes the key of each intent that it carries out, until a signal
tells it to stop.
"""

import sys
from functools import partial

import anyio

from telic import Handlers, System, Worker, WorkflowRuntime
from telic.stores.sqlite import SqliteDatabase
from tests.shell.till import Charge, Done, Note, Quiet, Wire, till


async def main(path: str, how: str) -> None:
    async def charge(intent, call):
        print(call.key, flush=True)
        if how == "hang":
            await anyio.sleep_forever()
        return Done(ref=intent.ref)

    async def note(intent, call): ...

    async with SqliteDatabase(path) as database:
        runtime = WorkflowRuntime(machine=till, store=database.store(till))
        handlers = Handlers(*(one.handled_by(charge) for one in (Charge, Wire, Quiet)), Note.handled_by(note))
        worker = Worker(System(runtimes=[runtime], handlers=handlers), concurrency=4, poll_seconds=0.05)
        async with anyio.create_task_group() as group:
            group.start_soon(partial(worker.run, signals=True))
            if how == "share":
                await anyio.wait_all_tasks_blocked()  # from here on it heeds signals
                print("ready", flush=True)


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
