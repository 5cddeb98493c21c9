"""The check of the intents: who may answer them, and whether what they ask can be had.

Each check reads the table and yields faults; none stops the others. What may never be here:
where an answer arrives; see ``lost``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel

from telic.kernel.annotations import alternatives, hints_of, type_arguments
from telic.kernel.errors import Fault
from telic.kernel.events import Command, Event, Fact
from telic.kernel.intents import Intent
from telic.kernel.messages import Publish, Signal, Spawn
from telic.kernel.states import FinalState
from telic.kernel.table import Edge, Row

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine

__all__ = ["ASKING_CHECKS"]

# A machine that is being built, or whose module is being imported, cannot be had yet.
_NOT_THERE_YET = (NameError, AttributeError, ImportError, RecursionError)


def _answers(machine: AnyMachine) -> Iterator[Fault]:
    for intent, answers in machine.intents.items():
        declared = [one for argument in type_arguments(intent, Intent) for one in alternatives(argument)]
        for one in declared:
            if one not in answers:
                yield Fault(
                    intent.__name__,
                    f"expected facts as its answers, got {getattr(one, '__name__', one)}",
                    "name facts: what comes back has happened",
                )
        for answer in sorted(answers - machine.event_set, key=lambda one: one.__qualname__):
            yield Fault(
                intent.__name__,
                f"expected its answers in the union of events, got {answer.__name__} outside of it",
                f"add {answer.__name__} to the union of events",
            )


def _messages(machine: AnyMachine) -> Iterator[Fault]:
    kinds: tuple[tuple[type[Intent[Fact]], type[Event], str], ...] = (
        (Signal, Command, "a command"),
        (Publish, Fact, "a fact"),
    )
    for intent in machine.intents:
        for kind, carried, what in kinds:
            if not issubclass(intent, kind):
                continue
            given = [one for argument in type_arguments(intent, kind) for one in alternatives(argument)]
            wrong = [one for one in given if not (isinstance(one, type) and issubclass(one, carried))]
            if wrong or not given:
                got = ", ".join(getattr(one, "__name__", str(one)) for one in wrong) or "none"
                yield Fault(
                    intent.__name__,
                    f"expected {what} to carry, got {got}",
                    f"write class {intent.__name__}({kind.__name__}[Some{carried.__name__}])",
                )


def _batches(machine: AnyMachine) -> Iterator[Fault]:
    for row, edge in _edges(machine):
        emitted = [emit.intent for emit in edge.emits]
        for intent in dict.fromkeys(one for one in emitted if emitted.count(one) > 1):
            yield Fault(
                row.where,
                f"expected at most one {intent.__name__} in a batch, or many, got both",
                f"emit all of them with Many.of(...), and write Many[{intent.__name__}]",
            )


def _claims(machine: AnyMachine) -> Iterator[Fault]:
    """Yield what is emitted on the way into a state that claims that none of it is open."""
    for row, edge in _edges(machine):
        info = machine.infos.get(edge.target)
        # The edges of a hand-written handle pair every state with every intent.
        claimed = info.settles if info is not None and not row.coarse else ()
        for emit in edge.emits:
            if emit.intent in claimed:
                yield Fault(
                    row.where,
                    f"expected no {emit.intent.__name__} on the way to {edge.target.__name__}, "
                    "which claims to settle it, got one",
                    f"take {emit.intent.__name__} out of {edge.target.__name__}.settles, or emit it before",
                )


def _edges(machine: AnyMachine) -> Iterator[tuple[Row, Edge]]:
    for row in machine.rows():
        for edge in row.edges:
            yield row, edge


def _spawns(machine: AnyMachine) -> Iterator[Fault]:
    for intent, answers in machine.intents.items():
        if not issubclass(intent, Spawn):
            continue
        if intent.begin is Spawn.begin:
            yield Fault(
                intent.__name__,
                "expected begin to return the child's start command, got no begin",
                "write def begin(self) -> SomeCommand",
            )
        late: Callable[[], AnyMachine] | None = getattr(intent, "__machine__", None)
        if late is None:
            yield Fault(
                intent.__name__,
                "expected the child's machine, got none",
                f"write class {intent.__name__}(Spawn[...], machine=lambda: child)",
            )
            continue
        try:
            child = late()
        except _NOT_THERE_YET:
            continue
        yield from _child_faults(intent.__name__, answers, child)


def _child_faults(name: str, answers: frozenset[type[Fact]], child: AnyMachine) -> Iterator[Fault]:
    names = {cls.__name__: cls for cls in (*child.states, *child.events, *answers)}
    wanted: set[type[Fact]] = set()
    for state in (info.state for info in child.infos.values() if info.final):
        try:
            outcomes = _outcomes(state, names)
        except NameError as error:
            yield Fault(
                f"{state.__name__}.outcome",
                f"expected annotations that can be read, got NameError: {error}",
                "import the name in the module of the state (not under TYPE_CHECKING)",
            )
            return
        if None in outcomes:
            yield Fault(
                name,
                f"expected an outcome from each final state of {child.name!r}, got none from {state.__name__}",
                f"write def outcome(self) -> SomeFact in {state.__name__}",
            )
        wanted |= {fact for fact in outcomes if fact is not None}
    if wanted != answers:
        expected = ", ".join(sorted(one.__name__ for one in wanted)) or "none"
        got = ", ".join(sorted(one.__name__ for one in answers)) or "none"
        yield Fault(
            name,
            f"expected the outcomes of {child.name!r} as answers: {expected}, got {got}",
            "name exactly the facts that the child's final states return from outcome()",
        )


def _outcomes(state: type[BaseModel], names: Mapping[str, object]) -> frozenset[type[Fact] | None]:
    """Return the facts that a final state may hand to a parent; ``None`` where it may hand none."""
    declared = getattr(state, "outcome", None)
    if declared is None or declared is FinalState.outcome:
        return frozenset({None})
    found = alternatives(hints_of(declared, names).get("return"))
    return frozenset(one if isinstance(one, type) and issubclass(one, Fact) else None for one in found)


ASKING_CHECKS: tuple[Callable[[AnyMachine], Iterator[Fault]], ...] = (_answers, _messages, _batches, _claims, _spawns)
