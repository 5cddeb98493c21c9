"""What there is to draw of a machine: its states, the arrows between them, and their parts.

A view is plain data, read from the machine's table; every picture is drawn from one. What may
never be here: a coordinate, a colour, a mark of any one language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from pydantic import BaseModel

from telic.kernel.annotations import alternatives, fields_of
from telic.kernel.events import Command, Event
from telic.kernel.machine import Machine
from telic.kernel.orders import IntentFailed
from telic.kernel.parts import parts_in
from telic.kernel.reading import Reader
from telic.kernel.states import State
from telic.kernel.table import Edge, Row, StateInfo
from telic.kernel.waits import Deadline, HumanTask, Topic, Wait

__all__ = ["Arrow", "Cause", "Node", "Open", "Region", "View", "seen", "view"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)


class Cause(StrEnum):
    """What kind of event moves an instance along an arrow."""

    COMMAND = "command"
    FACT = "fact"
    FAILURE = "failure"
    DEADLINE = "deadline"
    TASK = "task"
    TOPIC = "topic"


_OPEN: Mapping[type[Wait], Cause] = {Deadline: Cause.DEADLINE, HumanTask: Cause.TASK, Topic: Cause.TOPIC}


@dataclass(frozen=True, slots=True)
class Open:
    """Something that a state is open to.

    Attributes:
        cause: A deadline, a task or a topic.
        event: The name of the event that it brings; empty when the annotation does not say.
    """

    cause: Cause
    event: str


@dataclass(frozen=True, slots=True)
class Node:
    """One state.

    Attributes:
        name: The name of its class, unique in its view or region.
        kind: Its stored name.
        final: Whether an instance ends here.
        opens: What it waits for.
        ignored: The names of the events that it drops, each with the reason.
        regions: The names of the regions that it holds, each a field with parts.
    """

    name: str
    kind: str
    final: bool = False
    opens: tuple[Open, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """One alternative of one transition.

    Attributes:
        source: The name of the state that it leaves; empty for a start.
        target: The name of the state that it leads to.
        event: The name of the event.
        cause: What kind of event that is.
        method: The name of the transition.
        intents: The names of what is to be done; one that comes in any number ends with ``*``.
        verdict: The name of the verdict that keeps the state; empty if there is none.
        coarse: It is one of a hand-written ``handle``, which takes other events as well.
        withdraws: It may withdraw open intents.
    """

    source: str
    target: str
    event: str
    cause: Cause
    method: str
    intents: tuple[str, ...] = ()
    verdict: str = ""
    coarse: bool = False
    withdraws: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """The states that a field may hold, as a small machine of their own.

    Attributes:
        name: The name of the region, unique in its view.
        field: The field.
        many: The field holds any number of them, by key.
        holders: The names of the states with that field.
        nodes: Its states.
        arrows: The arrows between them.
        firsts: The names of the states that no arrow of the region leads to.
        regions: What these states hold in turn.
    """

    name: str
    field: str
    many: bool
    holders: tuple[str, ...]
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    firsts: tuple[str, ...]
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A machine, ready to be drawn.

    Attributes:
        name: The name of the machine.
        nodes: Its states, in the order of the union.
        arrows: The starts, then the transitions state by state; verdicts are among them.
        events: The names of its events, in the order of the union, then those of failures and orders of the kernel.
        regions: The parts that its states hold.
        firsts: The names of the states that an instance may be started in without an event.
    """

    name: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    events: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    firsts: tuple[str, ...] = ()

    def node(self, name: str) -> Node:
        """Return the state of that name.

        Raises:
            KeyError: When there is none.
        """
        for one in self.nodes:
            if one.name == name:
                return one
        raise KeyError(name)


def seen(machine: Machine[S, E] | View) -> View:
    """Return the view of a machine; a view is its own."""
    return machine if isinstance(machine, View) else view(machine)


def view(machine: Machine[S, E]) -> View:
    """Return what there is to draw of a machine.

    Args:
        machine: The machine.

    Example:
        ``[node.name for node in view(order).nodes]``
    """
    tasks = machine.task_commands
    reader = _Parts()
    held = _held(machine.states, reader)
    infos = machine.infos
    names = {cls: info.state.__name__ for cls, info in infos.items()}
    taken = (row.event for info in infos.values() for row in info.rows.values())
    return View(
        machine.name,
        tuple(_node(info, _names_of(held, info.state)) for info in infos.values()),
        (
            *(one for row in machine.start_rows.values() for one in _arrows(row, "", tasks)),
            *(one for info in infos.values() for one in _arrows_of(info, tasks)),
        ),
        tuple(dict.fromkeys(_name(one) for one in (*machine.events, *taken))),
        tuple(held.values()),
        tuple(names[cls] for cls in machine.start_states if cls in names),
    )


class _Parts:
    """Reads the states that fields hold; each class once."""

    def __init__(self) -> None:
        self._infos: dict[type[BaseModel], StateInfo] = {}

    def info(self, cls: type[BaseModel], among: Iterable[type[BaseModel]]) -> StateInfo:
        if cls not in self._infos:
            union = frozenset(among)
            self._infos[cls] = Reader({one.__name__: one for one in union}, union).state(cls)
        return self._infos[cls]


_Held = dict[tuple[str, tuple[type[State], ...]], Region]


def _held(holders: Iterable[type[BaseModel]], reader: _Parts, above: frozenset[type[BaseModel]] = frozenset()) -> _Held:
    """Return the regions of some states; a field that several inherit is one region."""
    found: dict[tuple[str, tuple[type[State], ...]], tuple[bool, list[str]]] = {}
    for holder in holders:
        for name, info in fields_of(holder).items():
            parts = tuple(dict.fromkeys(part for part in parts_in(info.annotation) if part not in above))
            if parts:
                many = _is_map(info.annotation)
                found.setdefault((name, parts), (many, []))[1].append(holder.__name__)
    fields = [field for field, _ in found]
    return {
        (field, parts): _region(
            field if fields.count(field) == 1 else f"{field} of {names[0]}", field, many, names, parts, reader, above
        )
        for (field, parts), (many, names) in found.items()
    }


def _region(
    name: str,
    field: str,
    many: bool,  # noqa: FBT001  (one of the facts that make a region)
    holders: list[str],
    parts: tuple[type[State], ...],
    reader: _Parts,
    above: frozenset[type[BaseModel]],
) -> Region:
    infos = [reader.info(part, parts) for part in parts]
    tasks = frozenset(event for info in infos for wait, event in info.waits if wait is HumanTask and event is not None)
    inner = _held(parts, reader, above | frozenset(parts))
    arrows = tuple(one for info in infos for one in _arrows_of(info, tasks))
    entered = {one.target for one in arrows if one.source != one.target}
    nodes = tuple(_node(info, _names_of(inner, info.state)) for info in infos)
    firsts = tuple(node.name for node in nodes if node.name not in entered)
    return Region(name, field, many, tuple(holders), nodes, arrows, firsts or (nodes[0].name,), tuple(inner.values()))


def _names_of(held: _Held, cls: type[BaseModel]) -> tuple[str, ...]:
    return tuple(region.name for region in held.values() if cls.__name__ in region.holders)


def _is_map(annotation: object) -> bool:
    """Say whether a field holds its parts by key, or in a row."""
    return not any(isinstance(one, type) and issubclass(one, State) for one in alternatives(annotation))


def _node(info: StateInfo, regions: tuple[str, ...]) -> Node:
    opens = tuple(dict.fromkeys(Open(_OPEN[wait], "" if event is None else _name(event)) for wait, event in info.waits))
    ignored = tuple((_name(event), why) for event, why in info.ignored.items())
    return Node(info.state.__name__, info.kind, info.final, opens, ignored, regions)


def _arrows_of(info: StateInfo, tasks: frozenset[type[Event]]) -> Iterator[Arrow]:
    opened = {event: _OPEN[wait] for wait, event in info.waits if event is not None}
    for row in info.rows.values():
        yield from _arrows(row, info.state.__name__, tasks, opened)


def _arrows(
    row: Row, source: str, tasks: frozenset[type[Event]], opened: Mapping[type[Event], Cause] | None = None
) -> Iterator[Arrow]:
    cause = _cause(row.event, tasks, opened or {})
    for edge in row.edges:
        yield Arrow(
            source,
            edge.target.__name__,
            _name(row.event),
            cause,
            row.method,
            _intents(edge),
            "" if edge.verdict is None else edge.verdict.__name__,
            row.coarse,
            edge.withdraws,
        )


def _intents(edge: Edge) -> tuple[str, ...]:
    return tuple(f"{_name(one.intent)}*" if one.many else _name(one.intent) for one in edge.emits)


def _cause(event: type[Event], tasks: frozenset[type[Event]], opened: Mapping[type[Event], Cause]) -> Cause:
    if event in opened:
        return opened[event]
    if event in tasks:
        return Cause.TASK
    if issubclass(event, IntentFailed):
        return Cause.FAILURE
    return Cause.COMMAND if issubclass(event, Command) else Cause.FACT


def _name(cls: type[object]) -> str:
    return cls.__name__
