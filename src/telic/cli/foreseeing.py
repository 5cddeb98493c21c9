"""What would come of an event: the pure step, and nothing is saved.

What may never be here: a write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.context import Context
from telic.kernel.events import Event
from telic.kernel.results import Conflict
from telic.kernel.snapshot import Delivery
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.results import RunResult, result_of

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime

__all__ = ["foreseen"]


async def foreseen(
    runtime: AnyRuntime, id: WorkflowId, event: Event, *, actor: str, event_id: EventId | None, if_revision: int | None
) -> RunResult[BaseModel]:
    """Return what a step would come to.

    Args:
        runtime: The machine and its store.
        id: The instance.
        event: The event.
        actor: Who would send it.
        event_id: The id that it would have.
        if_revision: The revision that the caller has seen.
    """
    snapshot = await runtime.store.load(id, () if event_id is None else (event_id,))
    if if_revision is not None and snapshot is not None and snapshot.revision != if_revision:
        return Conflict(id, if_revision, snapshot.revision)
    ctx = Context(runtime.clock.now(), id, str(getattr(runtime.store, "tenant", "")), actor)
    return cast("RunResult[BaseModel]", result_of(advance(runtime.machine, snapshot, Delivery(event, event_id), ctx)))
