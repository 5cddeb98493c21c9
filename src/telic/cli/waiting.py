"""What commands wait for: until an instance is over, or in a state, or the time is up.

What may never be here: work; whoever waits needs a worker that runs elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import isnan
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import anyio
import click
from pydantic import BaseModel

from telic.cli.exits import Exit, Stopped
from telic.cli.output import Output
from telic.kernel.errors import nearest
from telic.kernel.machine import AnyMachine
from telic.kernel.snapshot import Snapshot, Status
from telic.kernel.values import WorkflowId

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime

__all__ = ["Waiting", "awaited", "waited", "waiting_options"]

T = TypeVar("T")
_OVER = frozenset({Status.ENDED, Status.CANCELLED, Status.TERMINATED})
_LOOK_SECONDS = 0.2


class Waiting(NamedTuple):
    """How long is waited.

    Attributes:
        until: The state, by its class or stored name; else until the instance is over.
        seconds: How long at most; for ever by default.
    """

    until: str | None
    seconds: float | None


def waiting_options(command: Callable[..., T]) -> Callable[..., T]:
    """Add ``--wait``, ``--until`` and ``--timeout``; the command gets what they say as ``waiting``."""

    @wraps(command)
    def collected(*arguments: object, wait: bool, until: str | None, timeout: float | None, **options: object) -> T:
        waits = wait or until is not None
        if timeout is not None and not waits:
            raise Stopped(Exit.USAGE, "expected --wait or --until with --timeout, got neither; do add one")
        if timeout is not None and isnan(timeout):
            raise Stopped(Exit.USAGE, f"expected seconds with --timeout, got {timeout}")
        return command(*arguments, waiting=Waiting(until, timeout) if waits else None, **options)

    for option in (
        click.option(
            "--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait so long at most, and end with 8."
        ),
        click.option("--until", metavar="STATE", help="Wait until it is in a state; or over, which ends with 5."),
        click.option("--wait", is_flag=True, help="Wait until it is over; a worker has to run somewhere."),
    ):
        collected = option(collected)
    return collected


async def waited(
    runtime: AnyRuntime, id: WorkflowId, waiting: Waiting, out: Output
) -> tuple[Exit, Snapshot[BaseModel]]:
    """Wait, and return how that ends and where the instance stands then.

    Args:
        runtime: Its machine and store.
        id: The instance.
        waiting: What for.
        out: Says why it ended otherwise.

    Raises:
        Stopped: When the machine has no such state, or there is no such instance.
    """
    kind = awaited(runtime.machine, waiting)
    last = await _loaded(runtime, id)
    with anyio.move_on_after(waiting.seconds):
        while (code := _code(last, kind)) is None:
            await anyio.sleep(_LOOK_SECONDS)
            last = await _loaded(runtime, id)
        if code is Exit.REFUSED:
            out.say(f"it is over ({last.status}) in {type(last.state).__name__}, and was to come to {waiting.until}")
        return code, last
    out.say(
        f"timed out after {waiting.seconds:g} s: it is {last.status} in {type(last.state).__name__}; do telic show {id}"
    )
    return Exit.TIMED_OUT, last


def _code(snapshot: Snapshot[BaseModel], kind: str | None) -> Exit | None:
    """Return how waiting ends; nothing as long as it goes on."""
    if kind is not None and getattr(snapshot.state, "kind", type(snapshot.state).__name__) == kind:
        return Exit.OK
    if snapshot.status in _OVER:
        return Exit.OK if kind is None else Exit.REFUSED
    return None


def awaited(machine: AnyMachine, waiting: Waiting | None) -> str | None:
    """Return the kind of the state that is waited for; nothing where it is the end.

    Args:
        machine: Whose state.
        waiting: What for.

    Raises:
        Stopped: When the machine has no such state; whoever takes a step first asks before it.
    """
    name = waiting.until if waiting is not None else None
    if name is None:
        return None
    known = {info.kind: info.kind for info in machine.infos.values()}
    known |= {state.__name__: info.kind for state, info in machine.infos.items()}
    if name not in known:
        names = [state.__name__ for state in machine.infos]
        raise Stopped(
            Exit.NOT_FOUND, f"expected a state of machine {machine.name!r}, got {name!r}{nearest(name, names)}"
        )
    return known[name]


async def _loaded(runtime: AnyRuntime, id: WorkflowId) -> Snapshot[BaseModel]:
    snapshot: Snapshot[BaseModel] | None = await runtime.load(id)
    if snapshot is None:
        raise Stopped(Exit.NOT_FOUND, f"expected an instance of {runtime.machine.name!r}, got no {id}; do telic ls")
    return snapshot
