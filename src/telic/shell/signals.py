"""Signals: the command that an intent carries, brought to an instance of another machine.

It arrives under an event id made of the intent's key, so it is taken once, however often it
is brought. What may never be here: a decision about the command; its receiver decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from telic.kernel.handling import Binding, Call
from telic.kernel.messages import Signal
from telic.kernel.results import ResultKind
from telic.kernel.values import EventId
from telic.shell.policy import Refused

if TYPE_CHECKING:
    from telic.kernel.events import Command, Fact
    from telic.kernel.intents import Intent
    from telic.runtime.runtime import WorkflowRuntime

__all__ = ["signal_binding"]

_TAKEN = frozenset(
    {
        ResultKind.STARTED,
        ResultKind.STEPPED,
        ResultKind.IGNORED,
        ResultKind.DEFERRED,
        ResultKind.UNPLACED,
        ResultKind.DUPLICATE,
    }
)


def signal_binding(intent: type[Intent[Fact]], runtimes: Mapping[str, WorkflowRuntime[Any, Any]]) -> Binding | None:
    """Return what brings signals of a type to their receivers, if their machine is among these.

    Args:
        intent: A type of intent.
        runtimes: The runtimes by the name of their machine.
    """
    target = runtimes.get(intent.__target__) if issubclass(intent, Signal) else None
    if target is None:
        return None
    receiver = target

    async def bring(signal: Signal[Command], call: Call) -> None:
        if await receiver.load(signal.to) is None:
            raise Refused(f"expected an instance {str(signal.to)!r} of machine {receiver.machine.name!r}, got none")
        result = await receiver.run_step(signal.to, signal.command, event_id=EventId(f"telic.signal:{call.key}"))
        if result.kind not in _TAKEN:
            raise Refused(f"expected {type(signal.command).__name__} to be taken, got {result!r}")

    return Binding(intent, cast("Any", bring), intent.__retry__)
