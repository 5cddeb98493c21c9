"""The check of a definition: everything that is wrong with it, found at once.

Each check reads the table and yields faults; none stops the others. What may never be here:
a check that needs values or time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.annotations import alternatives, hints_of
from telic.kernel.canonical import value_faults
from telic.kernel.errors import Fault, nearest
from telic.kernel.events import Control, Event, Fact, Pause, Resume, Terminate
from telic.kernel.lost import answer_faults, possible_worlds
from telic.kernel.messages import Spawn
from telic.kernel.orders import IntentFailed
from telic.kernel.reading import Reader
from telic.kernel.states import FinalState, State
from telic.kernel.table import Row, StateInfo

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine, Machine

__all__ = ["definition_faults"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)


def definition_faults(machine: Machine[S, E], *, readable: bool) -> list[Fault]:
    """Return every fault of a definition, in the order of the checks.

    Args:
        machine: A machine whose table has been read.
        readable: Whether all of it could be read; what follows from the whole table is
            judged only then.
    """
    plain = cast("AnyMachine", machine)
    faults = [fault for check in _ALWAYS for fault in check(plain)]
    if readable:
        whole = [fault for check in _WHOLE for fault in check(plain)]
        faults += whole
        if not whole:
            faults += answer_faults(plain, possible_worlds(plain))
    return faults


def _kinds(machine: AnyMachine) -> Iterator[Fault]:
    first: dict[str, StateInfo] = {}
    for info in machine.infos.values():
        other = first.setdefault(info.kind, info)
        if other is not info:
            yield Fault(
                info.state.__name__,
                f"expected a kind of its own, got {info.kind!r}, which {other.state.__name__} has",
                "give it another member of the StrEnum",
            )


def _values(machine: AnyMachine) -> Iterator[Fault]:
    seen: set[type] = set()
    for model in (*machine.states, *machine.events, *machine.intents):
        yield from value_faults(model, seen)


def _targets(machine: AnyMachine) -> Iterator[Fault]:
    parts = {part for info in machine.infos.values() for part in info.parts}
    names = [cls.__name__ for cls in machine.states]
    for row in machine.rows():
        for target in dict.fromkeys(edge.target for edge in row.edges if edge.verdict is None):
            if target in machine.infos:
                continue
            if target in (State, FinalState, BaseModel):
                yield Fault(
                    row.where,
                    f"expected the states that this transition leads to, got {target.__name__}",
                    "name those states",
                )
            else:
                what = "a part, which is no state of the whole" if target in parts else "a class outside the union"
                yield Fault(
                    row.where,
                    f"expected a state of the union{nearest(target.__name__, names)}, got {target.__name__}, {what}",
                    f"add {target.__name__} to the union of states, or name another target",
                )
    for state in machine.start_states:
        if state not in machine.infos:
            yield Fault(
                f"{machine.name} starts",
                f"expected states of the union, got {state.__name__}",
                "name states of the union",
            )


def _events(machine: AnyMachine) -> Iterator[Fault]:
    names = [cls.__name__ for cls in machine.events]
    for row in machine.rows():
        if issubclass(row.event, (Terminate, Pause, Resume)):
            yield Fault(
                row.where,
                f"expected no transition for {row.event.__name__}, which runs no code of yours, got one",
                "take Cancel to compensate",
            )
        elif issubclass(row.event, IntentFailed):
            if row.event not in machine.failures.values():
                yield Fault(
                    row.where,
                    f"expected the failure of an intent that the machine emits, got {row.event.__name__}",
                    "remove the transition",
                )
        elif row.event not in machine.event_set and not issubclass(row.event, Control):
            yield Fault(
                row.where,
                f"expected an event of the union{nearest(row.event.__name__, names)}, got {row.event.__name__}",
                f"add {row.event.__name__} to the union of events",
            )
    for info in machine.infos.values():
        for event in info.ignored:
            if event not in machine.event_set and not issubclass(event, (Control, IntentFailed)):
                yield Fault(
                    f"{info.state.__name__}.ignores",
                    f"expected events of the union, got {event.__name__}",
                    f"add {event.__name__} to the union of events, or drop the claim",
                )
    for intent, answers in machine.intents.items():
        for answer in sorted(answers, key=lambda one: one.__qualname__):
            if answer not in machine.event_set:
                yield Fault(
                    intent.__name__,
                    f"expected its answers in the union of events, got {answer.__name__} outside of it",
                    f"add {answer.__name__} to the union of events",
                )


def _ends(machine: AnyMachine) -> Iterator[Fault]:
    for info in machine.infos.values():
        name = info.state.__name__
        if info.final and info.rows and issubclass(info.state, State):
            yield Fault(
                name,
                f"expected no transitions in a final state, got {', '.join(row.method for row in info.rows.values())}",
                "derive it from State, or remove them",
            )
        if info.final and info.declares_waits:
            yield Fault(name, "expected no waits in a final state, got some", "derive it from State, or remove them")


def _waits(machine: AnyMachine) -> Iterator[Fault]:
    for info in machine.infos.values():
        for _, event in info.waits:
            if event is None:
                continue
            if event not in machine.event_set:
                yield Fault(
                    f"{info.state.__name__}.waits",
                    f"expected an event of the union, got {event.__name__}",
                    f"add {event.__name__} to the union of events",
                )
            elif event not in info.rows and event not in info.ignored:
                yield Fault(
                    f"{info.state.__name__}.waits",
                    f"expected a transition for {event.__name__}, which the state waits for, got none",
                    f"add def ...(self, event: {event.__name__})",
                )


def _parts(machine: AnyMachine) -> Iterator[Fault]:
    reader = Reader({cls.__name__: cls for cls in (*machine.states, *machine.events)}, frozenset())
    seen: set[type] = set(machine.states)
    wholes: dict[type[BaseModel], list[StateInfo]] = {}
    for info in machine.infos.values():
        for part in info.parts:
            wholes.setdefault(part, []).append(info)
    for part, infos in wholes.items():
        inner = reader.state(part)
        if part not in seen:
            yield from value_faults(part, seen)
        yield from _untaken(inner, infos)
        yield from (fault for info in infos for fault in _unanswered(inner, info))
    yield from dict.fromkeys(reader.faults)


def _untaken(part: StateInfo, wholes: list[StateInfo]) -> Iterator[Fault]:
    """Yield the events that a part takes and that never reach it."""
    names = " or ".join(info.state.__name__ for info in wholes)
    for event, row in part.rows.items():
        if not any(event in info.rows or event in info.ignored for info in wholes):
            yield Fault(
                names,
                f"expected a transition for {event.__name__}, which its part {row.where} takes, got none",
                f"add def ...(self, event: {event.__name__}) that calls the part's own",
            )


def _unanswered(part: StateInfo, whole: StateInfo) -> Iterator[Fault]:
    """Yield what a part waits for and a state that holds the part does not take."""
    for _, event in part.waits:
        if event is not None and event not in whole.rows and event not in whole.ignored:
            yield Fault(
                whole.state.__name__,
                f"expected a transition for {event.__name__}, which its part {part.state.__name__} waits for, got none",
                f"add def ...(self, event: {event.__name__}) that calls the part's own",
            )


def _spawns(machine: AnyMachine) -> Iterator[Fault]:
    for intent, answers in machine.intents.items():
        if not issubclass(intent, Spawn):
            continue
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
        except NameError:
            continue  # a machine that spawns itself is not there yet; its outcomes are its own
        outcomes = {fact for info in child.infos.values() if info.final for fact in _outcomes(info.state)}
        if outcomes != answers:
            expected = ", ".join(sorted(one.__name__ for one in outcomes)) or "none"
            got = ", ".join(sorted(one.__name__ for one in answers)) or "none"
            yield Fault(
                intent.__name__,
                f"expected the outcomes of {child.name!r} as answers: {expected}, got {got}",
                "name exactly the facts that the child's final states return from outcome()",
            )


def _outcomes(state: type[BaseModel]) -> Iterator[type[Fact]]:
    declared = getattr(state, "outcome", None)
    if declared is None or declared is FinalState.outcome:
        return
    for one in alternatives(hints_of(declared, {}).get("return")):
        if isinstance(one, type) and issubclass(one, Fact):
            yield one


def _unhandled(machine: AnyMachine) -> Iterator[Fault]:
    taken: set[type[Event]] = {row.event for row in machine.rows()}
    taken.update(event for info in machine.infos.values() for event in info.ignored)
    for event in machine.events:
        if event not in taken:
            yield Fault(
                event.__name__,
                "expected a state that handles or ignores it, got none",
                "add a transition for it, or take it out of the union",
            )


def _reachable(machine: AnyMachine) -> Iterator[Fault]:
    starts: list[type[BaseModel]] = [*machine.start_states]
    starts += [edge.target for row in machine.start_rows.values() for edge in row.edges if edge.verdict is None]
    if not starts:
        yield Fault(
            machine.name,
            "expected a way to begin, got none",
            "mark a classmethod with @start, or name starts=(FirstState,)",
        )
        return
    known, queue = set(starts), starts
    while queue:
        for row in _rows(machine, queue.pop()):
            fresh = {edge.target for edge in row.edges if edge.verdict is None} - known
            known |= fresh
            queue += sorted(fresh, key=lambda one: one.__qualname__)
    for state in machine.states:
        if state not in known:
            yield Fault(
                state.__name__,
                "expected a way from a start to this state, got none",
                "add a transition that leads to it, or take it out of the union",
            )


def _rows(machine: AnyMachine, state: type[BaseModel]) -> tuple[Row, ...]:
    info = machine.infos.get(state)
    return tuple(info.rows.values()) if info is not None else ()


def _leaving(machine: AnyMachine) -> Iterator[Fault]:
    if machine.perpetual:
        return
    for info in machine.infos.values():
        leaves = any(
            edge.target is not info.state and edge.verdict is None for row in info.rows.values() for edge in row.edges
        )
        if not leaves and not info.final:
            yield Fault(
                info.state.__name__,
                "expected a transition that leaves it, got none",
                "derive it from FinalState, add a transition, or say perpetual=True",
            )


_ALWAYS: tuple[Callable[[AnyMachine], Iterator[Fault]], ...] = (
    _kinds,
    _values,
    _targets,
    _events,
    _ends,
    _waits,
    _parts,
    _spawns,
)
_WHOLE: tuple[Callable[[AnyMachine], Iterator[Fault]], ...] = (_unhandled, _reachable, _leaving)
