"""Several worker processes on one database: ``python -m tests.bench.crew URL_OR_PATH SCHEMA`` is one of them.

Each is ready before the clock starts, begins when a line comes in, and says which instances it has
brought to their ends. What may never be here: an assertion about a time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple
from uuid import uuid4

import anyio
import anyio.to_thread

from telic import Call, Handlers, System, Worker, WorkflowId
from tests.bench.homes import Home
from tests.bench.measure import Rounds, Row
from tests.bench.relay import DoWork, Relays, Worked, begun, relay
from tests.bench.serving import opened
from tests.services import postgres_schema

__all__ = ["crews"]

_READY, _GO, _HALT, _HALTED = "ready", "go", "halt", "halted"
_CONCURRENCY = 50


class _Job(NamedTuple):
    """What a crew has to do: so many instances, each with so many intents, one after the other."""

    instances: int
    steps: int


async def crews(home: Home, rounds: Rounds, count: int, sizes: Sequence[int]) -> AsyncIterator[Row]:
    """Compare several worker processes with one.

    Args:
        home: Where.
        rounds: How often.
        count: How many intents are carried out for each figure.
        sizes: How many processes there are, besides one.
    """
    job = _Job(max(1, count // 10), 10)
    names = [f"{home.name}: speed of {size} worker processes / of one" for size in sizes]
    if home.absent:
        for name in names:
            yield Row(name, [], absent=home.absent)
        return
    async with _tables(home) as (where, schema):
        with ExitStack() as stack:
            hands = [stack.enter_context(_process(where, schema)) for _ in range(max(sizes))]
            found = [
                await _round(where, schema, hands, job, (1, *sizes)[:: -1 if number % 2 else 1])
                for number in rounds.numbers()
            ]
    for name, size in zip(names, sizes, strict=True):
        yield Row(name, [took[1] / took[size] for took in found])


async def _round(where: str, schema: str, hands: Sequence[_Hand], job: _Job, sizes: Sequence[int]) -> dict[int, float]:
    """Return how long crews of these sizes take, one after the other."""
    return {size: await _seconds(where, schema, hands[:size], job) for size in sizes}


async def _seconds(where: str, schema: str, crew: Sequence[_Hand], job: _Job) -> float:
    """Return how long a crew takes for new instances."""
    ids = [WorkflowId(uuid4().hex) for _ in range(job.instances)]
    async with opened(where, schema) as database:
        relays = Relays(machine=relay, store=database.store(relay))
        await begun(relays, ids, job.steps, answers=False)
    return await anyio.to_thread.run_sync(_watched, crew, ids)


def _watched(crew: Sequence[_Hand], ids: Collection[str]) -> float:
    """Let a crew begin, and return how long it takes to bring all instances to their ends."""
    began = time.perf_counter()
    for one in crew:
        one.tell(_GO)
    lines: SimpleQueue[str] = SimpleQueue()
    listening = [Thread(target=one.pass_on, args=(lines,)) for one in crew]
    for thread in listening:
        thread.start()
    left = set(ids)
    while left:
        said = lines.get(timeout=120)
        assert said, "expected a process that works, got one that has ended; do see what it says"
        left.discard(said)
    took = time.perf_counter() - began
    for one in crew:
        one.tell(_HALT)
    for thread in listening:
        thread.join()
    return took


class _Hand(NamedTuple):
    """One process."""

    process: subprocess.Popen[str]

    def tell(self, word: str) -> None:
        """Write a line to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def pass_on(self, lines: SimpleQueue[str]) -> None:
        """Pass on what it says, until it has halted or ended."""
        while (said := self.heard()) and said != _HALTED:
            lines.put(said)
        if not said:
            lines.put("")

    def heard(self) -> str:
        """Return the next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def _process(where: str, schema: str) -> Iterator[_Hand]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "tests.bench.crew", where, schema]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, bufsize=1
    )
    try:
        hand = _Hand(process)
        assert hand.heard() == _READY
        yield hand
    finally:
        process.communicate()  # its input ends, and so does it


@asynccontextmanager
async def _tables(home: Home) -> AsyncIterator[tuple[str, str]]:
    if home.url:
        async with postgres_schema(home.url) as schema:
            yield home.url, schema
        return
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder) / "relay.sqlite"), "-"


async def work(where: str, schema: str) -> None:
    """Carry out what is open from one line that comes in to the next, to the end of the input."""

    async def do(intent: DoWork, call: Call) -> Worked:
        if intent.last:
            print(intent.order_id, flush=True)
        return Worked(calls=intent.calls + 1)

    async with opened(where, schema) as database:
        relays = Relays(machine=relay, store=database.store(relay))
        await relays.load(WorkflowId("nobody"))
        system = System(runtimes=[relays], handlers=Handlers(DoWork.handled_by(do)))
        print(_READY, flush=True)
        while await anyio.to_thread.run_sync(sys.stdin.readline):
            worker = Worker(system, concurrency=_CONCURRENCY)
            async with anyio.create_task_group() as group:
                group.start_soon(worker.run)
                await anyio.to_thread.run_sync(sys.stdin.readline)
                worker.stop()
            print(_HALTED, flush=True)


if __name__ == "__main__":
    _, _where, _schema = sys.argv
    anyio.run(work, _where, _schema)
