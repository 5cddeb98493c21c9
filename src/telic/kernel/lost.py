"""The lost-answer analysis: may an answer arrive in a state that would drop it?

The worlds of a machine are its states together with what may be open in them: of each type
of intent none, one or many, and the types whose failure was taken and whose success may
still arrive. They are walked breadth-first, so every finding comes with a shortest story.
The walk errs on the safe side: guards are unknown to it, so it takes every alternative. What
may never be here: values; this is a walk over classes.
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
from telic.kernel.table import Edge, Row, StateInfo
from telic.kernel.verdicts import Defer

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine

__all__ = ["MAX_WORLDS", "Walk", "World", "answer_faults", "possible_worlds"]

IntentType: TypeAlias = "type[Intent[Fact]]"

# Enough for every machine that people write by hand; above it the types of intents are
# looked at one by one, which is coarser and still safe.
MAX_WORLDS = 20_000
_MANY = 2


class World(NamedTuple):
    """A state and what may be open in it.

    Attributes:
        state: The class of the state.
        open: Each type of intent that is open, with 1 for one and 2 for many.
        late: The types whose failure was taken, and whose success may still arrive.
    """

    state: type[BaseModel]
    open: frozenset[tuple[IntentType, int]] = frozenset()
    late: frozenset[IntentType] = frozenset()


class Walk:
    """The worlds that a machine may come to, each with the step that first led there.

    Attributes:
        worlds: Every world, with the world before it and the name of the event between.
        tracked: The types of intents that were counted; all others may be open anywhere.
    """

    def __init__(self, machine: AnyMachine, tracked: frozenset[IntentType]) -> None:
        """Begin at the first states."""
        self._machine = machine
        self.tracked = tracked
        self.worlds: dict[World, tuple[World | None, str]] = {}
        self._queue: deque[World] = deque()
        self._everything = {fact for answers in machine.intents.values() for fact in answers}

    def run(self, limit: int) -> bool:
        """Walk; return whether the end was reached within so many worlds."""
        for row in self._machine.start_rows.values():
            for edge in row.edges:
                self._along(None, None, row, edge)
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
        counts = dict(world.open)
        for event, row in info.rows.items():
            answered: tuple[IntentType | None, ...]
            if issubclass(event, Command) or not self._asked_by_tracked(event, counts, world.late):
                # A command, a fact from a wait, or the answer to an intent that is not counted.
                answered = (None,) if issubclass(event, Command) or self._may_come(event, info) else ()
            else:
                answered = tuple(self._answering(event, counts, world.late))
            for intent in answered:
                for edge in row.edges:
                    self._along(world, intent, row, edge)
        for event in info.ignored:
            for intent in self._answering(event, counts, world.late):
                self._reach(world._replace(open=_minus(world.open, intent)), world, event.__name__)

    def _asked_by_tracked(
        self, event: type[Event], counts: Mapping[IntentType, int], late: frozenset[IntentType]
    ) -> bool:
        return any(True for _ in self._answering(event, counts, late))

    def _may_come(self, event: type[Event], info: StateInfo) -> bool:
        if any(event is waited for _, waited in info.waits):
            return True
        if issubclass(event, IntentFailed):
            failed = next((one for one, kind in self._machine.failures.items() if kind is event), None)
            return failed is not None and failed not in self.tracked
        asking = {intent for intent, answers in self._machine.intents.items() if event in answers}
        return not asking or not asking <= self.tracked

    def _answering(
        self, event: type[Event], counts: Mapping[IntentType, int], late: frozenset[IntentType]
    ) -> Iterator[IntentType]:
        """Yield the types that are open, or late, and that this event answers."""
        for intent in (*counts, *(one for one in late if one not in counts)):
            if event in self._machine.intents[intent] or (intent in counts and self._machine.failures[intent] is event):
                yield intent

    def _along(self, world: World | None, answered: IntentType | None, row: Row, edge: Edge) -> None:
        opened = world.open if world is not None else frozenset()
        late = world.late if world is not None else frozenset()
        if edge.verdict is Defer:
            return  # the event is kept: the world is as if it had not come yet
        if answered is not None and answered in dict(opened):
            opened_after = _minus(opened, answered)
            if issubclass(row.event, IntentFailed) and self._machine.intents[answered]:
                late |= {answered}
        else:
            opened_after = opened
        for emit in edge.emits:
            if emit.intent in self.tracked:
                opened_after = _plus(opened_after, emit.intent, many=emit.many)
        info = self._machine.infos.get(edge.target)
        if info is not None and any(intent in info.settles for intent, _ in opened_after):
            return  # a claim, which the step checks: this world is declared impossible
        self._reach(World(edge.target, opened_after, late), world, row.event.__name__)


def _minus(opened: frozenset[tuple[IntentType, int]], intent: IntentType) -> frozenset[tuple[IntentType, int]]:
    """Return what is open after one answer; of many, at least one may be left."""
    counts = dict(opened)
    if counts.get(intent) == 1:
        del counts[intent]
    return frozenset(counts.items())


def _plus(
    opened: frozenset[tuple[IntentType, int]], intent: IntentType, *, many: bool
) -> frozenset[tuple[IntentType, int]]:
    counts = dict(opened)
    counts[intent] = _MANY if many or intent in counts else 1
    return frozenset(counts.items())


def possible_worlds(machine: AnyMachine) -> tuple[Walk, ...]:
    """Return the walks that cover a machine: one, or one for each type of intent.

    Args:
        machine: A machine whose table could be read.
    """
    asking = frozenset(intent for intent, answers in machine.intents.items() if answers or _delivery(intent))
    whole = Walk(machine, asking)
    if whole.run(MAX_WORLDS):
        return (whole,)
    single = tuple(Walk(machine, frozenset({intent})) for intent in sorted(asking, key=lambda one: one.__qualname__))
    for walk in single:
        walk.run(MAX_WORLDS * 10)
    return single


def _delivery(intent: IntentType) -> bool:
    return issubclass(intent.__delivery__, AtMostOnce)


def answer_faults(machine: AnyMachine, walks: tuple[Walk, ...]) -> list[Fault]:
    """Return every place where an answer would be dropped, once, with its shortest story.

    Args:
        machine: The machine.
        walks: What :func:`possible_worlds` returned for it.
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
            _look(machine, walk, world, info, intent, found, late=False)
            _doubt(machine, walk, world, info, intent, found)
            if count == _MANY:
                _uncorrelated(machine, walk, world, intent, found)
    # Late ones afterwards: where an answer may come in time as well, that story says more.
    for walk, world, info in inside:
        for intent in sorted(world.late, key=lambda one: one.__qualname__):
            _look(machine, walk, world, info, intent, found, late=True)
    return list(found.values())


def _look(
    machine: AnyMachine, walk: Walk, world: World, info: StateInfo, intent: IntentType,
    found: dict[tuple[object, ...], Fault], *, late: bool,
) -> None:  # fmt: skip
    for answer in sorted(machine.intents[intent], key=lambda one: one.__qualname__):
        key = (info.state, intent, answer)
        if answer in info.rows or answer in info.ignored or key in found:
            continue
        name, state = answer.__name__, info.state.__name__
        when = f", which may arrive late, after the failure of {intent.__name__} was taken" if late else ""
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
    if not _delivery(intent) or machine.failures[intent] in info.rows or key in found:
        return
    name = intent.__name__
    found[key] = Fault(
        info.state.__name__,
        f"expected a transition for IntentFailed[{name}], since {name} is run at most once and may end in doubt, "
        f"got none: {walk.story(world)}",
        f"add def ...(self, event: IntentFailed[{name}])",
    )


def _uncorrelated(
    machine: AnyMachine, walk: Walk, world: World, intent: IntentType, found: dict[tuple[object, ...], Fault]
) -> None:
    for answer in sorted(machine.intents[intent], key=lambda one: one.__qualname__):
        key = (intent, answer, "ids")
        if machine.shared_ids[intent, answer] or key in found:
            continue
        found[key] = Fault(
            intent.__name__,
            f"expected a field of one TypedId type in {intent.__name__} and in its answer {answer.__name__}, "
            f"since several may be open at once, got none: {walk.story(world)}",
            "give both the id that tells them apart",
        )
