"""telic: business processes as typed states, moved by a pure function.

A workflow waits only for what it has declared, and everything that it declares is in its
types. This root exports what most programs need; each name is loaded when it is first used,
so that importing ``State`` and ``Machine`` brings neither an event loop nor a database. What
may never be here: code.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telic.kernel.context import Context as Context
    from telic.kernel.errors import TelicError as TelicError
    from telic.kernel.events import Cancel as Cancel
    from telic.kernel.events import Command as Command
    from telic.kernel.events import Fact as Fact
    from telic.kernel.frozen import FrozenMap as FrozenMap
    from telic.kernel.frozen import FrozenSet as FrozenSet
    from telic.kernel.handling import Call as Call
    from telic.kernel.handling import Later as Later
    from telic.kernel.intents import AtMostOnce as AtMostOnce
    from telic.kernel.intents import Batch as Batch
    from telic.kernel.intents import Intent as Intent
    from telic.kernel.intents import Many as Many
    from telic.kernel.intents import NoIntent as NoIntent
    from telic.kernel.machine import Machine as Machine
    from telic.kernel.orders import IntentFailed as IntentFailed
    from telic.kernel.orders import Withdraw as Withdraw
    from telic.kernel.retry import Retry as Retry
    from telic.kernel.states import FinalState as FinalState
    from telic.kernel.states import Ignores as Ignores
    from telic.kernel.states import State as State
    from telic.kernel.states import lift as lift
    from telic.kernel.states import start as start
    from telic.kernel.states import transition as transition
    from telic.kernel.upcasters import upcast as upcast
    from telic.kernel.values import EventId as EventId
    from telic.kernel.values import IntentId as IntentId
    from telic.kernel.values import TypedId as TypedId
    from telic.kernel.values import Value as Value
    from telic.kernel.values import WorkflowId as WorkflowId
    from telic.kernel.verdicts import Defer as Defer
    from telic.kernel.verdicts import Ignore as Ignore
    from telic.kernel.verdicts import Reject as Reject
    from telic.kernel.waits import Deadline as Deadline
    from telic.kernel.waits import HumanTask as HumanTask
    from telic.kernel.waits import Topic as Topic
    from telic.runtime.runtime import WorkflowRuntime as WorkflowRuntime
    from telic.shell.handlers import Handlers as Handlers
    from telic.shell.system import System as System
    from telic.shell.worker import Worker as Worker

__all__ = [
    "AtMostOnce",
    "Batch",
    "Call",
    "Cancel",
    "Command",
    "Context",
    "Deadline",
    "Defer",
    "EventId",
    "Fact",
    "FinalState",
    "FrozenMap",
    "FrozenSet",
    "Handlers",
    "HumanTask",
    "Ignore",
    "Ignores",
    "Intent",
    "IntentFailed",
    "IntentId",
    "Later",
    "Machine",
    "Many",
    "NoIntent",
    "Reject",
    "Retry",
    "State",
    "System",
    "TelicError",
    "Topic",
    "TypedId",
    "Value",
    "Withdraw",
    "Worker",
    "WorkflowId",
    "WorkflowRuntime",
    "lift",
    "start",
    "transition",
    "upcast",
]

_MODULES = {
    "kernel.context": ("Context",),
    "kernel.errors": ("TelicError",),
    "kernel.events": ("Cancel", "Command", "Fact"),
    "kernel.frozen": ("FrozenMap", "FrozenSet"),
    "kernel.handling": ("Call", "Later"),
    "kernel.intents": ("AtMostOnce", "Batch", "Intent", "Many", "NoIntent"),
    "kernel.machine": ("Machine",),
    "kernel.orders": ("IntentFailed", "Withdraw"),
    "kernel.retry": ("Retry",),
    "kernel.states": ("FinalState", "Ignores", "State", "lift", "start", "transition"),
    "kernel.upcasters": ("upcast",),
    "kernel.values": ("EventId", "IntentId", "TypedId", "Value", "WorkflowId"),
    "kernel.verdicts": ("Defer", "Ignore", "Reject"),
    "kernel.waits": ("Deadline", "HumanTask", "Topic"),
    "runtime.runtime": ("WorkflowRuntime",),
    "shell.handlers": ("Handlers",),
    "shell.system": ("System",),
    "shell.worker": ("Worker",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name on its first use."""
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'telic' has no attribute {name!r}")
    value: object = getattr(import_module(f"telic.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
