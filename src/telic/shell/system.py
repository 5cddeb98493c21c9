"""``System``: the closed set of machines and handlers that a worker serves.

Whatever does not fit together is found when the system is built. What may never be here:
work; a system only says what belongs together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from telic.kernel.errors import ConfigurationError, nearest
from telic.kernel.intents import AtMostOnce
from telic.kernel.messages import Publish, Signal, Spawn
from telic.kernel.reminders import Remind
from telic.kernel.reporting import Report
from telic.runtime.protocols import DurableStore, ListsOutbox
from telic.runtime.starts import KeepsStarts
from telic.runtime.timetables import KeepsSchedules
from telic.shell.children import machine_of, report_binding, spawn_binding
from telic.shell.descent import endless_descents
from telic.shell.handlers import Handlers
from telic.shell.limits import Limit, Meter, meters_of, misfit_limits
from telic.shell.reminders import remind_binding
from telic.shell.schedules import Schedule
from telic.shell.signals import signal_binding
from telic.shell.starting import misfits
from telic.shell.topics import misfit_publications, publish_binding
from telic.shell.triggers import Trigger

if TYPE_CHECKING:
    from telic.kernel.events import Fact
    from telic.kernel.handling import Binding
    from telic.kernel.intents import Intent
    from telic.runtime.runtime import WorkflowRuntime

__all__ = ["AnyRuntime", "System"]

# A system holds runtimes of any machine; each of them knows its own states and events.
AnyRuntime: TypeAlias = "WorkflowRuntime[Any, Any]"


class System:
    """Machines with their stores, and the handlers that carry out their intents.

    Attributes:
        runtimes: The runtimes by the name of their machine.
        handlers: The handlers.
        schedules: What is started again and again.
        triggers: What published facts start.
        limits: How often intents may be begun.

    Example:
        ``system = System(runtimes=[orders], handlers=Handlers(...))``
    """

    __slots__ = ("_meters", "handlers", "limits", "runtimes", "schedules", "triggers")

    def __init__(
        self,
        *,
        runtimes: Sequence[AnyRuntime],
        handlers: Handlers,
        triggers: Sequence[Trigger] = (),
        schedules: Sequence[Schedule] = (),
        limits: Sequence[Limit] = (),
    ) -> None:
        """Put the system together.

        Args:
            runtimes: The machines, each with its store.
            handlers: Who carries out their intents.
            triggers: What published facts start.
            schedules: What is started again and again.
            limits: How often intents may be begun.

        Raises:
            ConfigurationError: For two machines of one name, an intent without a handler, a
                handler without an intent, a store without an outbox, one without leases for an
                intent that must not run twice, a parent and a child that do not mean the
                same by an outcome, or a schedule, a trigger or a limit that does not fit; lists
                them all.
        """
        self.runtimes = {runtime.machine.name: runtime for runtime in runtimes}
        self.handlers = handlers
        self.schedules = tuple(schedules)
        self.triggers = tuple(triggers)
        self.limits = tuple(limits)
        findings = [
            *_same_names(runtimes),
            *self._without_handler(),
            *self._without_intent(),
            *self._without_outbox(),
            *self._without_leases(),
            *self._told_apart(),
            *misfit_publications(self.runtimes, handlers.get),
            *misfits("schedule", schedules, self.runtimes, "the rows of schedules", KeepsSchedules),
            *misfits("trigger", triggers, self.runtimes, "starts", KeepsStarts),
            *misfit_limits(limits, self.runtimes),
            *endless_descents({name: one.machine for name, one in self.runtimes.items()}),
        ]
        if findings:
            raise ConfigurationError("System", tuple(findings))
        self._meters = meters_of(limits, self.runtimes)

    def binding(self, intent: type[Intent[Fact]]) -> Binding | None:
        """Return who carries out a type of intent: a handler, or telic itself for its own.

        Args:
            intent: The type.
        """
        return (
            self.handlers.get(intent)
            or signal_binding(intent, self.runtimes)
            or spawn_binding(intent, self.runtimes)
            or report_binding(intent, self.runtimes)
            or publish_binding(intent, self.runtimes, self.triggers)
            or remind_binding(intent)
        )

    def intents(self, runtime: AnyRuntime) -> tuple[type[Intent[Fact]], ...]:
        """Return the types of intents of a machine that are carried out here.

        What ended children report is among them where a machine of this system spawns them, and
        reminders where it has tasks.

        Args:
            runtime: One of the runtimes.
        """
        machine = runtime.machine
        spawned = any(child == machine.name for _, _, child in self._spawns())
        reminds = machine.task_commands and isinstance(runtime.store, DurableStore)
        return (*machine.intents, *((Report,) if spawned else ()), *((Remind,) if reminds else ()))

    def tags(self, runtime: AnyRuntime) -> frozenset[str]:
        """Return the stored names of :meth:`intents`.

        Args:
            runtime: One of the runtimes.
        """
        return frozenset(intent.__tag__ for intent in self.intents(runtime))

    def meters(self, intent: type[Intent[Fact]]) -> tuple[Meter, ...]:
        """Return what is left of the limits on a type of intent.

        Args:
            intent: The type.
        """
        return tuple(meter for meter in self._meters if intent in meter.limit.intents)

    def _without_handler(self) -> list[str]:
        bound = [binding.intent.__name__ for binding in self.handlers]
        findings: list[str] = []
        for name, runtime in self.runtimes.items():
            for intent in runtime.machine.intents:
                if self.binding(intent) is not None:
                    continue
                told = intent.__name__
                if issubclass(intent, Signal):
                    findings.append(
                        f"expected the machine {intent.__target__!r} that {told} of machine {name!r} is for, got none"
                        f"{nearest(intent.__target__, self.runtimes)}; "
                        "do add its runtime, or bind a handler of your own"
                    )
                elif issubclass(intent, Spawn):
                    child = machine_of(intent)
                    findings.append(
                        f"expected the machine {child!r} that {told} of machine {name!r} spawns, got none"
                        f"{nearest(child, self.runtimes)}; do add its runtime, or bind a handler of your own"
                    )
                elif issubclass(intent, Publish):
                    findings.append(
                        f"expected a store that keeps publications for {told} of machine {name!r}, "
                        "got none in the system; do use one of telic's stores, or bind a handler of your own"
                    )
                else:
                    findings.append(
                        f"expected a handler for {told} of machine {name!r}, got none{nearest(told, bound)}; "
                        f"do add {told}.handled_by(function)"
                    )
        return findings

    def _without_intent(self) -> list[str]:
        emitted = {intent for one in self.runtimes.values() for intent in self.intents(one) if intent is not Report}
        names = sorted(intent.__name__ for intent in emitted)
        return [
            f"expected intents that a machine emits, got a handler for {binding.intent.__name__}"
            f"{nearest(binding.intent.__name__, names)}; do remove it, or add its machine"
            for binding in self.handlers
            if binding.intent not in emitted
        ]

    def _without_outbox(self) -> list[str]:
        return [
            f"expected a store with an outbox for machine {name!r}, got {type(runtime.store).__name__}; "
            "do give it outbox(limit)"
            for name, runtime in self.runtimes.items()
            if self.tags(runtime) and not isinstance(runtime.store, (ListsOutbox, DurableStore))
        ]

    def _without_leases(self) -> list[str]:
        # After a crash nobody could tell what has begun, and it would run again.
        return [
            f"expected a store that keeps leases for {intent.__name__} of machine {name!r}, which must not run twice, "
            f"got {type(runtime.store).__name__}; do use one with the methods of DurableStore"
            for name, runtime in self.runtimes.items()
            for intent in runtime.machine.intents
            if issubclass(intent.__delivery__, AtMostOnce) and not isinstance(runtime.store, DurableStore)
        ]

    def _spawns(self) -> list[tuple[AnyRuntime, type[Intent[Fact]], str]]:
        """Return which machines spawn which others of this system, and by which intents."""
        return [
            (runtime, intent, machine_of(intent))
            for runtime in self.runtimes.values()
            for intent in runtime.machine.intents
            if issubclass(intent, Spawn) and machine_of(intent) in self.runtimes
        ]

    def _told_apart(self) -> list[str]:
        # An outcome is written by the child's machine and read by the parent's: both have to
        # mean the same by a version.
        return [
            f"expected {fact.__name__} in one version in machine {child!r} and machine {runtime.machine.name!r}, "
            f"which spawns it, got {wrote} and {reads}; do give its upcasters to both"
            for runtime, intent, child in self._spawns()
            for fact in sorted(runtime.machine.intents[intent], key=lambda one: one.__name__)
            if (wrote := self.runtimes[child].machine.codec.version_of(fact.__tag__))
            != (reads := runtime.machine.codec.version_of(fact.__tag__))
        ]

    def __repr__(self) -> str:
        """Return the names of the machines."""
        return f"System({', '.join(self.runtimes)})"


def _same_names(runtimes: Sequence[AnyRuntime]) -> list[str]:
    names = [runtime.machine.name for runtime in runtimes]
    return [
        f"expected machines of different names, got {name!r} {names.count(name)} times; do rename one of them"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
