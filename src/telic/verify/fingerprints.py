"""The fingerprint of a machine: all that a deployment may change, as plain data in one order.

It is the same on every machine and in every process, can be kept as JSON, and tells nothing
of the code inside transitions. What may never be here: the comparison of two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel

from telic.kernel.events import Command, Event, Fact
from telic.kernel.intents import AtMostOnce, Intent
from telic.kernel.orders import IntentFailed
from telic.kernel.reading import Reader
from telic.kernel.table import Row, StateInfo
from telic.kernel.upcasters import Upcasters
from telic.kernel.values import Value
from telic.verify.shapes import ModelShape, ShapeReader

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine, E, Machine, S

__all__ = [
    "EdgePrint",
    "EventPrint",
    "Fingerprint",
    "IntentPrint",
    "RowPrint",
    "StatePrint",
    "StepPrint",
    "WaitPrint",
    "fingerprint",
]

# As the codec stores the failure of an intent.
_FAILED = "telic.intent_failed:"


class EdgePrint(Value):
    """One alternative of a transition.

    Attributes:
        target: The kind of the new state.
        emits: The tags of the intents, each with whether it comes in any number.
        verdict: The name of the verdict, if it is one.
        withdraws: It may withdraw open intents.
    """

    target: str
    emits: tuple[tuple[str, bool], ...] = ()
    verdict: str = ""
    withdraws: bool = False


class RowPrint(Value):
    """What a state does with one event.

    Attributes:
        event: The tag of the event.
        command: It is a command.
        edges: The alternatives.
    """

    event: str
    command: bool
    edges: tuple[EdgePrint, ...]


class WaitPrint(Value):
    """A wait that a state, or a part of it, declares.

    Attributes:
        type: ``Deadline``, ``HumanTask`` or ``Topic``.
        event: The tag of its event, or nothing where the annotation does not name it.
    """

    type: str
    event: str


class StatePrint(Value):
    """One state.

    Attributes:
        kind: Its stored name.
        version: The version of its shape.
        model: The name of its shape.
        final: An instance ends here.
        rows: What it does with each event.
        ignores: The tags of the events that it drops.
        settles: The tags of the intents of which none is open here.
        waits: What it and its parts wait for.
    """

    kind: str
    version: int
    model: str
    final: bool
    rows: tuple[RowPrint, ...]
    ignores: tuple[str, ...]
    settles: tuple[str, ...]
    waits: tuple[WaitPrint, ...]


class EventPrint(Value):
    """One event.

    Attributes:
        tag: Its stored name.
        version: The version of its shape.
        model: The name of its shape.
        command: It is a command.
    """

    tag: str
    version: int
    model: str
    command: bool


class IntentPrint(Value):
    """One intent.

    Attributes:
        tag: Its stored name.
        version: The version of its shape.
        model: The name of its shape.
        answers: The tags of the facts that may answer it.
        failure: The stored name of its failure.
        at_most_once: It is never run twice.
    """

    tag: str
    version: int
    model: str
    answers: tuple[str, ...]
    failure: str
    at_most_once: bool


class StepPrint(Value):
    """One upcaster.

    Attributes:
        tag: The stored name that it reads.
        from_version: The version that it reads.
        to: The stored name that it writes.
    """

    tag: str
    from_version: int
    to: str


class Fingerprint(Value):
    """All that a deployment may change about a machine.

    Attributes:
        name: The name under which instances are stored.
        version: The version of the code.
        perpetual: The process has no end.
        starts: How an instance begins.
        start_states: The kinds with which one may begin.
        states: The states, by kind.
        events: The events, by tag; the failures of the intents as well.
        intents: The intents, by tag.
        task_commands: The tags of the commands that a task asks for.
        upcasters: What reads older shapes.
        models: The shapes of everything that is stored, by name.
    """

    name: str
    version: int
    perpetual: bool
    starts: tuple[RowPrint, ...]
    start_states: tuple[str, ...]
    states: tuple[StatePrint, ...]
    events: tuple[EventPrint, ...]
    intents: tuple[IntentPrint, ...]
    task_commands: tuple[str, ...]
    upcasters: tuple[StepPrint, ...]
    models: tuple[ModelShape, ...]

    @property
    def digest(self) -> str:
        """Thirty-two characters that differ as soon as anything in it does."""
        return blake2b(self.model_dump_json().encode(), digest_size=16).hexdigest()


def fingerprint(machine: Machine[S, E]) -> Fingerprint:
    """Return all that a deployment may change about a machine.

    Args:
        machine: The machine.

    Returns:
        Plain data; keep it with ``model_dump_json()``, read it with
        ``Fingerprint.model_validate_json(text)``.

    Example:
        ``compatible(Fingerprint.model_validate_json(kept), order)``
    """
    return _Printer(cast("AnyMachine", machine)).whole()


class _Printer:
    """Writes the fingerprint of one machine."""

    def __init__(self, machine: AnyMachine) -> None:
        """Take the machine."""
        self._machine = machine
        self._versions = Upcasters(machine.upcasters)
        self._shapes = ShapeReader()
        self._failures = {failure: _FAILED + intent.__tag__ for intent, failure in machine.failures.items()}
        self._reader = Reader({cls.__name__: cls for cls in (*machine.states, *machine.events)}, frozenset())
        self._kinds = {info.state: info.kind for info in machine.infos.values()}

    def whole(self) -> Fingerprint:
        """Return the fingerprint; the order of reading is the order of the stored names."""
        machine = self._machine
        states = tuple(self._state(info) for info in sorted(machine.infos.values(), key=lambda one: one.kind))
        events = tuple(self._event(tag, cls) for tag, cls in sorted(self._stored_events().items()))
        intents = tuple(self._intent(one) for one in sorted(machine.intents, key=lambda one: one.__tag__))
        steps = (StepPrint(tag=one.tag, from_version=one.from_version, to=one.to) for one in machine.upcasters)
        return Fingerprint(
            name=machine.name,
            version=machine.version,
            perpetual=machine.perpetual,
            starts=self._rows(machine.start_rows.values()),
            start_states=tuple(sorted(self._kinds[one] for one in machine.start_states)),
            states=states,
            events=events,
            intents=intents,
            task_commands=self._tags(machine.task_commands),
            upcasters=tuple(sorted(steps, key=lambda one: (one.tag, one.from_version))),
            models=tuple(model for _, model in sorted(self._shapes.models.items())),
        )

    def _stored_events(self) -> dict[str, type[Event]]:
        """Return the events that may be stored, by tag."""
        failures: dict[str, type[Event]] = {
            _FAILED + intent.__tag__: failure for intent, failure in self._machine.failures.items()
        }
        return {**{one.__tag__: one for one in self._machine.events}, **failures}

    def _state(self, info: StateInfo) -> StatePrint:
        return StatePrint(
            kind=info.kind,
            version=self._versions.version(info.kind),
            model=self._shapes.model(info.state),
            final=info.final,
            rows=self._rows(info.rows.values()),
            ignores=self._tags(info.ignored),
            settles=tuple(sorted(one.__tag__ for one in info.settles)),
            waits=tuple(sorted(set(self._waits(info)), key=lambda one: (one.type, one.event))),
        )

    def _rows(self, rows: Iterable[Row]) -> tuple[RowPrint, ...]:
        found = [
            RowPrint(event=self._tag(row.event), command=issubclass(row.event, Command), edges=self._edges(row))
            for row in rows
        ]
        return tuple(sorted(found, key=lambda one: one.event))

    def _edges(self, row: Row) -> tuple[EdgePrint, ...]:
        found = {
            EdgePrint(
                target=self._kinds.get(edge.target, edge.target.__name__),
                emits=tuple(sorted((emit.intent.__tag__, emit.many) for emit in edge.emits)),
                verdict=edge.verdict.__name__ if edge.verdict is not None else "",
                withdraws=edge.withdraws,
            )
            for edge in row.edges
        }
        return tuple(sorted(found, key=EdgePrint.model_dump_json))

    def _waits(self, info: StateInfo) -> Iterator[WaitPrint]:
        queue: list[type[BaseModel]] = [info.state] if info.declares_waits else []
        known: set[type[BaseModel]] = {info.state}
        while queue:
            cls = queue.pop()
            inner = self._machine.infos.get(cls) or self._reader.state(cls)
            for wait, event in inner.waits:
                yield WaitPrint(type=wait.__name__, event=self._tag(event) if event is not None else "")
            queue += [part for part in inner.parts if part not in known]
            known.update(inner.parts)

    def _event(self, tag: str, cls: type[Event]) -> EventPrint:
        return EventPrint(
            tag=tag,
            version=self._versions.version(tag),
            model=self._shapes.model(cls),
            command=issubclass(cls, Command),
        )

    def _intent(self, cls: type[Intent[Fact]]) -> IntentPrint:
        return IntentPrint(
            tag=cls.__tag__,
            version=self._versions.version(cls.__tag__),
            model=self._shapes.model(cls),
            answers=self._tags(self._machine.intents[cls]),
            failure=_FAILED + cls.__tag__,
            at_most_once=issubclass(cls.__delivery__, AtMostOnce),
        )

    def _tags(self, events: Iterable[type[Event]]) -> tuple[str, ...]:
        return tuple(sorted(self._tag(one) for one in events))

    def _tag(self, event: type[Event]) -> str:
        if issubclass(event, IntentFailed):
            return self._failures.get(event, event.__name__)
        return event.__tag__
