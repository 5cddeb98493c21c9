"""The making of the machine of a saga: its classes, and then the transitions, which name them.

Two rules keep every answer accounted for. A step that was given up counts as not done; when
its success comes after all, it is noted, and people are asked to undo it once the other steps
are undone. A compensation that was given up is settled by people; when its success comes after
all, it is noted as well, since it may have been undone twice. What may never be here: the words
in which a saga is written; see ``sagas``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from telic.kernel.errors import TransitionError
from telic.kernel.events import Cancel, Event, Fact
from telic.kernel.intents import Emission, Intent, NoIntent
from telic.kernel.machine import AnyMachine
from telic.kernel.orders import IntentFailed
from telic.kernel.states import Ignores, Keeps, State
from telic.kernel.verdicts import Reject
from telic.patterns.making import Home, give, kinds_of, machine_of, made, marked, show, value_of
from telic.patterns.pipeline_states import Edges, Kinds, give_outcome, why_stopped
from telic.patterns.plans import Compensation, Plan
from telic.patterns.saga_states import (
    SagaCancelling,
    SagaCompleted,
    SagaHandedOver,
    SagaRunning,
    SagaUndoing,
    SagaUndone,
    SettleUndo,
)
from telic.patterns.tracks import Had as Values
from telic.patterns.tracks import Track

if TYPE_CHECKING:
    from telic.kernel.upcasters import Upcaster

__all__ = ["made_saga"]


def made_saga(plan: Plan, version: int, upcasters: tuple[Upcaster, ...], groups: tuple[str, ...]) -> AnyMachine:
    """Return the machine of a plan that has no faults.

    The states are made first, and then the transitions, which name them.

    Args:
        plan: The plan.
        version: The version of its code.
        upcasters: What reads the values that older versions have stored.
        groups: Who is asked to undo what the saga cannot.

    Raises:
        DefinitionError: With every fault that the kernel finds.
    """
    home, track = Home(plan.module, plan.name, version), Track.of(plan)
    states = _States.of(plan, home, track, groups)
    _Course(track, states).join(plan)
    events: list[type[Event]] = [plan.begin, SettleUndo]
    for step in plan.steps:
        events += [*step.answers, *((step.undo.result, *step.undo.others) if step.undo is not None else ())]
    return machine_of(home, states.all(), events, upcasters)


@dataclass(frozen=True)
class _States:
    """The states of a saga; those of steps by the place of the step.

    Attributes:
        running: A step is being done.
        cancelling: A step is waited for.
        undoing: A step is being undone.
        handed: People are asked to undo a step that was done.
        late: People are asked to undo a step that has succeeded after it was given up, where one may.
        completed: The end when all went well.
        undone: The end when not.
    """

    running: Mapping[int, type[State]]
    cancelling: Mapping[int, type[State]]
    undoing: Mapping[int, type[State]]
    handed: Mapping[int, type[State]]
    late: type[State] | None
    completed: type[State]
    undone: type[State]

    @classmethod
    def of(cls, plan: Plan, home: Home, track: Track, groups: tuple[str, ...]) -> _States:
        """Make the classes, without their transitions."""
        undoable = [place for place, step in enumerate(plan.steps) if step.undo is not None]
        # A step that succeeds late is told to people where another one is being undone meanwhile.
        may_be_late = len(undoable) > 1
        kinds = _kinds(plan, undoable, late=may_be_late)
        make = _Maker(plan, home, track, kinds, groups)
        places = range(len(plan.steps))
        return cls(
            {place: make.running(place) for place in places},
            {place: make.cancelling(place) for place in places},
            {place: make.undoing(place) for place in undoable},
            {place: make.handed(place) for place in undoable},
            make.late() if may_be_late else None,
            make.completed(),
            make.undone(),
        )

    def all(self) -> list[type[State]]:
        """Return every state, in order."""
        found = [*self.running.values(), *self.cancelling.values(), *self.undoing.values(), *self.handed.values()]
        return [*found, *([self.late] if self.late is not None else []), self.completed, self.undone]


def _kinds(plan: Plan, undoable: list[int], *, late: bool) -> Kinds:
    names = [step.name for step in plan.steps]
    return kinds_of(
        plan,
        [
            *(f"awaiting_{name}" for name in names),
            *(f"cancelling_{name}" for name in names),
            *(f"undoing_{names[place]}" for place in undoable),
            *(f"handed_over_{names[place]}" for place in undoable),
            *(["handed_over_late"] if late else []),
            "completed",
            "undone",
        ],
    )


@dataclass(frozen=True)
class _Maker:
    """Makes the classes of a saga.

    Attributes:
        plan: The plan.
        home: Where its machine will be found.
        track: Its steps.
        kinds: The kinds of the states.
        groups: Who is asked to undo what the saga cannot.
    """

    plan: Plan
    home: Home
    track: Track
    kinds: Mapping[str, StrEnum]
    groups: tuple[str, ...]

    def running(self, place: int) -> type[State]:
        """Return the state in which a step is done."""
        kind = self.kinds[f"awaiting_{self.plan.steps[place].name}"]
        return made(self.plan, self.home, SagaRunning, kind, self.track.fields(place), {"place": place})

    def cancelling(self, place: int) -> type[State]:
        """Return the state in which a step is waited for."""
        kind = self.kinds[f"cancelling_{self.plan.steps[place].name}"]
        fields = {**self.track.fields(place), "why": (str,)}
        return made(self.plan, self.home, SagaCancelling, kind, fields, {"place": place})

    def undoing(self, place: int) -> type[State]:
        """Return the state in which a step is undone."""
        kind = self.kinds[f"undoing_{self.plan.steps[place].name}"]
        body = {"place": place, "ignores": self._without_effect(besides=place)}
        return made(self.plan, self.home, SagaUndoing, kind, self._broken(), body)

    def handed(self, place: int) -> type[State]:
        """Return the state in which people are asked to undo a step."""
        kind = self.kinds[f"handed_over_{self.plan.steps[place].name}"]
        body = {"place": place, "groups": self.groups, "ignores": self._without_effect()}
        return made(self.plan, self.home, SagaHandedOver, kind, self._broken() | {"detail": (str,)}, body)

    def late(self) -> type[State]:
        """Return the state in which people are asked to undo what has succeeded late."""
        steps = [step.result for step in self.plan.steps if step.undo is not None]
        known = Ignores(*steps, why="one step at most is given up, and its success is what people are asked about")
        body = {"place": -1, "groups": self.groups, "ignores": (*self._without_effect(), known)}
        fields = self._broken() | {"detail": (str,)}
        return made(self.plan, self.home, SagaHandedOver, self.kinds["handed_over_late"], fields, body)

    def completed(self) -> type[State]:
        """Return the end when all went well."""
        fields, name = self.track.fields(len(self.plan.steps)), f"{self.plan.title}Completed"
        return made(self.plan, self.home, SagaCompleted, self.kinds["completed"], fields, name=name)

    def undone(self) -> type[State]:
        """Return the end when not."""
        done = [step.result for step in self.plan.steps if step.undo is not None]
        undone = [step.undo.result for step in self.plan.steps if step.undo is not None]
        kept = (
            Keeps(*done, why="it was given up, and has succeeded after the end: people have to undo it"),
            Keeps(*undone, why="people had settled it, and it was undone after the end: people have to look"),
        )
        body, name = {"ignores": (*self._without_effect(), *kept)}, f"{self.plan.title}Undone"
        kind = self.kinds["undone"]
        return made(self.plan, self.home, SagaUndone, kind, self._broken(), body, name=name)

    def _broken(self) -> dict[str, tuple[object, ...]]:
        """Return the fields of a state on the way back."""
        told = {"succeeded_late": (bool, False), "undone_late": (tuple[str, ...], ())}
        return {**self.track.all_fields(), "stopped_at": (str,), "why": (str,), **told}

    def _without_effect(self, besides: int | None = None) -> tuple[Ignores, ...]:
        """Return what may still come and has changed nothing outside that is to be undone.

        Args:
            besides: The step whose compensation is open, so that its answers do have an effect.
        """
        steps = self.plan.steps
        refused = [answer for step in steps for answer in step.others]
        harmless = [step.result for step in steps if step.undo is None]
        settled = [step.undo for place, step in enumerate(steps) if step.undo is not None and place != besides]
        not_undone = [answer for undo in settled for answer in undo.others]
        told = (
            (refused, "the step was given up before, and was not done"),
            (harmless, "the step was given up before, and nothing of it is to be undone"),
            (not_undone, "people have settled it before"),
        )
        return tuple(Ignores(*answers, why=why) for answers, why in told if answers)


@dataclass(frozen=True)
class _Course:
    """The transitions of a saga.

    Attributes:
        track: The steps.
        states: The states between which they lead.
    """

    track: Track
    states: _States

    def join(self, plan: Plan) -> None:
        """Give the states their transitions."""
        states = self.states
        give(states.running[0], "begin", self._beginning(plan.begin))
        for place, step in enumerate(self.track.steps):
            show(states.running[place], step.make, step.when)
            give(states.running[place], "go_on", self._going_on(place))
            give(states.running[place], "cancel", self._cancelling(place))
            give(states.cancelling[place], "undo", self._undoing(place))
            for state in (states.running[place], states.cancelling[place]):
                give(state, "turn_back", self._turning_back(place))
        for state in (*states.cancelling.values(), *states.undoing.values(), *states.handed.values()):
            give(state, "refuse_to_cancel", _refusing_to_cancel())
        for place in states.undoing:
            show(states.undoing[place], self._undo(place).make)
            give(states.undoing[place], "carry_on", self._carrying_on(place, [self._undo(place).result]))
            give(states.undoing[place], "hand_over", self._handing_over(place))
            give(states.handed[place], "carry_on", self._carrying_on(place, [self._undo(place).result]))
            give(states.handed[place], "settle", self._carrying_on(place, [SettleUndo]))
            for state in (states.undoing[place], states.handed[place]):
                self._give_notes(state, place)
        if states.late is not None:
            give(states.late, "settle", self._settling())
            give(states.late, "refuse_to_cancel", _refusing_to_cancel())
            self._give_notes(states.late, -1)
        give_outcome(plan, self.track, states.completed, states.undone)

    def _undo(self, place: int) -> Compensation:
        undo = self.track.steps[place].undo
        assert undo is not None  # asked only of those that have one
        return undo

    # --- forward --------------------------------------------------------------------------------

    def _ahead(self, place: int) -> Edges:
        for landing in self.track.landings(place):
            if landing == len(self.states.running):
                yield self.states.completed, NoIntent
            else:
                yield self.states.running[landing], self.track.steps[landing].intent

    def _gone_on(self, had: Values) -> tuple[State, Emission]:
        values = self.track.values(had)
        if len(had) > len(self.states.running):
            return self.states.completed.model_validate(values), NoIntent()
        return self.states.running[len(had) - 1].model_validate(values), self.track.intent(had)

    def _beginning(self, command: type[Event]) -> object:
        track = self.track

        def begin(cls: type[State], event: Event) -> tuple[State, Emission]:  # noqa: ARG001  (as a classmethod)
            return self._gone_on(track.landed((event,)))

        return marked(begin, [command], self._ahead(0), start=True)

    def _going_on(self, place: int) -> object:
        track = self.track

        def go_on(state: State, event: Event) -> tuple[State, Emission]:
            return self._gone_on(track.landed((*track.had(state, place), event)))

        return marked(go_on, [self.track.steps[place].result], self._ahead(place + 1))

    def _cancelling(self, place: int) -> object:
        waiting = self.states.cancelling[place]

        def cancel(state: State, event: Cancel) -> tuple[State, Emission]:
            why = f"cancelled: {event.reason}" if event.reason else "cancelled"
            values: dict[str, object] = {**self.track.values(self.track.had(state, place)), "why": why}
            return waiting.model_validate(values), NoIntent()

        return marked(cancel, [Cancel], [(waiting, NoIntent)])

    # --- back -----------------------------------------------------------------------------------

    def _behind(self, place: int) -> Edges:
        """Yield where a saga may come to that undoes the steps before a place."""
        for at in self.track.behind(place):
            if at < 0:
                yield self.states.undone, NoIntent
            else:
                yield self.states.undoing[at], self._undo(at).intent

    def _gone_back(self, place: int, values: Mapping[str, object]) -> tuple[State, Emission]:
        """Return the state in which the last step before a place is undone, or the end."""
        for at in reversed(range(place)):
            step = self.track.steps[at]
            if step.undo is not None and values.get(step.name) is not None:
                return self.states.undoing[at].model_validate(values), self._compensation(at, values)
        return self.states.undone.model_validate(values), NoIntent()

    def _compensation(self, place: int, values: Mapping[str, object]) -> Intent[Fact]:
        step, undo = self.track.steps[place], self._undo(place)
        names = ("begun", *(one.name for one in self.track.steps[: place + 1]))
        had = tuple(cast("Event | None", values.get(name)) for name in names)
        found = value_of(f"{step.name} undo", undo.intent, undo.make, had, self.track.types[: place + 2])
        if found is None:
            raise TransitionError(
                f"{step.name} undo",
                f"expected {undo.intent.__name__}, got None; do return it from the function in undo_with=",
            )
        return found

    def _turning_back(self, place: int) -> object:
        step = self.track.steps[place]
        failure: type[Event] = IntentFailed[step.intent]  # type: ignore[name-defined]

        def turn_back(state: State, event: Fact) -> tuple[State, Emission]:
            why = state.why if isinstance(state, SagaCancelling) else why_stopped(event)
            values = {**self.track.values(self.track.had(state, place)), "stopped_at": step.name, "why": why}
            return self._gone_back(place, values)

        return marked(turn_back, [*step.others, failure], self._behind(place))

    def _undoing(self, place: int) -> object:
        step = self.track.steps[place]

        def undo(state: SagaCancelling, event: Event) -> tuple[State, Emission]:
            values = self.track.values((*self.track.had(state, place), event))
            return self._gone_back(place + 1, {**values, "stopped_at": step.name, "why": state.why})

        done = [(self.states.undoing[place], step.undo.intent)] if step.undo is not None else self._behind(place)
        return marked(undo, [step.result], done)

    def _carrying_on(self, place: int, events: list[type[Event]]) -> object:
        late = self.states.late

        def carry_on(state: SagaUndoing | SagaHandedOver, event: Event) -> tuple[State, Emission]:  # noqa: ARG001
            values = {name: value for name, value in state if name not in ("kind", "detail")}
            after, out = self._gone_back(place, values)
            if late is not None and isinstance(after, SagaUndone) and state.succeeded_late:
                return self._told(late, state.stopped_at, values)
            return after, out

        return marked(carry_on, events, self._on_the_way(place))

    def _on_the_way(self, place: int) -> Edges:
        """Yield where a saga may come to that has undone a step."""
        ends = False
        for target, out in self._behind(place):
            ends = target is self.states.undone
            yield target, out
        if ends and self.states.late is not None and any(at > place for at in self.states.undoing):
            yield self.states.late, NoIntent

    def _told(self, late: type[State], name: str, values: Mapping[str, object]) -> tuple[State, Emission]:
        detail = f"{name} has succeeded after it was given up"
        return late.model_validate({**values, "detail": detail}), NoIntent()

    def _handing_over(self, place: int) -> object:
        undo, handed = self._undo(place), self.states.handed[place]
        failure: type[Event] = IntentFailed[undo.intent]  # type: ignore[name-defined]

        def hand_over(state: State, event: Fact) -> tuple[State, Emission]:
            values = {name: value for name, value in state if name != "kind"}
            return handed.model_validate({**values, "detail": why_stopped(event)}), NoIntent()

        return marked(hand_over, [*undo.others, failure], [(handed, NoIntent)])

    def _settling(self) -> object:
        undone = self.states.undone

        def settle(state: State, event: Event) -> tuple[State, Emission]:  # noqa: ARG001  (only that it came counts)
            values = {name: value for name, value in state if name not in ("kind", "detail")}
            return undone.model_validate(values), NoIntent()

        return marked(settle, [SettleUndo], [(undone, NoIntent)])

    # --- late -----------------------------------------------------------------------------------

    def _give_notes(self, state: type[State], place: int) -> None:
        """Let a state note what comes of steps and compensations that were given up before.

        Args:
            state: The state.
            place: The step at which it is; -1 for the last state before the end.
        """
        done = {self.track.steps[at].result: self.track.steps[at].name for at in self.states.undoing if at > place}
        undone = {self._undo(at).result: self.track.steps[at].name for at in self.states.undoing if at > place}
        if done and place >= 0:
            give(state, "note_done", _noting_done(state, done))
        if undone:
            give(state, "note_undone", _noting_undone(state, undone))


def _noting_done(target: type[State], names: Mapping[type[Fact], str]) -> object:
    fields = tuple(names.items())

    def note_done(state: State, event: Event) -> tuple[State, Emission]:
        name = next(name for fact, name in fields if type(event) is fact)
        return state.evolve(**{name: event, "succeeded_late": True}), NoIntent()

    return marked(note_done, list(names), [(target, NoIntent)])


def _noting_undone(target: type[State], names: Mapping[type[Fact], str]) -> object:
    fields = tuple(names.items())

    def note_undone(state: SagaUndoing | SagaHandedOver, event: Event) -> tuple[State, Emission]:
        name = next(name for fact, name in fields if type(event) is fact)
        return state.evolve(undone_late=(*state.undone_late, name)), NoIntent()

    return marked(note_undone, list(names), [(target, NoIntent)])


def _refusing_to_cancel() -> object:
    def refuse_to_cancel(state: State, event: Event) -> tuple[State, object]:  # noqa: ARG001  (as a transition)
        return state, Reject("it is being undone already")

    return marked(refuse_to_cancel, [Cancel], [(State, Reject)])
