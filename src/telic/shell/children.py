"""Children: the instance that a ``Spawn`` begins, and the answer that it brings back.

Beginning and ending a child are steps of the child, answering is a step of the parent, and
each has an event id or an open intent that counts once; so every part may be done again
after a crash, and the two may live in different stores. What may never be here: what a
child's end means to its parent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from telic.kernel.events import Cancel, Terminate
from telic.kernel.handling import Binding, Call, Later, RetryAfter
from telic.kernel.messages import Close, Spawn
from telic.kernel.reporting import Report, child_id
from telic.kernel.results import ResultKind, Unasked
from telic.kernel.retry import Retry
from telic.kernel.values import EventId
from telic.runtime.runtime import workflow_of
from telic.shell.policy import Refused

if TYPE_CHECKING:
    from telic.kernel.events import Fact
    from telic.kernel.intents import Intent
    from telic.kernel.machine import AnyMachine
    from telic.kernel.orders import FailureCause
    from telic.kernel.values import IntentId
    from telic.runtime.results import RunResult
    from telic.runtime.runtime import WorkflowRuntime

__all__ = ["machine_of", "report_binding", "spawn_binding"]

_log = logging.getLogger("telic.children")
_PATIENT = Retry(max_attempts=20, max_delay=timedelta(minutes=5))
"""For the store of the child being away for a while."""
_ELSEWHERE = timedelta(minutes=1)
_BEGUN = frozenset({ResultKind.STARTED, ResultKind.DUPLICATE})
_HEARD = frozenset(
    {ResultKind.STEPPED, ResultKind.IGNORED, ResultKind.DEFERRED, ResultKind.UNPLACED, ResultKind.DUPLICATE}
)


def machine_of(intent: type[Spawn[Fact]]) -> str:
    """Return the name of the machine whose instances a type of intent spawns; empty for none.

    Args:
        intent: The type.
    """
    late: Callable[[], AnyMachine] | None = getattr(intent, "__machine__", None)
    return late().name if late is not None else ""


def spawn_binding(intent: type[Intent[Fact]], runtimes: Mapping[str, WorkflowRuntime[Any, Any]]) -> Binding | None:
    """Return what begins the children of a type of intent, if their machine is among these.

    Args:
        intent: A type of intent.
        runtimes: The runtimes by the name of their machine.
    """
    if not issubclass(intent, Spawn):
        return None
    child, policy = runtimes.get(machine_of(intent)), intent.__close__
    if child is None:
        return None
    begun = child

    async def begin(spawn: Spawn[Fact], call: Call) -> Later:
        above = await runtimes[call.machine].load(call.workflow_id)
        root = above.meta.root if above is not None else None
        result = await begun.start_child(spawn.begin(), machine=call.machine, parent=call.key, root=root)
        if result.kind not in _BEGUN:
            raise Refused(f"expected {type(spawn).__name__} to begin a child, got {result!r}")
        # Taken back in the meantime, by a parent that has perhaps looked for the child already.
        parent = await runtimes[call.machine].load(call.workflow_id)
        opened = parent.open.get(call.key) if parent is not None else None
        if parent is not None and (opened is None or opened.withdrawn):
            await _closed(begun, policy, call)
        return Later()

    async def take_back(spawn: Spawn[Fact], call: Call) -> None:
        del spawn
        await _closed(begun, policy, call)

    return Binding(intent, cast("Any", begin), intent.__retry__ or _PATIENT, take_back)


def report_binding(intent: type[Intent[Fact]], runtimes: Mapping[str, WorkflowRuntime[Any, Any]]) -> Binding | None:
    """Return what brings the reports of ended children to their parents.

    Args:
        intent: A type of intent.
        runtimes: The runtimes by the name of their machine.
    """
    if intent is not Report:
        return None

    async def bring(report: Report, call: Call) -> None:
        parent = runtimes.get(report.machine)
        if parent is None:
            raise RetryAfter(_ELSEWHERE, f"expected machine {report.machine!r} of the parent, got a system without it")
        if report.cause is not None:
            result = await _failed(parent, report.parent, report.cause, f"{call.workflow_id}: {report.detail}")
        else:
            fact = parent.machine.codec.decode_event(report.tag, report.version, report.data.encode())
            result = await parent.answer(report.parent, fact)
        if result is None or result.kind in _HEARD:
            return
        if result.kind is ResultKind.NOT_FOUND or (isinstance(result, Unasked) and not await _asks(parent, report)):
            _log.info("nobody waits for the end of %s any more", call.workflow_id)
            return
        raise Refused(f"expected the parent to take the end of its child, got {result!r}")

    return Binding(intent, cast("Any", bring), intent.__retry__)


async def _closed(child: WorkflowRuntime[Any, Any], policy: Close, call: Call) -> None:
    """End a child whose parent has taken it back; it may take its time to compensate."""
    if policy is Close.ABANDON:
        return
    reason = f"{call.key} of {call.machine} was withdrawn"
    order = Cancel(reason=reason) if policy is Close.CANCEL else Terminate(reason=reason)
    id, event_id = child_id(call.machine, call.key), EventId(f"telic.close:{call.key}")
    result = await child.run_step(id, order, event_id=event_id)
    _log.info("%s was told to end: %s", id, result.kind)


async def _failed(
    parent: WorkflowRuntime[Any, Any], intent_id: IntentId, cause: FailureCause, detail: str
) -> RunResult[Any] | None:
    """Tell a parent that there will be no outcome; nothing where it does not ask any more.

    What it has taken back ends as withdrawn, whatever becomes of the child.
    """
    snapshot = await parent.load(workflow_of(intent_id))
    opened = snapshot.open.get(intent_id) if snapshot is not None else None
    if opened is None or opened.withdrawn:
        return None
    return await parent.fail(intent_id, cause, detail)


async def _asks(parent: WorkflowRuntime[Any, Any], report: Report) -> bool:
    """Say whether a parent waits for what is reported; after a failure, an outcome may still come."""
    snapshot = await parent.load(workflow_of(report.parent))
    if snapshot is None:
        return False
    opened = snapshot.open.get(report.parent)
    if report.cause is not None:
        return opened is not None and not opened.withdrawn
    return opened is not None or report.parent in snapshot.late
