"""The check of a definition: everything that is wrong with it, found at once.

Each check reads the table and yields faults; none stops the others. What may never be here:
a check that needs values or time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.asking import ASKING_CHECKS
from telic.kernel.canonical import value_faults
from telic.kernel.errors import Fault, nearest
from telic.kernel.events import Cancel, Control, Event, Pause, Resume, Tagged, Terminate
from telic.kernel.lost import answer_faults, possible_worlds
from telic.kernel.orders import IntentFailed
from telic.kernel.parts import parts_of
from telic.kernel.reading import Reader
from telic.kernel.states import FinalState, Ignores, State
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
        faults += [fault for check in _WHOLE for fault in check(plain)]
        # What no state takes at all has been told; where it would be dropped says no more.
        faults += answer_faults(plain, possible_worlds(plain), frozenset(plain.events) - _taken(plain))
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


def _tags(machine: AnyMachine) -> Iterator[Fault]:
    kernel: tuple[type[Event], ...] = (Cancel, Terminate, Pause, Resume)
    groups: tuple[tuple[type[Tagged], ...], ...] = ((*kernel, *machine.events), tuple(machine.intents))
    for group in groups:
        first: dict[str, type[Tagged]] = {}
        for cls in group:
            other = first.setdefault(cls.__tag__, cls)
            if other is not cls:
                yield Fault(
                    cls.__name__,
                    f"expected a stored name of its own, got {cls.__tag__!r}, which {other.__qualname__} has",
                    f'write class {cls.__name__}(..., tag="...")',
                )
            elif cls.__tag__.startswith("telic.") and not cls.__module__.startswith("telic.kernel."):
                yield Fault(
                    cls.__name__,
                    f"expected a stored name of your own, got {cls.__tag__!r}, of a form that telic keeps for itself",
                    'take "telic." out of its tag=',
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
        elif row.event not in machine.event_set and not issubclass(row.event, (Control, IntentFailed)):
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


def _failures(machine: AnyMachine) -> Iterator[Fault]:
    known = frozenset(machine.failures.values())
    for info in machine.infos.values():
        places = [(row.where, event, "transition") for event, row in info.rows.items()]
        places += [(f"{info.state.__name__}.ignores", event, "claim") for event in info.ignored]
        for where, event, what in places:
            if issubclass(event, IntentFailed) and event not in known:
                yield Fault(
                    where,
                    f"expected the failure of an intent that the machine emits, got {event.__name__}",
                    f"remove the {what}, or write IntentFailed[SomeIntent] for one that it emits",
                )


def _claims(machine: AnyMachine) -> Iterator[Fault]:
    """Yield what stands where the claims of a state should: a comma that is missing, mostly."""
    classes = {cls: None for info in machine.infos.values() for cls in info.state.__mro__ if issubclass(cls, State)}
    for cls in classes:
        given: object = vars(cls).get("ignores", ())
        if not isinstance(given, Iterable) or not all(isinstance(one, Ignores) for one in given):
            yield Fault(
                f"{cls.__name__}.ignores",
                f"expected a tuple of Ignores(...), got {given!r}",
                "write ignores = (Ignores(SomeFact, why=...),), with the comma",
            )


def _twice(machine: AnyMachine) -> Iterator[Fault]:
    """Yield what a class takes and ignores by itself; what it inherits, it may override."""
    for info in machine.infos.values():
        own = vars(info.state)
        given: object = own.get("ignores", ())
        claims = [one for one in given if isinstance(one, Ignores)] if isinstance(given, Iterable) else []
        for event in dict.fromkeys(event for claim in claims for event in claim.events):
            row = info.rows.get(event)
            if row is not None and row.method in own:
                yield Fault(
                    row.where,
                    f"expected {event.__name__} to be handled or ignored, got both in {info.state.__name__}",
                    "keep the transition, or the claim in ignores",
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
        for event in sorted(info.kept if not info.final else (), key=lambda one: one.__qualname__):
            yield Fault(
                f"{name}.ignores",
                f"expected Keeps in a final state, which can take nothing, got one for {event.__name__}",
                f"add def ...(self, event: {event.__name__}), or name it in Ignores",
            )


def _waits(machine: AnyMachine) -> Iterator[Fault]:
    for info in machine.infos.values():
        for _, event in info.waits:
            if event is not None and event not in machine.event_set:
                yield Fault(
                    f"{info.state.__name__}.waits",
                    f"expected an event of the union, got {event.__name__}",
                    f"add {event.__name__} to the union of events",
                )


def _untaken_waits(machine: AnyMachine) -> Iterator[Fault]:
    for info in (one for one in machine.infos.values() if not one.final):
        for _, event in info.waits:
            if event is None or event not in machine.event_set:
                continue
            if event not in info.rows and event not in info.ignored:
                yield Fault(
                    f"{info.state.__name__}.waits",
                    f"expected a transition for {event.__name__}, which the state waits for, got none",
                    f"add def ...(self, event: {event.__name__})",
                )


def _part_values(machine: AnyMachine) -> Iterator[Fault]:
    seen: set[type] = set(machine.states)
    for part in _wholes(machine):
        yield from value_faults(part, seen)


def _parts(machine: AnyMachine) -> Iterator[Fault]:
    reader = Reader({cls.__name__: cls for cls in (*machine.states, *machine.events)}, frozenset())
    for part, infos in _wholes(machine).items():
        inner, holders = reader.state(part), [info for info in infos if not info.final]
        # A state of the union in a field is history: its events reach it where it is the state.
        if holders and part not in machine.infos:
            yield from _untaken(inner, holders)
        yield from (fault for info in holders for fault in _unanswered(inner, info))
    yield from dict.fromkeys(reader.faults)


def _wholes(machine: AnyMachine) -> dict[type[BaseModel], list[StateInfo]]:
    """Return each part, and each part of a part, with the states of the union that may hold it."""
    wholes: dict[type[BaseModel], list[StateInfo]] = {}
    for info in machine.infos.values():
        queue, known = list(info.parts), {info.state, *info.parts}
        while queue:
            part = queue.pop(0)
            wholes.setdefault(part, []).append(info)
            fresh = [one for one in parts_of(part) if one not in known]
            queue += fresh
            known.update(fresh)
    return wholes


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


def _taken(machine: AnyMachine) -> frozenset[type[Event]]:
    rows = (row.event for row in machine.rows())
    return frozenset((*rows, *(event for info in machine.infos.values() for event in info.ignored)))


def _unhandled(machine: AnyMachine) -> Iterator[Fault]:
    taken = _taken(machine)
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
    _tags,
    _values,
    _part_values,
    _targets,
    _events,
    _claims,
    _twice,
    _ends,
    _waits,
    *ASKING_CHECKS,
)
# These follow from the whole table, so what could not be read would make them see ghosts.
_WHOLE: tuple[Callable[[AnyMachine], Iterator[Fault]], ...] = (
    _failures,
    _untaken_waits,
    _parts,
    _unhandled,
    _reachable,
    _leaving,
)
