"""The counter of the shop: what people do from a terminal, and the worker behind it.

Each function is one command; each prints what it did, and returns the exit code. What may
never be here: the reading of arguments.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import anyio
from pydantic import BaseModel

from examples.order.card import CardService
from examples.order.shop import Shop, placing
from examples.order.vocabulary import CancelOrder, DecideOrder
from telic import Worker, WorkflowId
from telic.kernel.results import Rejected, Started, Stepped
from telic.runtime.results import RunResult
from telic.shell.lineage import family
from telic.shell.task_results import NotEntitled, Task, TaskRefusal
from telic.shell.tasks import Inbox

STAFF = {"ann": ("sales",), "bob": ("warehouse",), "boss": ()}
"""Who works here, and in which groups; a real shop has asked for their passwords before."""
DONE, REFUSED = 0, 1
S = TypeVar("S", bound=BaseModel)

_LOOK_SECONDS = 0.05
_LIMIT_SECONDS = 60
_LEASE_SECONDS = 3  # a lease is as long as others wait for the work of a worker that was killed


async def serve(shop: Shop, folder: Path) -> int:
    """Carry out what the shop asks for, until SIGTERM or SIGINT."""
    (folder / "worker.pid").write_text(str(os.getpid()), encoding="utf-8")
    await Worker(shop.system, lease_seconds=_LEASE_SECONDS, poll_seconds=0.2).run(signals=True)
    return DONE


async def place(shop: Shop, name: str, approve_within_seconds: int, pay_within_seconds: int) -> int:
    """Place the order of a name."""
    command = placing(name, approve_within_seconds, pay_within_seconds)
    return _told(name, await shop.orders.run_step(WorkflowId(name), command))


async def cancel(shop: Shop, name: str, reason: str) -> int:
    """Cancel an order."""
    return _told(name, await shop.orders.run_step(WorkflowId(name), CancelOrder(reason=reason)))


async def tasks(shop: Shop, actor: str) -> int:
    """List what a person may decide."""
    for task in await _tasks_of(shop, actor):
        print(f"{task.ref.id}: {task.title}")
    return DONE


async def decide(shop: Shop, name: str, actor: str, *, approved: bool) -> int:
    """Answer the task of an order, as a person."""
    page = await Inbox(shop.system).tasks()
    task = next((one for one in page.items if one.ref.id == name), None)
    if task is None:
        return _refused(f"expected a task of {name}, got none that is open")
    result = await Inbox(shop.system).complete(task, DecideOrder(approved=approved), actor=actor, groups=STAFF[actor])
    if isinstance(result, NotEntitled):
        return _refused(f"expected somebody who is asked about {name}, got {actor}")
    return _told(name, result)


async def show(shop: Shop, name: str, until: str | None) -> int:
    """Print where an order has been, what it waits for, and its parcel; wait for a state first."""

    async def come() -> bool:
        return until is None or until in await shop.kinds("order", WorkflowId(name))

    if await _waited(come):
        return await _printed(shop, name)
    return _refused(f"expected {name} to become {until} within {_LIMIT_SECONDS} seconds")


async def ledger(folder: Path, until: str | None) -> int:
    """Print what the card service took and gave; wait for an order to stand there first."""
    service = CardService(folder)

    async def come() -> bool:
        return until is None or any(f" {until}" in line for line in service.lines())

    if not await _waited(come):
        return _refused(f"expected {until} in the ledger within {_LIMIT_SECONDS} seconds")
    print("\n".join(line for line in service.lines() if not line.startswith("known")))
    return DONE


async def _waited(come: Callable[[], Awaitable[bool]]) -> bool:
    with anyio.move_on_after(_LIMIT_SECONDS):
        while not await come():  # noqa: ASYNC110  (another process does it, which has no event for this one)
            await anyio.sleep(_LOOK_SECONDS)
        return True
    return False


async def _tasks_of(shop: Shop, actor: str) -> tuple[Task, ...]:
    return (await Inbox(shop.system).tasks(assignee=actor, groups=STAFF[actor])).items


def _told(name: str, result: RunResult[S] | TaskRefusal) -> int:
    # What the step led to; a worker may have gone on since.
    if isinstance(result, (Started, Stepped)):
        print(f"{name}: {getattr(result.state, 'kind', result.kind)}")
        return DONE
    return _refused(f"{name}: {'; '.join(map(str, result.reasons)) if isinstance(result, Rejected) else result.kind}")


async def _printed(shop: Shop, name: str) -> int:
    snapshot = await shop.orders.load(WorkflowId(name))
    if snapshot is None:
        return _refused(f"{name}: there is no such order")
    print(f"{name}: {' -> '.join(await shop.kinds('order', snapshot.id))}")
    async for child in family(shop.system, "order", snapshot.id):
        print(f"  its {child.machine}: {' -> '.join(await shop.kinds(child.machine, child.summary.id))}")
    awaited = [type(one.intent).__name__ for one in snapshot.open.values()]
    awaited += [one.wait.event_type.__name__ for one in snapshot.waits]
    if awaited:
        print(f"  waits for {', '.join(awaited)}")
    reason = getattr(snapshot.state, "reason", "")
    if reason:
        print(f"  because: {reason}")
    return DONE


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return REFUSED
