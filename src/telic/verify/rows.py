"""What may come to a state: the effects of every answer, wait and command, worked out once.

What may never be here: what else is open in a world; see ``stepping``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple, cast

from pydantic import BaseModel

from telic.kernel.events import Cancel, Command, Control, Event, Fact
from telic.kernel.intents import AtMostOnce, Intent
from telic.kernel.messages import Signal, Spawn
from telic.kernel.orders import FailureCause, IntentDone
from telic.kernel.snapshot import Outcome
from telic.kernel.waits import Deadline, HumanTask, Topic, Wait
from telic.verify.deciding import Decider, Effect, mutated
from telic.verify.domains import Domain, NoDomain
from telic.verify.keys import contents_of
from telic.verify.moves import How, Move
from telic.verify.probing import EPOCH
from telic.verify.shortcuts import USUAL_WAY, Shortcut
from telic.verify.space import Space

__all__ = ["Plan", "Row", "Rows"]

_NOW = timedelta(0)
_NO_INTENTS: frozenset[type[Intent[Fact]]] = frozenset()
_TAKEN = frozenset({Outcome.STARTED, Outcome.STEPPED, Outcome.IGNORED})


class Plan(NamedTuple):
    """An effect with what its application needs, worked out once.

    Attributes:
        effect: The effect.
        number: The number of its move.
        event: The number of its event, or -1.
        quick: It only replaces the state and adds items.
        uncorrelated: The types that it opens and of which no second may be open.
        claims: The types that the new state claims to be settled.
        fired: The key of the deadline that has fired, or nothing.
    """

    effect: Effect
    number: int
    event: int
    quick: bool
    uncorrelated: frozenset[type[Intent[Fact]]] = frozenset()
    claims: frozenset[type[Intent[Fact]]] = frozenset()
    fired: str = ""


class Row(NamedTuple):
    """What can come of one open intent, or of the state alone.

    Attributes:
        plans: The effects.
        blind: Some could not be tried, for want of a domain.
    """

    plans: tuple[Plan, ...]
    blind: bool


class Rows:
    """The effects on each state of all that may come to it.

    Attributes:
        decider: What states make of events.
        moves: The moves, by number.
        taken: The classes of states and events between which a step was made.
        answered: The types of intents with the types of facts that have answered them.
    """

    def __init__(self, space: Space, domain: Domain) -> None:
        """Begin with nothing worked out."""
        self.taken: set[tuple[type[BaseModel], type[object]]] = set()
        self.answered: set[tuple[type[Intent[Fact]], type[object]]] = set()
        self.decider = Decider(space, domain)
        self.moves: list[Move] = []
        self._space = space
        self._machine = space.machine
        self._domain = domain
        self._numbers: dict[tuple[object, ...], int] = {}
        self._reply_moves: dict[int, tuple[Move, ...]] = {}
        self._known_events: dict[type[Event], tuple[Event, ...]] = {}
        self._command_moves: dict[type[Event], tuple[Move, ...]] = {}
        self._shortcuts: dict[tuple[type[BaseModel], int], Shortcut] = {}
        self._own: dict[int, Row] = {}
        self._answers: dict[tuple[int, int], Row] = {}
        self._late: dict[tuple[int, int], Row] = {}

    def number(self, move: Move) -> int:
        """Return the number of a move."""
        event = self._space.events.number(move.event) if isinstance(move.event, Event) else move.event
        intent = self._space.intents.number(move.intent) if move.intent is not None else -1
        key = (event, intent, *move[3:], move.how)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.moves)
            self.moves.append(move)
        return found

    def own(self, state: int) -> Row:
        """Return what may come to a state by itself: commands and waits."""
        found = self._own.get(state)
        if found is None:
            gaps = self.decider.gaps
            plans = self._unchanged(state, self._own_plans(state))
            found = self._own[state] = Row(plans, blind=self.decider.gaps > gaps)
        return found

    def answers(self, state: int, item: int) -> Row:
        """Return what may come of an open intent."""
        found = self._answers.get((state, item))
        if found is None:
            gaps = self.decider.gaps
            plans = self._unchanged(state, self._answer_plans(state, item))
            found = self._answers[state, item] = Row(plans, blind=self.decider.gaps > gaps)
        return found

    def late(self, state: int, late: int) -> Row:
        """Return what may come of an intent whose failure was taken."""
        found = self._late.get((state, late))
        if found is None:
            gaps = self.decider.gaps
            moves = [one._replace(how=How.LATE) for one in self._replies(late)]
            plans = self._unchanged(state, self._plans(state, moves))
            found = self._late[state, late] = Row(plans, blind=self.decider.gaps > gaps)
        return found

    def starts(self, event: type[Event]) -> tuple[Event, ...]:
        """Return the events of a type with which an instance may begin."""
        return self._events(event, None)

    def plan(self, effect: Effect, before: type[BaseModel] | None = None) -> Plan:
        """Return an effect with what its application needs.

        Args:
            effect: What an event does.
            before: The class of the state that it comes to; none for a start.
        """
        event = effect.move.event
        if effect.move.intent is not None:
            self.answered.add((type(effect.move.intent), type(event)))
        number = self._space.events.number(event) if isinstance(event, Event) else -1
        if effect.problem is not None and effect.state < 0:
            return Plan(effect, self.number(effect.move), number, quick=False)
        state = self._space.states.values[effect.state]
        info = self._machine.infos[type(state)]
        self.taken.add((before or type(state), type(event)))
        opened = {type(self._space.intents.values[item >> 1]) for item in effect.adds}
        alone = frozenset(kind for kind in opened if not self._space.correlates(kind)) if opened else _NO_INTENTS
        plain = effect.late < 0 and not effect.withdraws and not effect.names and not effect.move.after
        fired = effect.move.wait if effect.move.how is How.DEADLINE else ""
        return Plan(
            effect,
            self.number(effect.move),
            number,
            quick=plain
            and effect.move.outcome in _TAKEN
            and not (alone or info.settles or info.final or fired)
            and effect.problem is None
            and effect.move.how is not How.LATE,
            uncorrelated=alone,
            claims=frozenset(info.settles),
            fired=fired,
        )

    def _unchanged(self, state: int, plans: Iterable[Plan]) -> tuple[Plan, ...]:
        """Work out the effects on a state, and look whether a part of it was changed in place.

        A field that is set anew is seen with the very move; what changes within a field, only here.
        """
        value = self._space.states.values[state]
        before = contents_of(value)
        found = tuple(plans)
        if not found or contents_of(value) == before:
            return found
        move = found[-1].effect.move
        return (self.plan(Effect(move, -1, problem=mutated(value, move)), type(value)),)

    def _plans(self, state: int, moves: Iterable[Move], *, withdrawn: bool = False) -> list[Plan]:
        value = self._space.states.values[state]
        before = type(value)
        plans: list[Plan] = []
        for move in moves:
            shortcut = self._shortcut(before, move)
            found = shortcut.plan(value) if shortcut.open else USUAL_WAY
            if found is USUAL_WAY:
                effects = self.decider.decided(state, move, withdrawn=withdrawn)
                plans += [self.plan(effect, before) for effect in effects]
            elif found is not None:
                plans.append(cast("Plan", found))
        return plans

    def _shortcut(self, before: type[BaseModel], move: Move) -> Shortcut:
        found = self._shortcuts.get((before, id(move)))
        if found is None or found.move is not move:  # a move that is gone leaves its place in memory to another
            row = self._machine.infos[before].rows.get(cast("type[Event]", type(move.event)))
            found = self._shortcuts[before, id(move)] = Shortcut(self, self._space, self.decider, move, row)
        return found

    def _own_plans(self, state: int) -> Iterator[Plan]:
        info = self._machine.infos[type(self._space.states.values[state])]
        for event in () if info.final else info.rows:
            if issubclass(event, Command) and event not in self._machine.task_commands:
                yield from self._plans(state, self._commands(event, state))
        for key, wait in self._space.waits(state).items():
            yield from self._plans(state, list(self._from_wait(state, key, wait)))

    def _commands(self, event: type[Event], state: int) -> tuple[Move, ...]:
        found = self._command_moves.get(event)
        if found is None:
            found = tuple(Move(How.COMMAND, one) for one in self._events(event, state))
            if found and not self._domain.depends(event):
                self._command_moves[event] = found
        return found

    def _from_wait(self, state: int, key: str, wait: Wait) -> Iterator[Move]:
        if isinstance(wait, Deadline):
            yield Move(How.DEADLINE, wait.event, wait=key, after=max(wait.at - EPOCH, _NOW))
        elif isinstance(wait, HumanTask):
            yield from (Move(How.TASK, one, wait=key) for one in self._events(wait.answer, state))
        elif isinstance(wait, Topic):
            yield from (Move(How.TOPIC, one, wait=key) for one in self._events(wait.fact, state))

    def _answer_plans(self, state: int, item: int) -> Iterator[Plan]:
        intent, withdrawn = self._space.intents.values[item >> 1], bool(item & 1)
        moves = list(self._replies(item >> 1))
        if not self._machine.intents[type(intent)] and not withdrawn:
            moves.append(Move(How.END, IntentDone(), intent))
        yield from self._plans(state, moves, withdrawn=withdrawn)
        yield from self._failures(state, intent, withdrawn=withdrawn)

    def _replies(self, number: int) -> tuple[Move, ...]:
        """Return the answers that an intent may get, worked out once."""
        found = self._reply_moves.get(number)
        if found is None:
            gaps = self.decider.gaps
            intent = self._space.intents.values[number]
            found = tuple(Move(How.ANSWER, one, intent) for one in self._answers_to(intent))
            if self.decider.gaps > gaps:
                return found  # to be come upon again, by every state that lacks it
            self._reply_moves[number] = found
        return found

    def _answers_to(self, intent: Intent[Fact]) -> Iterator[Event]:
        kind = type(intent)
        for answer in sorted(self._machine.intents[kind], key=lambda fact: fact.__qualname__):
            try:
                yield from self._domain.events(answer, intent, self._machine.shared_ids[kind, answer])
            except NoDomain as gap:
                self.decider.missed(gap)

    def _failures(self, state: int, intent: Intent[Fact], *, withdrawn: bool) -> Iterator[Plan]:
        """Yield how an intent may fail: once for each cause that makes a difference."""
        failure = self._machine.failures[type(intent)]
        info = self._machine.infos[type(self._space.states.values[state])]
        taken = failure in info.rows or failure in info.ignored
        if not taken and not withdrawn:
            name = type(intent).__name__
            self.decider.assumed[f"{name} is redriven where it fails in {info.state.__name__}"] = None
            return
        known: set[object] = set()
        for cause in _causes(intent, withdrawn=withdrawn):
            event = failure.model_validate({"intent": intent, "cause": cause})
            for plan in self._plans(
                state, [Move(How.FAILURE if taken else How.END, event, intent)], withdrawn=withdrawn
            ):
                if plan.effect[1:] not in known:
                    known.add(plan.effect[1:])
                    yield plan

    def _events(self, event: type[Event], state: int | None) -> tuple[Event, ...]:
        if issubclass(event, Control):
            return (event.model_validate({}),)
        known = self._known_events.get(event)
        if known is not None:
            return known
        subject = self._space.states.values[state] if state is not None else Cancel()
        try:
            found = self._domain.events(event, subject)
        except NoDomain as gap:
            self.decider.missed(gap)
            return ()
        if not self._domain.depends(event):
            self._known_events[event] = found
        return found


def _causes(intent: Intent[Fact], *, withdrawn: bool) -> tuple[FailureCause, ...]:
    """Return why an intent may be given up, for as much as its type tells."""
    doubt = (FailureCause.IN_DOUBT,) if intent.__delivery__ is AtMostOnce else ()
    if withdrawn:
        return (FailureCause.WITHDRAWN, *doubt)
    usual = (FailureCause.EXHAUSTED, FailureCause.NON_RETRYABLE, *doubt)
    if isinstance(intent, Spawn):
        return (*usual, FailureCause.CHILD_CANCELLED, FailureCause.CHILD_TERMINATED)
    if isinstance(intent, Signal):
        return (FailureCause.REFUSED, FailureCause.UNDELIVERABLE)
    return usual
