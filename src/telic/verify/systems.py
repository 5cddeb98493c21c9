"""Several machines at once: parents and children, signals and publications between instances.

Each instance moves as it does alone, with three differences: a ``Spawn`` begins a child and
is answered by the child's end, a ``Signal`` reaches an instance of its machine, and what is
``Publish``-ed reaches the topics that are open for it. What may never be here: the rules by
which one instance moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import NamedTuple, cast
from uuid import UUID

from pydantic import BaseModel

from telic.kernel.annotations import alternatives, type_arguments
from telic.kernel.events import Command, Event, Fact
from telic.kernel.intents import Intent
from telic.kernel.machine import AnyMachine
from telic.kernel.messages import Publish, Reach, Signal, Spawn
from telic.kernel.orders import FailureCause, IntentDone
from telic.kernel.snapshot import Delivery
from telic.kernel.states import FinalState
from telic.kernel.waits import Topic
from telic.verify.domains import Domain
from telic.verify.keys import Interner, key_of
from telic.verify.moves import How, Move
from telic.verify.problems import Problem
from telic.verify.space import Space
from telic.verify.stepping import Deadlines, Step, Stepper
from telic.verify.worlds import Numbers, World

__all__ = ["SystemStepper"]


class Part(NamedTuple):
    """One instance in a world of several.

    Attributes:
        name: ``order``; for a child the name of its parent, a slash, and its machine's.
        machine: Which machine it is of, by place.
        spawned: The item of the parent's intent that it answers, or -1.
        world: The instance by itself.
    """

    name: str
    machine: int
    spawned: int
    world: Numbers


class SystemStepper:
    """The steps of several instances, in the form that the search takes.

    Attributes:
        machines: The machines.
        moves: The moves, by number.
        parts: The instances that were seen, by number.
    """

    def __init__(
        self, machines: tuple[AnyMachine, ...], domain: Domain, deadlines: Deadlines, *, deferred: int
    ) -> None:
        """Take the machines; those that another one spawns begin as its children only."""
        self.machines = machines
        self.moves: list[Move] = []
        self.parts: Interner[Part] = Interner(_itself)
        self._numbers: dict[tuple[object, ...], int] = {}
        told = [intent for machine in machines for intent in machine.intents]
        spawning = [intent for intent in told if issubclass(intent, Spawn)]
        self._spawned: dict[type[Intent[Fact]], int | None] = {one: self._child_of(one) for one in spawning}
        self._published: set[object] = {
            fact for intent in told if issubclass(intent, Publish) for fact in _carried(intent)
        }
        begun = frozenset(intent for intent, child in self._spawned.items() if child is not None)
        tracked = begun | frozenset(intent for intent in told if issubclass(intent, (Signal, Publish)))
        self.steppers = tuple(
            Stepper(Space(one, None, tracked), domain, deadlines, deferred=deferred) for one in machines
        )

    def first(self, states: tuple[BaseModel, ...] = ()) -> Iterator[Step]:
        """Yield the worlds in which every machine that nobody spawns has one instance."""
        children = {child for child in self._spawned.values() if child is not None}
        roots = [place for place in range(len(self.machines)) if place not in children]
        begun = [list(self.steppers[place].first(states)) for place in roots]
        for place, steps in zip(roots, begun, strict=True):
            for label, _, problem in steps:
                if problem is not None:
                    move = self.steppers[place].rows.moves[label]._replace(who=self.machines[place].name)
                    yield self._number(move), None, problem
        for chosen in product(*([step for step in steps if step[1] is not None] for steps in begun)):
            parts = [
                Part(self.machines[place].name, place, -1, cast("Numbers", step[1]))
                for place, step in zip(roots, chosen, strict=True)
            ]
            move = self.steppers[roots[0]].rows.moves[chosen[0][0]]._replace(who=parts[0].name)
            yield self._number(move), self._packed(parts), None

    def steps(self, world: Numbers) -> tuple[list[Step], bool]:
        """Return the steps from a world, and whether some could not be tried."""
        parts = [self.parts.values[number] for number in world]
        found: list[Step] = []
        blind = False
        for place, part in enumerate(parts):
            stepper = self.steppers[part.machine]
            steps, unknown = stepper.steps(part.world)
            blind |= unknown
            for label, after, problem in steps:
                move = stepper.rows.moves[label]
                if not self._comes_from_inside(move):
                    found.append(self._moved(parts, place, move, after, problem))
            for item in dict.fromkeys(part.world[2:]):
                found += self._carried_out(parts, place, item)
        for place, part in enumerate(parts):
            found += self._ended(parts, place, part)
        return found, blind

    def naming(self, world: Numbers, label: int, after: Numbers) -> Mapping[UUID, UUID]:
        """Return under which names the fresh names of the instance that moves go on.

        Args:
            world: The world before a step.
            label: The number of the move.
            after: The world after it.
        """
        move = self.moves[label]
        before, later = (
            next((part for part in map(self.parts.values.__getitem__, one) if part.name == move.who), None)
            for one in (world, after)
        )
        if before is None or later is None:
            return {}
        stepper = self.steppers[before.machine]
        return stepper.naming(before.world, stepper.rows.number(move._replace(who="")), later.world)

    def shown(self, world: Numbers) -> World:
        """Return a world as a property sees it: the first machine's, with all by name."""
        parts = [self.parts.values[number] for number in world]
        others = {part.name: self.steppers[part.machine].space.shown(part.world) for part in parts}
        first = others.get(self.machines[0].name) or next(iter(others.values()))
        return first._replace(others=others)

    def shown_to(self, world: Numbers, who: str) -> World | None:
        """Return the instance of a name, or ``None`` where it is over and answered."""
        return self.shown(world).others.get(who)

    def is_over(self, world: Numbers) -> bool:
        """Say whether every instance has ended."""
        parts = [self.parts.values[number] for number in world]
        return all(
            isinstance(self.steppers[part.machine].space.states.values[part.world[0]], FinalState) for part in parts
        )

    # ------------------------------------------------------------------ what happens between instances

    def _comes_from_inside(self, move: Move) -> bool:
        """Say whether a move that is free for an instance alone is another instance's to make here."""
        if move.intent is not None and type(move.intent) in self._spawned:
            return self._spawned[type(move.intent)] is not None
        if isinstance(move.intent, (Signal, Publish)):
            return True
        return move.how is How.TOPIC and type(move.event) in self._published

    def _carried_out(self, parts: list[Part], place: int, item: int) -> Iterator[Step]:
        intent = self.steppers[parts[place].machine].space.intents.values[item >> 1]
        if item & 1:
            yield from self._apply(
                parts,
                place,
                Move(How.END, _failed(self.machines[parts[place].machine], intent, FailureCause.WITHDRAWN), intent),
                item,
            )
        elif isinstance(intent, Signal):
            yield from self._signalled(parts, place, item, intent)
        elif isinstance(intent, Publish):
            yield from self._announced(parts, place, item, intent)
        elif self._spawned.get(type(intent)) is not None:
            yield from self._begun(parts, place, item, cast("Spawn[Fact]", intent))

    def _begun(self, parts: list[Part], place: int, item: int, intent: Spawn[Fact]) -> Iterator[Step]:
        child = cast("int", self._spawned[type(intent)])
        siblings = [one for one in parts if one.name.rpartition("/")[0] == parts[place].name]
        if sum(one.spawned == item for one in siblings) >= parts[place].world[2:].count(item):
            return
        name = f"{parts[place].name}/{self.machines[child].name}"
        taken = {one.name for one in siblings}
        name = next(one for one in (name, *(f"{name}-{number}" for number in range(2, 99))) if one not in taken)
        stepper, event = self.steppers[child], intent.begin()
        for effect in stepper.rows.decider.begun(Delivery(event)):
            plan = stepper.rows.plan(effect)
            _, after, problem = stepper.applied((effect.state, 0), plan, -1)
            move = Move(How.CHILD, event, intent, who=parts[place].name)
            if after is None:
                yield self._number(move), None, problem
            else:
                yield self._number(move), self._packed([*parts, Part(name, child, item, after)]), problem

    def _ended(self, parts: list[Part], place: int, part: Part) -> Iterator[Step]:
        """Yield the answers that an ended child gives to its parent."""
        state = self.steppers[part.machine].space.states.values[part.world[0]]
        if part.spawned < 0 or not isinstance(state, FinalState):
            return
        parent = next((at for at, one in enumerate(parts) if one.name == part.name.rpartition("/")[0]), None)
        outcome = state.outcome()
        if parent is None or outcome is None or part.spawned not in parts[parent].world[2:]:
            return
        intent = self.steppers[parts[parent].machine].space.intents.values[part.spawned >> 1]
        others = [one for at, one in enumerate(parts) if at != place]
        at = parent - (place < parent)
        for move, after, problem in self._results(others, at, Move(How.ANSWER, outcome, intent), part.spawned):
            told = move._replace(how=How.CHILD)
            yield self._number(told), after, problem

    def _signalled(self, parts: list[Part], place: int, item: int, intent: Signal[Command]) -> Iterator[Step]:
        accepted = False
        for at, target in enumerate(parts):
            if self.machines[target.machine].name != type(intent).__target__ or at == place:
                continue
            for move, after, problem in self._results(parts, at, Move(How.COMMAND, intent.command), -1):
                accepted = True
                if after is None:
                    yield self._number(move), None, problem
                    continue
                moved = [self.parts.values[number] for number in after]
                source = next(number for number, one in enumerate(moved) if one.name == parts[place].name)
                for _, done, trouble in self._results(moved, source, Move(How.END, IntentDone(), intent), item):
                    told = Move(How.SIGNAL, intent.command, intent, who=target.name, outcome=move.outcome)
                    yield self._number(told), done, problem or trouble
        if not accepted:
            failure = _failed(self.machines[parts[place].machine], intent, FailureCause.REFUSED)
            yield from self._apply(parts, place, Move(How.FAILURE, failure, intent), item)

    def _announced(self, parts: list[Part], place: int, item: int, intent: Publish[Fact]) -> Iterator[Step]:
        """Bring a fact to every topic that is open for it, or to any one of them; where none is, it may lapse."""
        nowhere: list[tuple[Numbers, Problem | None]] = [(self._packed(parts), None)]
        topics = self._topics(parts, (type(intent.fact), intent.name, intent.key))
        current = nowhere
        if type(intent).__reach__ is Reach.FIRST_WAITER and topics:
            # Whichever is open longest takes it; which one that is, a world does not say.
            current = [one for name, key in topics for one in self._brought(*nowhere[0], name, key, intent)]
            topics = []
        for name, key in topics:
            current = [one for world, before in current for one in self._brought(world, before, name, key, intent)]
        for world, problem in current:
            moved = [self.parts.values[number] for number in world]
            source = next(number for number, one in enumerate(moved) if one.name == parts[place].name)
            for _, done, trouble in self._results(moved, source, Move(How.END, IntentDone(), intent), item):
                told = Move(How.PUBLICATION, intent.fact, intent, who=parts[place].name)
                yield self._number(told), done, problem or trouble

    def _topics(self, parts: list[Part], asked: tuple[object, ...]) -> list[tuple[str, str]]:
        """Return the open topics for a publication: the instance and the key of its wait."""
        return [
            (part.name, key)
            for part in parts
            for key, wait in self.steppers[part.machine].space.waits(part.world[0]).items()
            if isinstance(wait, Topic) and (wait.fact, wait.name, wait.topic_key) == asked
        ]

    def _brought(
        self, world: Numbers, problem: Problem | None, name: str, key: str, intent: Publish[Fact]
    ) -> Iterator[tuple[Numbers, Problem | None]]:
        parts = [self.parts.values[number] for number in world]
        place = next(number for number, one in enumerate(parts) if one.name == name)
        for _, after, trouble in self._results(parts, place, Move(How.TOPIC, intent.fact, wait=key), -1):
            if after is not None:
                yield after, problem or trouble

    # ------------------------------------------------------------------ one instance among the others

    def _apply(self, parts: list[Part], place: int, move: Move, item: int) -> Iterator[Step]:
        for made, after, problem in self._results(parts, place, move, item):
            yield self._number(made), after, problem

    def _results(
        self, parts: list[Part], place: int, move: Move, item: int
    ) -> Iterator[tuple[Move, Numbers | None, Problem | None]]:
        part = parts[place]
        stepper = self.steppers[part.machine]
        for label, after, problem in stepper.taken(part.world, move, item):
            made = stepper.rows.moves[label]._replace(who=part.name)
            if after is None:
                if problem is not None:
                    yield made, None, problem
            else:
                yield made, self._replaced(parts, place, after), problem

    def _moved(self, parts: list[Part], place: int, move: Move, after: Numbers | None, problem: Problem | None) -> Step:
        number = self._number(move._replace(who=parts[place].name))
        return number, None if after is None else self._replaced(parts, place, after), problem

    def _replaced(self, parts: list[Part], place: int, after: Numbers) -> Numbers:
        return self._packed([*parts[:place], parts[place]._replace(world=after), *parts[place + 1 :]])

    def _packed(self, parts: list[Part]) -> Numbers:
        return tuple(self.parts.number(one) for one in sorted(parts))

    def _number(self, move: Move) -> int:
        key = (move.who, move.how, *(_key_of(one) for one in (move.event, move.intent)), *move[3:])
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.moves)
            self.moves.append(move)
        return found

    def _child_of(self, intent: type[Intent[Fact]]) -> int | None:
        late: Callable[[], AnyMachine] | None = getattr(intent, "__machine__", None)
        machine = late() if late is not None else None
        return next((place for place, one in enumerate(self.machines) if one is machine), None)


def _carried(intent: type[Intent[Fact]]) -> Iterator[object]:
    """Yield the types of what a publication carries."""
    for argument in type_arguments(intent, Publish):
        yield from alternatives(argument)


def _failed(machine: AnyMachine, intent: Intent[Fact], cause: FailureCause) -> Event:
    return machine.failures[type(intent)].model_validate({"intent": intent, "cause": cause})


def _key_of(value: object) -> object:
    return (type(value), key_of(value)) if isinstance(value, BaseModel) else repr(value)


def _itself(part: Part) -> Part:
    return part
