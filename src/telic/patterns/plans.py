"""The plan of a process in steps: what was asked for, and everything that is wrong with it.

A plan is what the builders of ``pipeline`` and ``saga`` gather before a machine is made of it.
What may never be here: classes of states; see ``making``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from telic.kernel.annotations import alternatives, fields_of
from telic.kernel.errors import Fault, nearest
from telic.kernel.events import Command, Event, Fact
from telic.kernel.intents import AtMostOnce, Intent
from telic.kernel.reading import answers_of
from telic.kernel.states import FinalState, State

__all__ = [
    "Compensation",
    "OnFailure",
    "Plan",
    "Repetition",
    "Rounds",
    "Source",
    "Step",
    "camel_case",
    "plan_faults",
    "snake_case",
    "sources_of",
]

Make: TypeAlias = Callable[..., "Intent[Fact] | None"]
AnyIntent: TypeAlias = "type[Intent[Fact]]"

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"\W+")
_STEP_NAME = re.compile(r"[a-z][a-z0-9_]*")
# Before the names of the fields that hold answers which were not expected.
REFUSED = "got_"
# What a state of a plan has besides the results of its steps.
TAKEN = frozenset(
    {
        "kind",
        "begun",
        "stopped_at",
        "why",
        "reason",
        "detail",
        "progress",
        "results",
        "refusal",
        "step",
        "home",
        "step_names",
        "place",
        "undone_late",
        "succeeded_late",
        "groups",
        "make",
        "when",
    }
)


class OnFailure(StrEnum):
    """What becomes of a process in steps when the intent of a step is given up."""

    REDRIVE = "redrive"
    """It stays where it is: the intent is a dead letter, until an operator redrives it."""
    STOP = "stop"
    """The process ends there, as stopped."""
    CONTINUE = "continue"
    """The process goes on; in the place of the result stands ``None``."""


@dataclass(frozen=True, slots=True)
class Compensation:
    """What undoes a step.

    Attributes:
        intent: The type of the intent.
        make: Makes it from what was had, the step's own result last; ``None`` fills it by name.
        expect: The answer that says that it is undone, where one was named.
    """

    intent: AnyIntent
    make: Make | None = None
    expect: type[Fact] | None = None

    @property
    def result(self) -> type[Fact]:
        """The answer that says that it is undone."""
        return self.expect or answers_of(self.intent)[0]

    @property
    def others(self) -> tuple[type[Fact], ...]:
        """The answers that say that it is not."""
        return tuple(one for one in answers_of(self.intent) if one is not self.result)


class Rounds(Fact):
    """Stands for the results of a repeated step where a class is asked for: it brings no field by name."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """How long a step is repeated: by exactly one of two tests.

    A test is asked with what was had before the step, and with the results of its rounds so far.

    Attributes:
        while_: Says before each round whether it is done.
        until: Says after each round whether it was the last.
    """

    while_: Callable[..., bool] | None = None
    until: Callable[..., bool] | None = None

    @property
    def test(self) -> Callable[..., bool] | None:
        """The one of the two that there is."""
        return self.while_ if self.until is None else self.until

    def goes_on(self, had: Sequence[object], rounds: tuple[Fact, ...]) -> bool:
        """Say whether one more round is done.

        Args:
            had: What was had before the step.
            rounds: The results of its rounds so far.
        """
        if self.until is not None:
            return not rounds or not self.until(*had, rounds)
        return self.while_ is not None and self.while_(*had, rounds)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan.

    Attributes:
        name: Its name, unique in the plan.
        intent: The type of what is done.
        make: Makes it from what was had so far; ``None`` fills it by name.
        expect: The answer with which the process goes on, where one was named.
        when: Whether it is done at all; always without.
        on_failure: What becomes of the process when it is given up.
        undo: What undoes it.
        repeated: How long it is repeated; done once without.
    """

    name: str
    intent: AnyIntent
    make: Make | None = None
    expect: type[Fact] | None = None
    when: Callable[..., bool] | None = None
    on_failure: OnFailure = OnFailure.REDRIVE
    undo: Compensation | None = None
    repeated: Repetition | None = None

    @property
    def answers(self) -> tuple[type[Fact], ...]:
        """The facts that may answer it."""
        return answers_of(self.intent)

    @property
    def result(self) -> type[Fact]:
        """The answer with which the process goes on."""
        return self.expect or self.answers[0]

    @property
    def others(self) -> tuple[type[Fact], ...]:
        """The answers with which it does not go on."""
        return tuple(one for one in self.answers if one is not self.result)

    @property
    def brings(self) -> type[Event]:
        """The class whose fields can be taken by name of what it has come to."""
        return self.result if self.repeated is None else Rounds

    @property
    def may_be_missing(self) -> bool:
        """Whether the process may go on without a result of it."""
        return self.when is not None or self.on_failure is OnFailure.CONTINUE


@dataclass(frozen=True, slots=True)
class Plan:
    """A process in steps.

    Attributes:
        name: The name of the machine.
        begin: The command with which an instance begins.
        steps: The steps, in order.
        module: Where it was written.
        outcome: The fact that a parent receives, and what makes it of all that was had.
    """

    name: str
    begin: type[Command]
    module: str
    steps: tuple[Step, ...] = ()
    outcome: tuple[type[Fact], Callable[..., Fact] | None] | None = None

    @property
    def title(self) -> str:
        """The name of the machine as the beginning of names of classes."""
        return camel_case(_BETWEEN.sub("_", self.name))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field that is filled by name comes from.

    Attributes:
        field: The field to fill.
        place: The number of the value that brings it; 0 is the command that began.
    """

    field: str
    place: int


def snake_case(name: str) -> str:
    """Return the name of a class as words joined by underscores.

    Example:
        >>> snake_case("CreateAccount"), snake_case("PayVATNow")
        ('create_account', 'pay_vat_now')
    """
    return _WORD.sub("_", name).lower()


def camel_case(name: str) -> str:
    """Return the name of a step as that of a class.

    Example:
        >>> camel_case("create_account")
        'CreateAccount'
    """
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def named_by(intent: AnyIntent) -> str:
    """Return the name that a step has by its intent."""
    return snake_case(getattr(intent, "__name__", "step"))


def sources_of(target: type[Event | Intent[Fact]], had: Sequence[type[Event]]) -> tuple[Source, ...]:
    """Return where each field of a value comes from: the latest that has one of that name.

    Args:
        target: The class to fill.
        had: What there is, in order; the command that began comes first.
    """
    found: list[Source] = []
    for name in fields_of(target):
        places = [place for place, one in enumerate(had) if name in fields_of(one)]
        if places:
            found.append(Source(name, places[-1]))
    return tuple(found)


def plan_faults(plan: Plan) -> list[Fault]:
    """Return everything that is wrong with a plan.

    Args:
        plan: What was asked for.
    """
    faults = list(_whole(plan))
    had: list[type[Event]] = [plan.begin]
    for place, step in enumerate(plan.steps, 1):
        faults += _names(step)
        own = list(_intents(step))
        faults += own
        if own:
            return faults  # what follows knows too little of its result
        faults += _doubts(step)
        missing = _missing(plan.steps[: place - 1], step)
        given: list[type[Event]] = had if step.repeated is None else [*had, Rounds]
        faults += _makes(step.name, step.intent, step.make, given, missing)
        if step.when is not None:
            faults += _calls(f"{step.name} when", step.when, had)
        if step.repeated is not None:
            faults += _repeated(step.name, step.repeated, had)
        had.append(step.brings)
        if step.undo is not None:
            faults += _makes(f"{step.name} undo", step.undo.intent, step.undo.make, had, missing)
    missing = _missing(plan.steps, None)
    if plan.outcome is not None:
        faults += _makes("finish", plan.outcome[0], plan.outcome[1], had, missing)
    return [*faults, *_misleading(plan)]


def _missing(before: Sequence[Step], step: Step | None) -> list[int]:
    """Return the places of the results that may be missing when a step is done.

    Args:
        before: The steps before it.
        step: The step; ``None`` for the end. Those right before it with its condition were done.
    """
    places = [place for place, one in enumerate(before, 1) if one.may_be_missing]
    for place in range(len(before), 0, -1):
        if step is None or step.when is None or before[place - 1].when is not step.when:
            break
        if before[place - 1].on_failure is not OnFailure.CONTINUE:
            places.remove(place)
    return places


def _whole(plan: Plan) -> Iterator[Fault]:
    begin: object = plan.begin
    if not (isinstance(begin, type) and issubclass(begin, Command)):
        yield Fault(plan.name, f"expected the class of a command to begin with, got {plan.begin!r}", "name a command")
    if not plan.steps:
        yield Fault(plan.name, "expected at least one step, got none", "write .do(SomeIntent) before .finish()")
    names = [step.name for step in plan.steps]
    for name in dict.fromkeys(one for one in names if names.count(one) > 1):
        yield Fault(
            name, f"expected one step of this name, got {names.count(name)}", 'name the others: .do(..., named="...")'
        )


def _names(step: Step) -> Iterator[Fault]:
    if not _STEP_NAME.fullmatch(step.name):
        yield Fault(
            repr(step.name),
            "expected small letters, digits and underscores as the name of a step, got others",
            'write named="..."',
        )
    elif (
        step.name in TAKEN
        or step.name.startswith(REFUSED)
        or hasattr(State, step.name)
        or hasattr(FinalState, step.name)
    ):
        yield Fault(step.name, "expected a name that a state does not have already, got it", 'write named="..."')


def _intents(step: Step) -> Iterator[Fault]:
    """Yield what is wrong with the intents of a step and with the answers that they expect."""
    yield from _answered(step.name, step.intent, step.expect, "expect")
    if step.undo is not None:
        yield from _answered(f"{step.name} undo", step.undo.intent, step.undo.expect, "undo_expect")


def _doubts(step: Step) -> Iterator[Fault]:
    if issubclass(step.intent.__delivery__, AtMostOnce) and step.on_failure is OnFailure.REDRIVE:
        name = step.intent.__name__
        yield Fault(
            step.name,
            f"expected to be told what becomes of {name} in doubt, since it is run at most once, got nothing",
            f"write .do({name}, stop_on_failure=True), or .attempt({name})",
        )


def _is_intent(given: object) -> bool:
    return isinstance(given, type) and issubclass(given, Intent) and given is not Intent


def _answered(where: str, intent: AnyIntent, expect: type[Fact] | None, option: str) -> Iterator[Fault]:
    if not _is_intent(intent):
        yield Fault(
            where, f"expected the class of an intent, got {intent!r}", "write class SomeIntent(Intent[SomeFact])"
        )
    elif not answers_of(intent):
        yield Fault(
            where,
            f"expected an intent that a fact answers, got {intent.__name__}, which nothing answers",
            f"name its answer: class {intent.__name__}(Intent[SomeFact])",
        )
    else:
        yield from _expected(where, intent, expect, option)


def _expected(where: str, intent: AnyIntent, expect: type[Fact] | None, option: str) -> Iterator[Fault]:
    """Yield why it is not plain which answer of an intent leads on."""
    answers = answers_of(intent)
    names = [one.__name__ for one in answers]
    if expect is None and len(names) > 1:
        yield Fault(
            where,
            f"expected one answer with which the process goes on, got {' | '.join(names)}",
            f"name it: {option}={names[0]}",
        )
    elif expect is not None and expect not in answers:
        got = getattr(expect, "__name__", repr(expect))
        yield Fault(
            where,
            f"expected an answer of {intent.__name__}, which are {', '.join(names)}, got {got}{nearest(got, names)}",
            f"write {option}={names[0]}",
        )


def _makes(
    where: str,
    target: type[Event | Intent[Fact]],
    make: Callable[..., object] | None,
    had: Sequence[type[Event]],
    missing: Sequence[int],
) -> Iterator[Fault]:
    """Yield why a value cannot be made from what is had."""
    if make is not None:
        yield from _calls(where, make, had)
        return
    sources = {source.field: source.place for source in sources_of(target, had)}
    known = {name for one in had for name in fields_of(one)}
    for name, field in fields_of(target).items():
        place = sources.get(name)
        spot = f"{where}: {target.__name__}.{name}"
        remedy = f"pass a function that makes it: .do({target.__name__}, lambda {_spelled(had)}: ...)"
        if place is None:
            if field.is_required():
                yield Fault(
                    spot, f"expected a value of this name before the step, got none{nearest(name, known)}", remedy
                )
        elif place in missing:
            yield Fault(
                spot,
                f"expected a value that is always there, got one of {had[place].__name__}, which may be missing",
                remedy,
            )
        elif not _fits(fields_of(had[place])[name].annotation, field.annotation):
            got = _name(fields_of(had[place])[name].annotation)
            yield Fault(spot, f"expected {_name(field.annotation)}, got {got} from {had[place].__name__}", remedy)


def _repeated(name: str, repeated: Repetition, had: Sequence[type[Event]]) -> Iterator[Fault]:
    """Yield what is wrong with the test of a step that is repeated."""
    if repeated.test is None or (repeated.while_ is not None and repeated.until is not None):
        got = "none" if repeated.test is None else "both"
        yield Fault(
            name,
            f"expected a test before each round or after it, got {got}",
            "write while_= for a test before each, until= for one after each",
        )
    else:
        option = "while_" if repeated.until is None else "until"
        yield from _calls(f"{name} {option}", repeated.test, [*had, Rounds])


def _calls(where: str, function: Callable[..., object], had: Sequence[type[Event]]) -> Iterator[Fault]:
    try:
        inspect.signature(function).bind(*had)
    except TypeError:
        yield Fault(
            where,
            f"expected a function of {', '.join(one.__name__ for one in had)}, got one that takes "
            f"{inspect.signature(function)}",
            f"write lambda {_spelled(had)}: ...",
        )


def _misleading(plan: Plan) -> Iterator[Fault]:
    """Yield the answers that may still come from a step without which the process went on."""
    gone: dict[type[Fact], str] = {}
    for step in plan.steps:
        for answer in step.answers:
            if answer in gone:
                yield Fault(
                    step.name,
                    f"expected an answer of its own, got {answer.__name__}, which may still come from "
                    f"{gone[answer]!r}, without which the process may have gone on",
                    f"give {step.intent.__name__} a fact of its own",
                )
        if step.on_failure is OnFailure.CONTINUE:
            gone |= dict.fromkeys(step.answers, step.name)


def _fits(given: object, wanted: object) -> bool:
    """Say whether every value of one type is one of another, as far as that is plain."""
    allowed = list(alternatives(wanted))
    return all(one in allowed or _is_kind_of(one, allowed) for one in alternatives(given))


def _is_kind_of(given: object, allowed: Sequence[object]) -> bool:
    return isinstance(given, type) and any(isinstance(one, type) and issubclass(given, one) for one in allowed)


def _name(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _spelled(had: Sequence[type[Event]]) -> str:
    return ", ".join(snake_case(one.__name__) for one in had)
