"""Reads the transition table from the annotations of the states.

Each class is read once, when a machine is built. Whatever cannot be read is a fault with
the line to change. What may never be here: a judgement on what was read; see ``checks``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TypeGuard, get_args, get_origin

from pydantic import BaseModel

from telic.kernel.annotations import alternatives, fields_of, hints_of, literal_values, type_arguments, unwrapped
from telic.kernel.errors import Fault
from telic.kernel.events import Command, Event, Fact
from telic.kernel.intents import Batch, Intent, Many, NoIntent
from telic.kernel.orders import Withdraw
from telic.kernel.parts import may_declare_waits, parts_of
from telic.kernel.states import START, TRANSITION, FinalState, Ignores, Keeps, State
from telic.kernel.table import Edge, Emits, Row, StateInfo
from telic.kernel.verdicts import Defer, Ignore, Reject, Verdict
from telic.kernel.waits import Deadline, HumanTask, Topic, Wait

__all__ = ["Reader", "answers_of", "is_classic_end"]

_VERDICTS: tuple[type[Verdict], ...] = (Reject, Ignore, Defer)
_WAITS: tuple[type[Wait], ...] = (Deadline, HumanTask, Topic)


def answers_of(intent: type[Intent[Fact]]) -> tuple[type[Fact], ...]:
    """Return the facts that may answer an intent, as its class declares them."""
    arguments = type_arguments(intent, Intent)
    found = [one for argument in arguments for one in alternatives(argument)]
    return tuple(one for one in found if isinstance(one, type) and issubclass(one, Fact))


def is_classic_end(cls: type[BaseModel], rows: Mapping[type[Event], Row]) -> bool:
    """Say whether a plain model is the end of a classic machine: it takes nothing, or ignores all."""
    return not issubclass(cls, State) and all(edge.verdict is Ignore for row in rows.values() for edge in row.edges)


class Reader:
    """Reads the states of one machine; collects what cannot be read.

    Attributes:
        faults: What was found wrong, in the order of reading.
    """

    def __init__(self, names: Mapping[str, object], union: frozenset[type[BaseModel]]) -> None:
        """Take the classes of the machine's unions.

        Args:
            names: Those classes by name, for forward references.
            union: The states.
        """
        self.faults: list[Fault] = []
        self._names = names
        self._union = union

    def state(self, cls: type[BaseModel]) -> StateInfo:
        """Return all that the annotations of one state say."""
        rows, claims = self._rows(cls), _claims(cls)
        return StateInfo(
            state=cls,
            kind=self._kind(cls),
            final=issubclass(cls, FinalState) or is_classic_end(cls, rows),
            rows=rows,
            ignored={event: claim.why for event, claim in claims.items()},
            settles=tuple(dict.fromkeys(one for one in _gathered(cls, "settles") if _is_intent(one))),
            waits=self._waits(cls),
            declares_waits=may_declare_waits(cls),
            parts=parts_of(cls),
            kept=frozenset(event for event, claim in claims.items() if isinstance(claim, Keeps)),
        )

    def starts(self, cls: type[BaseModel]) -> tuple[Row, ...]:
        """Return a row for each way in which an instance may begin through this class."""
        rows: list[Row] = []
        for name, member in _members(cls).items():
            if isinstance(member, classmethod) and hasattr(member.__func__, START):
                function: Callable[..., object] = member.__func__
                rows += self._method_rows(cls, name, function, getattr(cls, name).__func__)
        return tuple(rows)

    def _fault(self, where: str, what: str, remedy: str) -> None:
        self.faults.append(Fault(where, what, remedy))

    def _kind(self, cls: type[BaseModel]) -> str:
        field = fields_of(cls).get("kind")
        values = literal_values(field.annotation) if field is not None else ()
        if len(values) != 1 or not isinstance(values[0], StrEnum):
            got = "none" if field is None else repr(field.annotation)
            self._fault(
                cls.__name__,
                f"expected kind: Literal[SomeKind.MEMBER] with a StrEnum member, got {got}",
                f"write kind: Literal[SomeKind.MEMBER] = SomeKind.MEMBER in {cls.__name__}",
            )
            return cls.__name__
        return values[0].value

    def _rows(self, cls: type[BaseModel]) -> Mapping[type[Event], Row]:
        handle = getattr(cls, "handle", None)
        if handle is not None and handle is not State.handle:
            found = self._method_rows(cls, "handle", handle, handle, coarse=True)
        else:
            found = [
                row
                for name, member in _members(cls).items()
                if inspect.isfunction(member) and hasattr(member, TRANSITION)
                for row in self._method_rows(cls, name, member, member)
            ]
        rows: dict[type[Event], Row] = {}
        for row in found:
            if row.event in rows:
                self._fault(
                    row.where,
                    f"expected one transition for {row.event.__name__}, got {rows[row.event].method} as well",
                    "keep one of the two",
                )
            rows[row.event] = row
        return rows

    def _method_rows(
        self,
        cls: type[BaseModel],
        name: str,
        function: Callable[..., object],
        call: Callable[..., object],
        *,
        coarse: bool = False,
    ) -> list[Row]:
        where = f"{cls.__name__}.{name}"
        hints = self._hints(function, where)
        parameters = [
            p
            for p in inspect.signature(function).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
        if hints is None:
            return []
        if len(parameters) not in (2, 3):
            self._fault(
                where,
                f"expected (self, event) or (self, event, ctx), got {len(parameters)} parameters",
                "take the event, and ctx where it is needed",
            )
            return []
        events = self._events(hints.get(parameters[1].name), cls, where)
        edges = self._edges(hints.get("return"), cls, where, coarse=coarse, begins=hasattr(function, START))
        shapes = frozenset(shape for edge in edges for shape in _shapes(edge))
        return [
            Row(cls, event, name, call, len(parameters) == 3, edges, coarse, shapes, issubclass(event, Fact))
            for event in events
        ]

    def _hints(self, function: Callable[..., object], where: str) -> dict[str, object] | None:
        try:
            return hints_of(function, self._names)
        except (NameError, TypeError) as error:
            self._fault(
                where,
                f"expected annotations that can be read, got {type(error).__name__}: {error}",
                "import the name in the module of the state (not under TYPE_CHECKING), "
                "or add its class to the machine's unions",
            )
            return None

    def _events(self, annotation: object, owner: type[BaseModel], where: str) -> list[type[Event]]:
        found: list[type[Event]] = []
        if annotation is None:
            self._fault(where, "expected an annotation on the event, got none", "write event: SomeEvent")
            return found
        for one in alternatives(annotation, owner):
            if isinstance(one, type) and issubclass(one, Event) and one not in (Event, Command, Fact):
                found.append(one)
            else:
                self._fault(
                    where,
                    f"expected the class of a command or a fact, got {_name(one)}",
                    "name the exact event, or a union of events",
                )
        if len({issubclass(one, Fact) for one in found}) > 1 and not _is_handle(where):
            self._fault(
                where,
                "expected commands or facts, got both",
                "write one transition for the commands and one for the facts",
            )
        return found

    def _edges(
        self, annotation: object, owner: type[BaseModel], where: str, *, coarse: bool, begins: bool
    ) -> tuple[Edge, ...]:
        if annotation is None:
            self._fault(where, "expected a return annotation, got none", "write -> tuple[NewState, SomeIntent]")
            return ()
        edges: list[Edge] = []
        for one in alternatives(annotation, owner):
            arguments = get_args(one)
            if get_origin(one) is not tuple or len(arguments) != 2:
                self._fault(
                    where,
                    f"expected tuple[NewState, Intent], got {_name(one)}",
                    "return the new state and the intent, or self and a verdict",
                )
                continue
            if begins and arguments == (None, Reject):
                edges.append(Edge(owner, verdict=Reject))
                continue
            targets = list(alternatives(arguments[0], owner))
            if not coarse and len(targets) > 1 and set(targets) >= self._union and len(self._union) > 1:
                self._fault(
                    where, "expected the states that this transition leads to, got the whole union", "name those states"
                )
                continue
            edges += self._products(targets, list(alternatives(arguments[1], owner)), owner, where)
        return tuple(dict.fromkeys(edges))

    def _products(
        self, targets: list[object], outs: list[object], owner: type[BaseModel], where: str
    ) -> Iterator[Edge]:
        for target in targets:
            if not isinstance(target, type) or not issubclass(target, BaseModel):
                self._fault(
                    where, f"expected the class of a state, got {_name(target)}", "name the state that this leads to"
                )
                continue
            for out in outs:
                edge = self._edge(target, out, owner, where)
                if edge is not None:
                    yield edge

    def _edge(self, target: type[BaseModel], out: object, owner: type[BaseModel], where: str) -> Edge | None:
        if isinstance(out, type) and issubclass(out, _VERDICTS):
            return Edge(owner, verdict=out)
        emits: list[Emits] = []
        withdraws = False
        members = get_args(out) if get_origin(out) is Batch else (out,)
        for member in (one for argument in members for one in alternatives(argument, owner)):
            if member is Withdraw:
                withdraws = True
            elif member is not NoIntent:
                found = self._emits(member, where)
                if found is None:
                    return None
                emits.append(found)
        return Edge(target, tuple(emits), None, withdraws)

    def _emits(self, member: object, where: str) -> Emits | None:
        many = get_origin(member) is Many
        intent = unwrapped(get_args(member)[0]) if many else member
        if isinstance(intent, type) and issubclass(intent, Intent) and intent is not Intent:
            if type_arguments(intent, Intent):
                return Emits(intent, many)
            self._fault(
                where,
                f"expected an intent that says what may answer it, got {_name(intent)}",
                f"write class {_name(intent)}(Intent[SomeFact]), or Intent[Never] where nothing answers",
            )
            return None
        self._fault(
            where,
            f"expected the class of an intent, got {_name(member)}",
            "name the intents that this transition emits, or NoIntent",
        )
        return None

    def _waits(self, cls: type[BaseModel]) -> tuple[tuple[type[Wait], type[Event] | None], ...]:
        declared = getattr(cls, "waits", None)
        if declared is None or declared is State.waits:
            return ()
        where = f"{cls.__name__}.waits"
        hints = self._hints(declared, where)
        if hints is None:
            return ()
        found: list[tuple[type[Wait], type[Event] | None]] = []
        for one in alternatives(hints.get("return"), cls):
            if get_origin(one) is not tuple:
                self._fault(
                    where, f"expected tuple[Deadline[SomeFact], ...], got {_name(one)}", "name each wait and its event"
                )
                continue
            members = [argument for argument in get_args(one) if argument not in (Ellipsis, ())]
            for member in (each for argument in members for each in alternatives(argument, cls)):
                found += self._wait(member, cls, where)
        return tuple(dict.fromkeys(found))

    def _wait(self, member: object, cls: type[BaseModel], where: str) -> list[tuple[type[Wait], type[Event] | None]]:
        kind = get_origin(member)
        if kind not in _WAITS or not isinstance(kind, type):
            self._fault(
                where,
                f"expected Deadline[SomeFact], HumanTask[SomeCommand] or Topic[SomeFact], got {_name(member)}",
                "name each wait with the event that it waits for",
            )
            return []
        events = [one for argument in get_args(member) for one in alternatives(argument, cls)]
        return [(kind, one) for one in events if isinstance(one, type) and issubclass(one, Event)]


def _is_intent(given: object) -> TypeGuard[type[Intent[Fact]]]:
    return isinstance(given, type) and issubclass(given, Intent)


def _is_handle(where: str) -> bool:
    return where.endswith(".handle")


def _members(cls: type) -> dict[str, object]:
    """Return what a class and its bases define, each name as its last definition has it."""
    found: dict[str, object] = {}
    for base in reversed(cls.__mro__):
        found.update(base.__dict__)
    return found


def _gathered(cls: type, name: str) -> Iterator[object]:
    for base in reversed(cls.__mro__):
        values = base.__dict__.get(name, ())
        if isinstance(values, Iterable):
            yield from values


def _claims(cls: type) -> dict[type[Event], Ignores]:
    claims = (one for one in _gathered(cls, "ignores") if isinstance(one, Ignores))
    return {event: claim for claim in claims for event in claim.events}


def _shapes(edge: Edge) -> Iterator[tuple[type, type]]:
    if edge.verdict is not None:
        yield edge.target, edge.verdict
    elif edge.withdraws:
        return
    elif not edge.emits:
        yield edge.target, NoIntent
    elif len(edge.emits) == 1 and not edge.emits[0].many:
        yield edge.target, edge.emits[0].intent


def _name(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) and get_origin(annotation) is None else str(annotation)
