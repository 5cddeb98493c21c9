"""The lost-answer analysis: may an answer arrive in a state that would drop it?

The worlds of a machine are its states together with what may be open in them: of each type
of intent none, one or any number, and the types of which one was given up and whose success
may still arrive. They are walked breadth-first, so every finding comes with a shortest
story. The walk errs on the safe side: guards are unknown to it, so it takes every
alternative. One thing it does not follow: a fact from a deadline or a topic that a state
defers, and that no later state takes; such a fact answers no intent. What may never be here:
values; this is a walk over classes.

How many of a type are open is one of three, and a type that is missing has none::

    ONE       exactly one
    PERHAPS   one or none: it was withdrawn and may end quietly, or nothing answers it
    MANY      any number, none included: emitted in a Many, or while one was open
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pydantic import BaseModel

from telic.kernel.errors import Fault
from telic.kernel.events import Command, Event, Fact
from telic.kernel.intents import AtMostOnce, Intent
from telic.kernel.orders import IntentFailed
from telic.kernel.reading import Reader
from telic.kernel.table import Edge, Row, StateInfo
from telic.kernel.verdicts import Defer

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine

__all__ = ["MANY", "MAX_WORLDS", "ONE", "PERHAPS", "Walk", "World", "answer_faults", "possible_worlds"]

IntentType: TypeAlias = "type[Intent[Fact]]"
Open: TypeAlias = "frozenset[tuple[IntentType, int]]"
Waited: TypeAlias = "Mapping[type[BaseModel], frozenset[type[Event]]]"

# Enough for every machine that people write by hand; above it the types of intents are
# looked at one by one, which is coarser and still safe.
MAX_WORLDS = 5_000
PERHAPS, ONE, MANY = 0, 1, 2


class World(NamedTuple):
    """A state and what may be open in it.

    Attributes:
        state: The class of the state.
        open: Each type of intent that may be open, with ``PERHAPS``, ``ONE`` or ``MANY``.
        late: The types of which one was given up, that is withdrawn, or its failure taken, and
            whose success may still arrive.
    """

    state: type[BaseModel]
    open: Open = frozenset()
    late: frozenset[IntentType] = frozenset()


class Claim(NamedTuple):
    """A step into a state whose ``settles`` claims that nothing is open, while one is.

    Attributes:
        before: The world that it starts from.
        event: The name of the event.
        intent: The type that is open.
    """

    before: World
    event: str
    intent: IntentType


class Walk:
    """The worlds that a machine may come to, each with the step that first led there.

    Attributes:
        worlds: Every world, with the world before it and the name of the event between.
        tracked: The types of intents that were counted; all others may be open anywhere.
        broken: Of each state that claims to settle an intent, the first step that would
            enter it with that intent open; such a step fails, so the walk ends there.
    """

    def __init__(self, machine: AnyMachine, tracked: frozenset[IntentType], waited: Waited) -> None:
        """Take the machine, the types to count, and what each state and its parts wait for."""
        self._machine = machine
        self._waited = waited
        self._queue: deque[World] = deque()
        self.tracked = tracked
        self.worlds: dict[World, tuple[World | None, str]] = {}
        self.broken: dict[type[BaseModel], Claim] = {}

    def run(self, limit: int) -> bool:
        """Walk; return whether the end was reached within so many worlds."""
        for row in self._machine.start_rows.values():
            for edge in (one for one in row.edges if one.verdict is None):
                self._enter(None, World(edge.target), row.event.__name__, edge)
        for state in self._machine.start_states:
            self._reach(World(state), None, "")
        while self._queue:
            if len(self.worlds) > limit:
                return False
            self._expand(self._queue.popleft())
        return True

    def story(self, world: World) -> str:
        """Return the shortest way to a world: states and the events between them."""
        parts: list[str] = []
        at: World | None = world
        while at is not None:
            before, event = self.worlds[at]
            parts.append(f"--{event}--> {at.state.__name__}" if event else at.state.__name__)
            at = before
        return " ".join(reversed(parts))

    def _reach(self, world: World, before: World | None, event: str) -> None:
        if world not in self.worlds:
            self.worlds[world] = (before, event)
            self._queue.append(world)

    def _expand(self, world: World) -> None:
        info = self._machine.infos.get(world.state)
        if info is None or info.final:
            return
        for row in info.rows.values():
            for arrived in self._arrivals(world, row.event):
                self._along(world, arrived, row)
        for event in info.ignored.keys() - info.rows.keys():
            for arrived in self._arrivals(world, event):
                self._reach(arrived, world, event.__name__)

    def _arrivals(self, world: World, event: type[Event]) -> Iterator[World]:
        """Yield what a world becomes by the mere arrival of an event, for each way it may come."""
        if issubclass(event, Command) or self._comes_by_itself(world, event):
            yield world
        for intent, count in world.open:
            failed = self._machine.failures[intent] is event
            if failed or event in self._machine.intents[intent]:
                late = failed and bool(self._machine.intents[intent])
                yield World(
                    world.state,
                    world.open if count == MANY else world.open - {(intent, count)},
                    world.late | {intent} if late else world.late,
                )

    def _comes_by_itself(self, world: World, event: type[Event]) -> bool:
        """Say whether a fact may come without closing an intent that is counted."""
        if event in self._waited[world.state] or any(event in self._machine.intents[one] for one in world.late):
            return True
        if issubclass(event, IntentFailed):
            return any(kind is event for one, kind in self._machine.failures.items() if one not in self.tracked)
        asking = {one for one, answers in self._machine.intents.items() if event in answers}
        return not asking or not asking <= self.tracked

    def _along(self, world: World, arrived: World, row: Row) -> None:
        for edge in row.edges:
            if edge.verdict is Defer:
                self._defer(world, arrived, row)
            elif edge.verdict is not None:
                self._reach(arrived, world, row.event.__name__)
            else:
                self._enter(world, arrived, row.event.__name__, edge)

    def _defer(self, world: World, arrived: World, row: Row) -> None:
        """Keep an event: the world is as if it had not come yet, but a failure is known from now on."""
        if issubclass(row.event, IntentFailed):
            kept = {(intent, PERHAPS) for intent, _ in world.open - arrived.open}
            self._reach(World(world.state, arrived.open | kept, arrived.late), world, row.event.__name__)

    def _enter(self, before: World | None, arrived: World, event: str, edge: Edge) -> None:
        counts, late = dict(arrived.open), arrived.late
        if edge.withdraws:
            # What ends quietly may still have been done: a success after that is late.
            late |= {intent for intent in counts if self._machine.intents[intent]}
            counts = {intent: PERHAPS if count == ONE else count for intent, count in counts.items()}
        info = self._machine.infos.get(edge.target)
        for claimed in info.settles if info is not None else ():
            if before is not None and counts.get(claimed) == ONE:
                self.broken.setdefault(edge.target, Claim(before, event, claimed))
                return
            counts.pop(claimed, None)  # entered only if there are none
        for emit in edge.emits:
            if emit.intent in self.tracked:
                counts[emit.intent] = self._count(emit.intent, several=emit.many or emit.intent in counts)
        self._reach(World(edge.target, frozenset(counts.items()), late), before, event)

    def _count(self, intent: IntentType, *, several: bool) -> int:
        if several:
            return MANY
        return ONE if self._machine.intents[intent] else PERHAPS


def possible_worlds(machine: AnyMachine) -> tuple[Walk, ...]:
    """Return the walks that cover a machine: one, or one for each type of intent.

    Args:
        machine: A machine whose table could be read.
    """
    waited = _waited(machine)
    asking = frozenset(intent for intent, answers in machine.intents.items() if answers or _runs_once(intent))
    whole = Walk(machine, asking, waited)
    if whole.run(MAX_WORLDS):
        return (whole,)
    single = [Walk(machine, frozenset({one}), waited) for one in _by_name(asking)]
    for walk in single:
        walk.run(MAX_WORLDS * 10)
    return tuple(single)


def _waited(machine: AnyMachine) -> Waited:
    """Return the events that each state and the parts in its fields wait for, or that were kept."""
    reader = Reader({cls.__name__: cls for cls in (*machine.states, *machine.events)}, frozenset())
    infos = dict(machine.infos)
    waited: dict[type[BaseModel], frozenset[type[Event]]] = {}
    for state, info in machine.infos.items():
        events: set[type[Event]] = set()
        queue, known = [state] if info.declares_waits else [], {state}
        while queue:
            holder = queue.pop()
            inner = infos.get(holder) or infos.setdefault(holder, reader.state(holder))
            events.update(event for _, event in inner.waits if event is not None)
            queue += [part for part in inner.parts if part not in known]
            known.update(inner.parts)
        waited[state] = frozenset(events)
    # What is kept comes again in a state that does not wait for it.
    kept = {event for state, events in waited.items() for event in events if _defers(machine, state, event)}
    return {state: events | kept for state, events in waited.items()}


def _defers(machine: AnyMachine, state: type[BaseModel], event: type[Event]) -> bool:
    row = machine.infos[state].rows.get(event)
    return row is not None and any(edge.verdict is Defer for edge in row.edges)


def _runs_once(intent: IntentType) -> bool:
    return issubclass(intent.__delivery__, AtMostOnce)


def _by_name(types: frozenset[IntentType] | frozenset[type[Fact]]) -> list[type]:
    return sorted(types, key=lambda one: one.__qualname__)


def answer_faults(
    machine: AnyMachine, walks: tuple[Walk, ...], told: frozenset[type[Event]] = frozenset()
) -> list[Fault]:
    """Return every place where an answer would be dropped, once, with its shortest story.

    Args:
        machine: The machine.
        walks: What :func:`possible_worlds` returned for it.
        told: The answers that no state takes at all, of which the caller tells by itself.
    """
    found: dict[tuple[object, ...], Fault] = {}
    inside = [
        (walk, world, info)
        for walk in walks
        for world in walk.worlds
        if (info := machine.infos.get(world.state)) is not None
    ]
    for walk, world, info in inside:
        for intent, count in sorted(world.open, key=lambda one: one[0].__qualname__):
            _look(machine, walk, world, info, intent, found, told, late=False)
            _doubt(machine, walk, world, info, intent, found)
            if count == MANY:
                _uncorrelated(machine, walk, world, intent, found)
    # Late ones afterwards: where an answer may come in time as well, that story says more.
    for walk, world, info in inside:
        for intent in _by_name(world.late):
            _look(machine, walk, world, info, intent, found, told, late=True)
    for walk in walks:
        _false_claims(walk, found)
    return list(found.values())


def _look(
    machine: AnyMachine, walk: Walk, world: World, info: StateInfo, intent: IntentType,
    found: dict[tuple[object, ...], Fault], told: frozenset[type[Event]], *, late: bool,
) -> None:  # fmt: skip
    for answer in _by_name(machine.intents[intent] - info.rows.keys() - info.ignored.keys() - told):
        key = (info.state, intent, answer)
        if key in found:
            continue
        name, state = answer.__name__, info.state.__name__
        when = f", which may arrive late, after {intent.__name__} was given up" if late else ""
        remedy = f"a transition for {name}" if not info.final else f"a state before {state} that waits for it"
        found[key] = Fault(
            state,
            f"expected {name} (an answer to {intent.__name__}{when}) to be handled or ignored, "
            f"got a state that would drop it: {walk.story(world)}",
            f"add {remedy}, or ignores = (Ignores({name}, why=...),)",
        )


def _doubt(
    machine: AnyMachine, walk: Walk, world: World, info: StateInfo, intent: IntentType,
    found: dict[tuple[object, ...], Fault],
) -> None:  # fmt: skip
    key = (info.state, intent, "doubt")
    failure = machine.failures[intent]
    # A final state has no transitions: there, and only there, a reason is enough.
    taken = failure in info.rows or (info.final and failure in info.ignored)
    if not _runs_once(intent) or taken or key in found:
        return
    name, state = intent.__name__, info.state.__name__
    remedy = f"add def ...(self, event: IntentFailed[{name}])"
    if info.final:
        remedy = f"add a state before {state} that takes it, or ignores = (Ignores(IntentFailed[{name}], why=...),)"
    found[key] = Fault(
        state,
        f"expected a transition for IntentFailed[{name}], since {name} is run at most once and may end in doubt, "
        f"got none: {walk.story(world)}",
        remedy,
    )


def _uncorrelated(
    machine: AnyMachine, walk: Walk, world: World, intent: IntentType, found: dict[tuple[object, ...], Fault]
) -> None:
    for answer in _by_name(machine.intents[intent]):
        key = (intent, answer, "ids")
        if machine.shared_ids[intent, answer] or key in found:
            continue
        found[key] = Fault(
            intent.__name__,
            f"expected a field of one TypedId type in {intent.__name__} and in its answer {answer.__name__}, "
            f"since several may be open at once, got none: {walk.story(world)}",
            "give both the id that tells them apart",
        )


def _false_claims(walk: Walk, found: dict[tuple[object, ...], Fault]) -> None:
    """Find the states that every way enters with an intent open of which they claim there is none."""
    entered = {world.state for world in walk.worlds}
    for state, claim in walk.broken.items():
        if state in entered:
            continue
        name = claim.intent.__name__
        found[state, claim.intent, "claim"] = Fault(
            f"{state.__name__}.settles",
            f"expected a way to {state.__name__} on which no {name} is open, "
            f"got one open on each: {walk.story(claim.before)} --{claim.event}--> {state.__name__}",
            f"wait for the answer to {name} before this state, or withdraw the claim",
        )
