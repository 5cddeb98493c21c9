"""What has happened, as a store tells it to hooks: plain values, and the protocol of such a store.

A happening is written in the same transaction as the step that it tells of, once for each hook
that the store knows, and stays until the hook has heard it. What may never be here: a hook.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from telic.kernel.values import WorkflowId

__all__ = ["Happened", "Happening", "TellsHooks"]


class Happened(StrEnum):
    """What a hook can hear of."""

    STARTED = "started"
    """An instance has begun."""
    STEPPED = "stepped"
    """An event has moved an instance, or was taken by its state."""
    TASK_OPENED = "task_opened"
    """A state asks a person for something that it did not ask for before."""
    FINISHED = "finished"
    """An instance has ended, or was cancelled or terminated."""
    FAILED = "failed"
    """An intent has failed: its state has taken the failure, or it is a dead letter now."""


class Happening(NamedTuple):
    """One thing that has happened to one instance, and is committed.

    Attributes:
        number: Its number in the queue of the hook; no other has it, also if it is told again.
        kind: What has happened.
        tenant: Whose instance it is.
        machine: The name of its machine.
        workflow_id: The instance.
        revision: The record that tells of it; of a dead letter, where the instance stood.
        at: The moment of that record.
        state: The stored name of the state after it.
        event: The stored name of the event; of a task, of the command that it asks for.
        actor: Who sent the event.
        subject: The key of a task, the id of an intent that failed, the status at the end.
        cause: Why an intent failed, as ``FailureCause`` names it.
        detail: The title of a task, or the last error of an intent.
    """

    number: int
    kind: Happened
    tenant: str
    machine: str
    workflow_id: WorkflowId
    revision: int
    at: datetime
    state: str
    event: str = ""
    actor: str = ""
    subject: str = ""
    cause: str = ""
    detail: str = ""


@runtime_checkable
class TellsHooks(Protocol):
    """A store that keeps what has happened for hooks, each under its name.

    Each method is one atomic unit.
    """

    async def add_hook(self, name: str) -> None:
        """Keep for this hook what happens from now on; known already, nothing changes.

        Args:
            name: The name of the hook.
        """
        ...

    async def remove_hook(self, name: str) -> None:
        """Keep nothing more for this hook, and forget what it has not heard.

        Args:
            name: The name of the hook.
        """
        ...

    async def take_turn(self, name: str, *, worker: str, now: datetime, until: datetime) -> bool:
        """Take or keep the turn to tell a hook; one worker at a time has it.

        Args:
            name: The name of the hook.
            worker: Who asks.
            now: The present moment.
            until: The end of the turn; ``now`` gives it back.

        Returns:
            Whether it is the worker's turn; not while another's has not ended, and not for a
            hook that is not known.
        """
        ...

    async def unheard(self, name: str, limit: int) -> tuple[Happening, ...]:
        """Return what a hook has not heard yet, in the order in which it happened.

        Args:
            name: The name of the hook.
            limit: How many at most.
        """
        ...

    async def heard(self, name: str, numbers: Collection[int]) -> None:
        """Forget what a hook has heard.

        Args:
            name: The name of the hook.
            numbers: The numbers of the happenings.
        """
        ...
