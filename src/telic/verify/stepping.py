"""How one world follows from another: effects applied to all that is open.

An effect is worked out by state and event, once; what it does to a world is adding and
taking away numbers. Where events are kept, the whole world goes through ``advance`` instead.
Both ways lead to the same worlds; a test holds them to that. What may never be here: which
worlds are good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias, cast
from uuid import UUID

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.events import Command, Event, Fact
from telic.kernel.snapshot import Begin, Commit, Delivery, Outcome, Snapshot
from telic.kernel.values import IntentId, WaitKey
from telic.kernel.waits import Deadline, Wait
from telic.verify.deciding import Effect, raised
from telic.verify.domains import Domain, NoDomain
from telic.verify.moves import How, Move, described
from telic.verify.probing import EPOCH, ChanceNeeded, Probe, ProbingContext
from telic.verify.problems import Problem, ProblemKind
from telic.verify.rows import Plan, Row, Rows
from telic.verify.space import Space, item_of
from telic.verify.worlds import Numbers, Rest, World

__all__ = ["Deadlines", "Step", "Stepper"]

_BEYOND = timedelta(seconds=1)
_APPLIED = frozenset({Outcome.STARTED, Outcome.STEPPED, Outcome.IGNORED})


class Deadlines(NamedTuple):
    """In which order deadlines fire.

    Attributes:
        ordered: By their moments; otherwise in any order, since each may fire late.
        late: Time may also pass over a deadline's moment before it fires.
    """

    ordered: bool = False
    late: bool = False


Step: TypeAlias = tuple[int, Numbers | None, Problem | None]
"""One step from a world: the number of the move, the world after it if there is one, and
what is wrong with the step if something is."""


class Stepper:
    """The steps from each world.

    Attributes:
        space: The numbers of all values.
        rows: What may come to each state.
    """

    def __init__(self, space: Space, domain: Domain, deadlines: Deadlines, *, deferred: int = 2) -> None:
        """Take the numbers, what may come in which order, and how many commands may be kept."""
        self._deferred = min(deferred, space.machine.max_deferred)
        self.space = space
        self.rows = Rows(space, domain)
        self._machine = space.machine
        self._domain = domain
        self._deadlines = deadlines
        self._named = False
        self._ordering = True

    @property
    def moves(self) -> list[Move]:
        """The moves, by number."""
        return self.rows.moves

    def shown(self, world: Numbers) -> World:
        """Return a world as a property sees it."""
        return self.space.shown(world)

    def shown_to(self, world: Numbers, who: str) -> World:  # noqa: ARG002  (there is but one)
        """Return a world as a trace shows it."""
        return self.space.shown(world)

    def first(self, states: tuple[BaseModel, ...]) -> Iterator[Step]:
        """Yield the steps by which an instance begins.

        Args:
            states: First states; without any, those that the machine's starts lead to.
        """
        for state in states or self._start_states():
            number = self.rows.number(Move(How.BEGIN, Begin(state), outcome=Outcome.STARTED))
            world = (self.space.states.number(state), 0)
            yield number, self._normal(world), None
        for event in () if states else self._machine.start_rows:
            for one in self.rows.starts(event):
                for effect in self.rows.decider.begun(Delivery(one)):
                    yield self.applied((effect.state, 0), self.rows.plan(effect), -1)

    def begun(self, snapshot: Snapshot[BaseModel]) -> Numbers:
        """Return the world of an instance that exists, seen from the moment of its last record."""
        world = self.space.later(self.space.world(snapshot, 0), snapshot.at - EPOCH)
        return self._normal(world)

    def number_of_begin(self, world: Numbers) -> int:
        """Return the number of the move that begins with a world as it is."""
        return self.rows.number(Move(How.BEGIN, Begin(self.space.states.values[world[0]]), outcome=Outcome.STARTED))

    def _start_states(self) -> tuple[BaseModel, ...]:
        found: list[BaseModel] = []
        for cls in self._machine.start_states:
            try:
                found += self._domain.models(cls)
            except NoDomain as gap:
                self.rows.decider.missed(gap)
        return tuple(found)

    def steps(self, world: Numbers) -> tuple[list[Step], bool]:
        """Return the steps from a world, and whether some could not be tried.

        Args:
            world: The world, in numbers.
        """
        state, rest = world[0], self.space.rests.values[world[1]]
        simple = not (rest.kept or rest.fired or self._named or self.space.has_ghost)
        gaps = self.rows.decider.gaps
        own = self.rows.own(state)
        found: list[Step] = []
        blind = own.blind
        previous = -1
        for place, item in enumerate(world[2:], 2):
            if item == previous:
                continue
            previous = item
            row = self.rows.answers(state, item)
            blind |= row.blind
            others = world[2:place] + world[place + 1 :]
            found += [
                _quick(world[1], others, plan) if simple and plan.quick else self.applied(world, plan, item)
                for plan in row.plans
            ]
        for late in dict.fromkeys(rest.late):
            row = self.rows.late(state, late)
            blind |= row.blind
            found += [self.applied(world, plan, item_of(late, withdrawn=False)) for plan in row.plans]
        found += [
            _quick(world[1], world[2:], plan) if simple and plan.quick else self.applied(world, plan, -1)
            for plan in self._enabled(own, rest, state)
        ]
        if self._deadlines.late:
            found += self._passing(world, rest)
        return found, blind or self.rows.decider.gaps > gaps

    def naming(self, world: Numbers, label: int, after: Numbers) -> Mapping[UUID, UUID]:
        """Return under which names the fresh names of a world go on in one that follows it.

        Args:
            world: The world before a step.
            label: The number of the move.
            after: The world after it.
        """
        if not self._named:
            return {}
        self._ordering = False
        steps, _ = self.steps(world)
        self._ordering = True
        raw = (one for number, one, _ in steps if number == label and one is not None)
        return next((self.space.naming(one) for one in raw if self.space.ordered(one) == after), {})

    def taken(self, world: Numbers, move: Move, item: int = -1) -> list[Step]:
        """Return what one event does to a world: none for an event that is not taken.

        Args:
            world: The world.
            move: The event and how it comes.
            item: The open intent that it answers, as an item, or -1.
        """
        before = type(self.space.states.values[world[0]])
        effects = self.rows.decider.decided(world[0], move, withdrawn=item >= 0 and bool(item & 1))
        return [self.applied(world, self.rows.plan(effect, before), item) for effect in effects]

    def _enabled(self, own: Row, rest: Rest, state: int) -> Iterator[Plan]:
        """Yield what can come of the state alone, deadlines in the order that was asked for."""
        first = None
        if self._deadlines.ordered:
            first = min(self._unfired(state, rest), default=None)
        for plan in own.plans:
            if not plan.fired:
                yield plan
            elif plan.fired not in rest.fired:
                wait = cast("Deadline[Fact]", self.space.waits(state)[plan.fired])
                if first is None or wait.at == first:
                    yield plan

    def _unfired(self, state: int, rest: Rest) -> Iterator[datetime]:
        for key, wait in self.space.waits(state).items():
            if isinstance(wait, Deadline) and key not in rest.fired:
                yield wait.at

    def _passing(self, world: Numbers, rest: Rest) -> Iterator[Step]:
        moments = {one for one in self._unfired(world[0], rest) if one >= EPOCH}
        # To the moment, and from there a little beyond: the two may make a difference.
        for after in sorted({at - EPOCH or _BEYOND for at in moments}):
            number = self.rows.number(Move(How.TIME, None, after=after))
            yield number, self._normal(self.space.later(world, after)), None

    def applied(self, world: Numbers, plan: Plan, item: int) -> Step:
        """Apply an effect to a world, in whatever it touches.

        Args:
            world: The world.
            plan: The effect.
            item: The open intent that it answers, as an item, or -1.
        """
        effect, move = plan.effect, plan.effect.move
        if effect.problem is not None:
            return (plan.number, None, effect.problem)
        rest = self.space.rests.values[world[1]]
        if rest.kept or move.outcome in (Outcome.DEFERRED, Outcome.UNPLACED):
            if self._is_full(rest, move):
                return (plan.number, None, None)
            return self._whole(world, plan, item)
        items = list(world[2:])
        late = list(rest.late)
        if move.how is How.LATE:
            late.remove(item >> 1)
        elif item >= 0:
            items.remove(item)
        if move.after:
            moved = self.space.later(
                (world[0], self.space.rests.number(rest._replace(late=tuple(late))), *items), move.after
            )
            items, late = list(moved[2:]), list(self.space.rests.values[moved[1]].late)
        if effect.late >= 0:
            late.append(effect.late)
        if effect.withdraws:
            items = [one | 1 if self._taken_back(one, effect) else one for one in items]
        problem = self._correlated(items, plan)
        items += effect.adds
        problem = problem or self._claimed(items, plan)
        if problem is not None:
            return (plan.number, None, problem)
        ghost = (
            self.space.folded(rest.ghost, plan.event) if move.outcome in _APPLIED and plan.event >= 0 else rest.ghost
        )
        new = Rest(tuple(sorted(late)), self._fired(world[0], rest, plan), (), ghost)
        after = (effect.state, self.space.rests.number(new), *sorted(items))
        self._named = self._named or effect.names
        return (plan.number, self._normal(after), None)

    def _is_full(self, rest: Rest, move: Move) -> bool:
        """Say whether an instance keeps as many commands as the exploration lets it keep."""
        if move.outcome is not Outcome.DEFERRED or not isinstance(move.event, Command):
            return False
        kept = sum(isinstance(self.space.events.values[one.event], Command) for one in rest.kept)
        if kept < self._deferred:
            return False
        self.rows.decider.assumed[f"callers have no more than {self._deferred} commands deferred at once"] = None
        return True

    def _taken_back(self, item: int, effect: Effect) -> bool:
        intent = self.space.intents.values[item >> 1]
        return any(order.takes(intent) for order in effect.withdraws)

    def _fired(self, state: int, rest: Rest, plan: Plan) -> tuple[str, ...]:
        """Return the deadlines that have fired and that the new state still declares for that moment."""
        fired = (*rest.fired, plan.fired) if plan.fired else rest.fired
        if not fired:
            return ()
        before, after = self.space.waits(state), self.space.waits(plan.effect.state)
        by = plan.effect.move.after
        return tuple(sorted(key for key in set(fired) if _same_moment(before.get(key), after.get(key), by)))

    def _correlated(self, items: list[int], plan: Plan) -> Problem | None:
        """Refuse a second open intent of a type whose answers could not be told apart."""
        for kind in sorted(plan.uncorrelated, key=lambda one: one.__qualname__):
            if any(type(self.space.intents.values[one >> 1]) is kind for one in items):
                text = f"expected {kind.__name__} and its answers to share a typed id, since several are open at once"
                where = type(self.space.states.values[plan.effect.state]).__name__
                return Problem(ProblemKind.EXCEPTION, where, f"{text}, got none, on {described(plan.effect.move)}")
        return None

    def _claimed(self, items: list[int], plan: Plan) -> Problem | None:
        for item in items if plan.claims else ():
            kind = type(self.space.intents.values[item >> 1])
            if kind in plan.claims:
                where = type(self.space.states.values[plan.effect.state]).__name__
                text = f"expected no open {kind.__name__}, as settles claims, got one"
                return Problem(ProblemKind.FALSE_CLAIM, where, f"{text}, on {described(plan.effect.move)}")
        return None

    def _whole(self, world: Numbers, plan: Plan, item: int) -> Step:
        """Take a whole world through the step: some of its events are kept."""
        move = plan.effect.move
        snapshot = self.space.snapshot(world)
        answers = None
        if move.how is How.LATE:
            answers = IntentId(f"late:{self.space.rests.values[world[1]].late.index(item >> 1)}")
        elif item >= 0:
            answers = IntentId(f"open:{world[2:].index(item)}")
        delivery = Delivery(cast("Event", move.event), None, answers, WaitKey(move.wait) if move.wait else None)
        probe = Probe(dict(plan.effect.chances))
        try:
            commit = advance(self._machine, snapshot, delivery, ProbingContext(probe, EPOCH + move.after, move.actor))
        except ChanceNeeded as needed:
            self.rows.decider.missed(NoDomain(f"ctx.random({needed.label!r})", "asked for by an event that was kept"))
            return (plan.number, None, None)
        except Exception as error:  # noqa: BLE001  (whatever the user's code raises is a finding)
            return (plan.number, None, raised(error, snapshot.state, move))
        if not isinstance(commit, Commit):
            return (plan.number, None, None)  # not enabled: its answer is kept already, say
        self.rows.decider.note(probe.asked)
        whole = cast("Commit[BaseModel]", commit)
        ghost = self.space.rests.values[world[1]].ghost
        before = type(snapshot.state)
        for record in whole.records:
            self.rows.taken.add((before, type(record.event)))
            self.rows.decider.reached(before, record)
            self.rows.decider.emitted.update(type(one.intent) for one in record.emitted)
            before = type(record.state)
            if record.outcome in _APPLIED and isinstance(record.event, Event):
                ghost = self.space.folded(ghost, self.space.events.number(record.event))
        after = self.space.later(self.space.world(whole.after, ghost), move.after)
        self._named = self._named or probe.names > 0
        return (plan.number, self._normal(after), self._lost(whole))

    def _lost(self, commit: Commit[BaseModel]) -> Problem | None:
        """Tell a fact that was asked for and that no state takes."""
        for record in commit.records:
            kept = self._machine.infos[type(record.state)].kept
            if record.outcome is Outcome.UNPLACED and type(record.event) not in kept:
                where = type(record.state).__name__
                name = type(record.event).__name__
                text = f"expected {name}, which was asked for, to be handled or ignored, got a state that drops it"
                remedy = f"do add a transition for {name}, or ignores = (Ignores({name}, why=...),)"
                return Problem(ProblemKind.LOST_ANSWER, where, f"{text}; {remedy}")
        return None

    def _normal(self, world: Numbers) -> Numbers:
        """Return a world without what cannot concern it any more, its fresh names in order."""
        if type(self.space.states.values[world[0]]) in self._machine.final_states:
            rest = self.space.rests.values[world[1]]
            items = [item for item in world[2:] if not self._is_nothing(world[0], item)]
            late = tuple(one for one in rest.late if not self._ignores(world[0], self.rows.late(world[0], one)))
            world = (world[0], self.space.rests.number(rest._replace(late=late)), *items)
        return self.space.ordered(world) if self._named and self._ordering else world

    def _is_nothing(self, state: int, item: int) -> bool:
        """Say whether an open intent concerns neither this instance any more nor another one."""
        if type(self.space.intents.values[item >> 1]) in self.space.delivered:
            return False
        return self._ignores(state, self.rows.answers(state, item))

    def _ignores(self, state: int, row: Row) -> bool:
        """Say whether all that may come of an intent is ignored, or kept for people."""
        kept = self._machine.infos[type(self.space.states.values[state])].kept
        moves = [plan.effect.move for plan in row.plans]
        return not row.blind and all(one.outcome is Outcome.IGNORED or type(one.event) in kept for one in moves)


def _quick(rest: int, items: Numbers, plan: Plan) -> Step:
    """Apply an effect that only replaces the state and adds items."""
    effect = plan.effect
    if effect.adds:
        return plan.number, (effect.state, rest, *sorted(items + effect.adds)), None
    return plan.number, (effect.state, rest, *items), None


def _same_moment(before: Wait | None, after: Wait | None, by: timedelta) -> bool:
    return isinstance(before, Deadline) and isinstance(after, Deadline) and before.at == after.at + by
