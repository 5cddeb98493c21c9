"""Many writers on few instances: every event that was sent is applied once, whoever comes first."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import anyio

from telic import EventId, WorkflowId, WorkflowRuntime
from telic.kernel.errors import StoreError
from tests.chaos.checker import Finding, examine
from tests.chaos.evidence import SENT, TOLD, Evidence, Ledger
from tests.chaos.machine import Add, Open, tally
from tests.chaos.places import Place
from tests.chaos.scenario import Outcome
from tests.chaos.worker import forked


def contended(
    place: Place, where: Path, *, instances: int, each: int, writers: int = 64, processes: int = 4
) -> Outcome:
    """Some processes with some writers each, all on the same instances.

    Args:
        place: Where.
        where: A folder for what they leave behind.
        instances: How many there are.
        each: How many events each writer sends.
        writers: How many there are in all.
        processes: How many they are spread over.
    """
    began = time.monotonic()
    anyio.run(_opened, place, instances)
    with ended() as running:
        for process in range(processes):
            mine = range(process, writers, processes)
            running.append(forked(where, f"writers-{process}", partial(_write, place, where, mine, instances, each)))
        statuses = [status_of(running.pop()) for _ in range(processes)]
    seconds = time.monotonic() - began
    evidence = Evidence.of(where)
    verdict = examine(place, tally, evidence)
    problems = [f"expected the writers to end with 0, got {statuses}"] if any(statuses) else []
    expected = writers * each
    if verdict.figures["accepted"] != expected or verdict.figures["records"] != expected + instances:
        missing = Finding("I6", "all", f"expected {expected} events applied, got {verdict.figures}")
        verdict = verdict._replace(findings=(*verdict.findings, missing))
    name = f"{writers} writers in {processes} processes on {instances:,} instance{'s' * (instances > 1)}"
    details = {"steps_per_second": round(expected / seconds)}
    return Outcome(name, place.name, expected, verdict, seconds, None, details, tuple(problems))


async def _opened(place: Place, instances: int) -> None:
    async with place.database() as database, anyio.create_task_group() as group:
        runtime = WorkflowRuntime(machine=tally, store=database.store(tally))
        for number in range(instances):
            group.start_soon(runtime.run_step, WorkflowId(f"t-{number}"), Open())


async def _write(place: Place, where: Path, writers: range, instances: int, each: int) -> None:
    sent, told = Ledger(where, SENT), Ledger(where, TOLD)
    async with place.database() as database, anyio.create_task_group() as group:
        runtime = WorkflowRuntime(machine=tally, store=database.store(tally))

        async def write(writer: int) -> None:
            for number in range(each):
                id, event = f"t-{random.randrange(instances)}", f"writer-{writer}#{number}"
                sent.add(id, event)
                add = Add(writer=writer, number=number)
                told.add(id, event, await _insisted(runtime, WorkflowId(id), add, EventId(event)))

        for writer in writers:
            group.start_soon(write, writer)


async def _insisted(runtime: WorkflowRuntime, id: WorkflowId, add: Add, event: EventId) -> str:
    while True:
        try:
            return (await runtime.run_step(id, add, event_id=event)).kind
        except StoreError:
            await anyio.sleep(0.05)


@contextmanager
def ended() -> Iterator[list[int]]:
    """Processes, none of which is left at the end."""
    running: list[int] = []
    try:
        yield running
    finally:
        for process in running:
            os.kill(process, 9)
            os.waitpid(process, 0)


def status_of(process: int) -> int:
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)
