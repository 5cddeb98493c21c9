"""The states of a pipeline, and the making of its machine.

A pipeline has a state for each step, in which the intent of that step is open, and one or two
in which it ends. What may never be here: the words in which a pipeline is written; see
``pipelines``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Generic, TypeAlias, TypeVar, TypeVarTuple, cast

from telic.kernel.events import Command, Event, Fact
from telic.kernel.intents import Emission, NoIntent
from telic.kernel.machine import AnyMachine
from telic.kernel.orders import IntentFailed
from telic.kernel.states import FinalState, Ignores, Keeps, State
from telic.patterns.making import Home, MadeState, Progress, give, kinds_of, machine_of, made, marked, show, value_of
from telic.patterns.plans import REFUSED, OnFailure, Plan, Repetition, Step, snake_case
from telic.patterns.tracks import Had as Values
from telic.patterns.tracks import Track, rounds_of

if TYPE_CHECKING:
    from telic.kernel.upcasters import Upcaster

__all__ = [
    "PipelineFinished",
    "PipelineRunning",
    "PipelineStopped",
    "StoppedAtStep",
    "give_outcome",
    "made_pipeline",
    "why_stopped",
]

B = TypeVar("B", bound=Command)
Had = TypeVarTuple("Had")
Edges: TypeAlias = "Iterator[tuple[type[State], object]]"
Kinds: TypeAlias = "Mapping[str, StrEnum]"


class StoppedAtStep(Fact):
    """A process in steps has ended before its last step; what a parent receives of it.

    Attributes:
        step: The name of the step.
        why: The answer that it did not expect, or why its intent was given up.
    """

    step: str
    why: str


class PipelineRunning(MadeState):
    """Base of the states in which a step of a pipeline is being done."""

    place: ClassVar[int]

    @property
    def progress(self) -> Progress:
        """How many of the steps are done."""
        return Progress(self.place, len(self.step_names))

    @property
    def step(self) -> str:
        """The name of the step that is being done."""
        return self.step_names[self.place]


class PipelineFinished(MadeState, FinalState, Generic[B, *Had]):
    """Every step is done, or was left out on purpose.

    Example:
        ``begun, account, welcome = state.results`` has the types of the steps.
    """

    if not TYPE_CHECKING:

        def __class_getitem__(cls, _given: object) -> type:
            """Take the types of the results without a look: a made class has fields of these types."""
            return cls

    @property
    def results(self) -> tuple[B, *Had]:
        """The command that began, then the result of each step, in order."""
        had = (getattr(self, name) for name in ("begun", *self.step_names))
        return cast("tuple[B, *Had]", tuple(had))

    @property
    def progress(self) -> Progress:
        """All steps."""
        return Progress(len(self.step_names), len(self.step_names))


class PipelineStopped(MadeState, FinalState):
    """A step had another answer than the expected one, or was given up.

    Attributes:
        stopped_at: The name of the step.
        why: The name of the answer, or why the intent was given up.
    """

    if TYPE_CHECKING:  # a made class has them, behind its kind, as one would write them by hand
        stopped_at: str
        why: str

    @property
    def progress(self) -> Progress:
        """The steps before the one at which it stopped."""
        return Progress(self.step_names.index(self.stopped_at), len(self.step_names))

    @property
    def step(self) -> str:
        """The name of the step at which it stopped."""
        return self.stopped_at

    @property
    def refusal(self) -> Fact | None:
        """The answer that was not expected; nothing where the intent was given up."""
        return next((one for name, one in self if name.startswith(REFUSED) and one is not None), None)


def why_stopped(event: Fact) -> str:
    """Return in words why a step does not go on: the answer, or the cause of the failure."""
    if isinstance(event, IntentFailed):
        return f"{event.cause.value}: {event.detail}" if event.detail else event.cause.value
    return type(event).__name__


def give_outcome(plan: Plan, track: Track, finished: type[State], stopped: type[State] | None) -> None:
    """Give the final states what a parent receives, where the plan names it.

    Args:
        plan: The plan.
        track: Its steps.
        finished: The state in which all of them are done.
        stopped: The state in which they are not, if there is one.
    """
    if plan.outcome is None:
        return
    fact, make = plan.outcome

    def outcome(self: State) -> Fact | None:
        return value_of("finish", fact, make, track.had(self, len(plan.steps)), track.types)

    def failed_outcome(self: State) -> StoppedAtStep:
        return StoppedAtStep(step=getattr(self, "stopped_at"), why=getattr(self, "why"))  # noqa: B009  (made fields)

    outcome.__annotations__ = {"return": fact}
    failed_outcome.__annotations__ = {"return": StoppedAtStep}
    give(finished, "outcome", outcome)
    show(finished, make)
    if stopped is not None:
        give(stopped, "outcome", failed_outcome)


def made_pipeline(plan: Plan, version: int, upcasters: tuple[Upcaster, ...]) -> AnyMachine:
    """Return the machine of a plan that has no faults.

    The states are made first, and then the transitions, which name them.

    Args:
        plan: The plan.
        version: The version of its code.
        upcasters: What reads the values that older versions have stored.

    Raises:
        DefinitionError: With every fault that the kernel finds.
    """
    home, track = Home(plan.module, plan.name, version), Track.of(plan)
    stops = any(_may_stop(step) for step in plan.steps)
    kinds = kinds_of(
        plan, [*(f"awaiting_{step.name}" for step in plan.steps), "finished", *(["stopped"] if stops else [])]
    )
    line = _Line(
        track,
        tuple(_made_running(plan, home, track, kinds, place) for place in range(len(plan.steps))),
        _made_finished(plan, home, track, kinds),
        _made_stopped(plan, home, track, kinds) if stops else None,
    )
    _join(plan, line)
    states = [*line.running, line.finished, *([line.stopped] if line.stopped is not None else [])]
    answers = [answer for step in plan.steps for answer in step.answers]
    return machine_of(home, states, [plan.begin, *answers], upcasters)


def _made_running(plan: Plan, home: Home, track: Track, kinds: Kinds, place: int) -> type[State]:
    kind = kinds[f"awaiting_{plan.steps[place].name}"]
    step, body = plan.steps[place], {"place": place, "ignores": _gone(plan, place)}
    so_far: dict[str, tuple[object, ...]] = {} if step.repeated is None else {step.name: (rounds_of(step), ())}
    return made(plan, home, PipelineRunning, kind, {**track.fields(place), **so_far}, body)


def _made_finished(plan: Plan, home: Home, track: Track, kinds: Kinds) -> type[State]:
    end = len(plan.steps)
    fields, body = track.fields(end), {"ignores": _gone(plan, end)}
    return made(plan, home, PipelineFinished, kinds["finished"], fields, body, name=f"{plan.title}Finished")


def _made_stopped(plan: Plan, home: Home, track: Track, kinds: Kinds) -> type[State]:
    refusals = [answer for step in plan.steps if _may_stop(step) for answer in step.others]
    refused: dict[str, tuple[object, ...]] = {_refused(one): (one | None, None) for one in refusals}
    fields = {**track.all_fields(), "stopped_at": (str,), "why": (str,), **refused}
    kept = [
        Keeps(*step.answers, why=f"{step.name} was given up, and the process has stopped; people have to look")
        for step in plan.steps
        if step.on_failure is OnFailure.STOP
    ]
    body = {"ignores": (*_gone(plan, len(plan.steps)), *kept)}
    return made(plan, home, PipelineStopped, kinds["stopped"], fields, body, name=f"{plan.title}Stopped")


def _gone(plan: Plan, place: int) -> tuple[Ignores, ...]:
    """Return what may still come of the steps before a place that the process went on without."""
    return tuple(
        Ignores(*step.answers, why=f"{step.name} was given up, and the process has gone on without it")
        for step in plan.steps[:place]
        if step.on_failure is OnFailure.CONTINUE
    )


def _join(plan: Plan, line: _Line) -> None:
    """Give the states their transitions."""
    give(line.running[0], "begin", line.beginning(plan.begin))
    for place, step in enumerate(plan.steps):
        state = line.running[place]
        give(state, "go_on", line.going_on(place) if step.repeated is None else line.going_round(place, step.repeated))
        show(state, step.make, step.when if step.repeated is None else step.repeated.test)
        if step.on_failure is OnFailure.CONTINUE:
            give(state, "go_without", line.going_without(place))
        elif _may_stop(step):
            give(state, "stop", line.stopping(place))
    give_outcome(plan, line.track, line.finished, line.stopped)


@dataclass(frozen=True)
class _Line:
    """The states of a pipeline, and the transitions between them.

    Attributes:
        track: The steps.
        running: The state of each step.
        finished: The state after the last.
        stopped: The state in which it ends before, if it may.
    """

    track: Track
    running: tuple[type[State], ...]
    finished: type[State]
    stopped: type[State] | None

    def edges(self, place: int) -> Edges:
        """Yield where the process may come to when so many steps are done, and what it emits."""
        for landing in self.track.landings(place):
            if landing == len(self.running):
                yield self.finished, NoIntent
            else:
                yield self.running[landing], self.track.steps[landing].intent

    def entered(self, had: Values) -> tuple[State, Emission]:
        """Return the state in which what is had is had, and its intent."""
        values = self.track.values(had)
        if len(had) > len(self.running):
            return self.finished.model_validate(values), NoIntent()
        return self.running[len(had) - 1].model_validate(values), self.track.intent(had)

    def beginning(self, command: type[Event]) -> object:
        """Return the start."""
        track = self.track

        def begin(cls: type[State], event: Event) -> tuple[State, Emission]:  # noqa: ARG001  (as a classmethod)
            return self.entered(track.landed((event,)))

        return marked(begin, [command], self.edges(0), start=True)

    def going_on(self, place: int) -> object:
        """Return the transition for the answer that a step expects."""
        track = self.track

        def go_on(state: State, event: Event) -> tuple[State, Emission]:
            return self.entered(track.landed((*track.had(state, place), event)))

        return marked(go_on, [self.track.steps[place].result], self.edges(place + 1))

    def going_round(self, place: int, repeated: Repetition) -> object:
        """Return the transition for the answer that a repeated step expects: one more round, or on."""
        track, running, step = self.track, self.running[place], self.track.steps[place]

        def go_on(state: State, event: Fact) -> tuple[State, Emission]:
            had, rounds = track.had(state, place), (*getattr(state, step.name), event)
            if repeated.goes_on(had, rounds):
                return running.model_validate({**track.values(had), step.name: rounds}), track.intent(had, rounds)
            return self.entered(track.landed((*had, rounds)))

        return marked(go_on, [step.result], [(running, step.intent), *self.edges(place + 1)])

    def going_without(self, place: int) -> object:
        """Return the transition that goes on without the result of a step."""
        track = self.track

        def go_without(state: State, event: Event) -> tuple[State, Emission]:  # noqa: ARG001  (only that it came counts)
            return self.entered(track.landed((*track.had(state, place), None)))

        return marked(go_without, _not_going_on(self.track.steps[place]), self.edges(place + 1))

    def stopping(self, place: int) -> object:
        """Return the transition that ends the process at a step."""
        step, stopped = self.track.steps[place], cast("type[State]", self.stopped)

        def stop(state: State, event: Fact) -> tuple[State, Emission]:
            known = self.track.values(self.track.had(state, place))
            known |= {} if step.repeated is None else {step.name: getattr(state, step.name)}
            known |= {"stopped_at": step.name, "why": why_stopped(event)}
            refusal = {} if isinstance(event, IntentFailed) else {_refused(type(event)): event}
            return stopped.model_validate({**known, **refusal}), NoIntent()

        return marked(stop, _not_going_on(step), [(stopped, NoIntent)])


def _may_stop(step: Step) -> bool:
    return bool(step.on_failure is OnFailure.STOP or (step.others and step.on_failure is OnFailure.REDRIVE))


def _not_going_on(step: Step) -> list[type[Event]]:
    failure: type[Event] = IntentFailed[step.intent]  # type: ignore[name-defined]
    return [*step.others, *([failure] if step.on_failure is not OnFailure.REDRIVE else [])]


def _refused(answer: type[Fact]) -> str:
    return f"{REFUSED}{snake_case(answer.__name__)}"
