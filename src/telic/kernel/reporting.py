"""What an instance that has ended tells the parent that spawned it: :class:`Report`.

The report is an intent of the child, opened by the record that ends it, so it is saved in
the child's last commit and carried out like any other. What may never be here: the way to
the parent; whoever carries it out knows the parent's store.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Never

from telic.kernel.events import Cancel, Event, Fact, Terminate
from telic.kernel.intents import Intent
from telic.kernel.orders import FailureCause
from telic.kernel.retry import Retry
from telic.kernel.snapshot import Begin, Meta, Status
from telic.kernel.values import IntentId, WorkflowId

if TYPE_CHECKING:
    from pydantic import BaseModel

    from telic.kernel.machine import Machine

__all__ = ["Report", "child_id", "report_of"]


class Report(Intent[Never], tag="telic.report", retry=Retry(max_attempts=100, max_delay=timedelta(minutes=5))):
    """Tells a parent how its child has ended; telic emits it, and carries it out.

    Attributes:
        machine: The name of the parent's machine.
        parent: The parent's intent that spawned the child.
        cause: Why there is no outcome, where there is none.
        detail: The reason that was given.
        tag: The stored name of the outcome.
        version: The version of its shape.
        data: Its JSON; the parent's machine reads it.
    """

    machine: str
    parent: IntentId
    cause: FailureCause | None = None
    detail: str = ""
    tag: str = ""
    version: int = 0
    data: str = ""


def child_id(machine: str, intent_id: IntentId) -> WorkflowId:
    """Return the id of the child that an intent spawns, whether or not it exists.

    Args:
        machine: The name of the parent's machine: ids are unique within a machine only.
        intent_id: The parent's intent.
    """
    return WorkflowId(f"{machine}/{intent_id}")


def report_of(
    machine: Machine[BaseModel, Event],
    meta: Meta,
    status: Status,
    state: BaseModel,
    event: Event | Begin[BaseModel],
) -> Report | None:
    """Return what an instance that is over tells its parent; nothing where it has none.

    Args:
        machine: The machine of the child.
        meta: What never changes about the child.
        status: How it is over.
        state: Its last state.
        event: What ended it.
    """
    if meta.parent is None:
        return None
    parent, of = meta.parent, meta.id.removesuffix(f"/{meta.parent}")
    if status is not Status.ENDED:
        cause = FailureCause.CHILD_CANCELLED if status is Status.CANCELLED else FailureCause.CHILD_TERMINATED
        detail = event.reason if isinstance(event, (Cancel, Terminate)) else ""
        return Report(machine=of, parent=parent, cause=cause, detail=detail)
    outcome = getattr(state, "outcome", None)
    fact = outcome() if outcome is not None else None
    if not isinstance(fact, Fact):
        detail = f"expected an outcome of {type(state).__name__}, got none; do write def outcome(self) -> SomeFact"
        return Report(machine=of, parent=parent, cause=FailureCause.UNDELIVERABLE, detail=detail)
    tag, version, data = machine.codec.encode_outcome(fact)
    return Report(machine=of, parent=parent, tag=tag, version=version, data=data.decode())
