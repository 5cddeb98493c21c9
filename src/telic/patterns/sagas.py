"""``saga``: steps in sequence, each with what undoes it; undone in reverse when one does not succeed.

The name and the idea are of Garcia-Molina and Salem, "Sagas" (SIGMOD 1987). What may never be
here: a second kind of machine; whatever is made is read and checked by the kernel.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, TypeVarTuple, cast, overload

from telic.kernel.errors import Fault
from telic.kernel.events import Command, Fact
from telic.kernel.intents import Intent
from telic.kernel.machine import Machine
from telic.patterns.making import checked
from telic.patterns.plans import Compensation, OnFailure, Plan, Step, named_by, plan_faults
from telic.patterns.saga_making import made_saga
from telic.patterns.saga_states import (
    SagaCancelling,
    SagaCompleted,
    SagaHandedOver,
    SagaRunning,
    SagaUndoing,
    SagaUndone,
    SettleUndo,
)

if TYPE_CHECKING:
    from telic.kernel.upcasters import Upcaster

__all__ = ["Saga", "saga"]

B = TypeVar("B", bound=Command)
F = TypeVar("F", bound=Fact)
G = TypeVar("G", bound=Fact)
Had = TypeVarTuple("Had")
Whole: TypeAlias = SagaRunning | SagaCancelling | SagaUndoing | SagaHandedOver | SagaCompleted[B, *Had] | SagaUndone


class Saga(Generic[B, *Had]):
    """Steps that are being put together; each call returns a new one, so a beginning can be shared.

    Made by :func:`saga`, ended by :meth:`finish`. The type carries what each step has for those
    that follow: the command that began, then the results, in order.
    """

    __slots__ = ("_plan", "_stray")

    def __init__(self, plan: Plan, stray: tuple[Fault, ...] = ()) -> None:
        """Take the steps so far; use :func:`saga`."""
        self._plan = plan
        self._stray = stray

    @overload
    def do(
        self,
        intent: type[Intent[F]],
        make: Callable[[B, *Had], Intent[F]] | None = None,
        *,
        expect: None = None,
        when: None = None,
        named: str = "",
        undo: type[Intent[Fact]] | None = None,
        undo_with: Callable[[B, *Had, F], Intent[Fact]] | None = None,
        undo_expect: type[Fact] | None = None,
    ) -> Saga[B, *Had, F]: ...
    @overload
    def do(
        self,
        intent: type[Intent[F]],
        make: Callable[[B, *Had], Intent[F]] | None = None,
        *,
        expect: None = None,
        when: Callable[[B, *Had], bool],
        named: str = "",
        undo: type[Intent[Fact]] | None = None,
        undo_with: Callable[[B, *Had, F], Intent[Fact]] | None = None,
        undo_expect: type[Fact] | None = None,
    ) -> Saga[B, *Had, F | None]: ...
    @overload
    def do(
        self,
        intent: type[Intent[Fact]],
        make: Callable[[B, *Had], Intent[Fact]] | None = None,
        *,
        expect: type[G],
        when: None = None,
        named: str = "",
        undo: type[Intent[Fact]] | None = None,
        undo_with: Callable[[B, *Had, G], Intent[Fact]] | None = None,
        undo_expect: type[Fact] | None = None,
    ) -> Saga[B, *Had, G]: ...
    @overload
    def do(
        self,
        intent: type[Intent[Fact]],
        make: Callable[[B, *Had], Intent[Fact]] | None = None,
        *,
        expect: type[G],
        when: Callable[[B, *Had], bool],
        named: str = "",
        undo: type[Intent[Fact]] | None = None,
        undo_with: Callable[[B, *Had, G], Intent[Fact]] | None = None,
        undo_expect: type[Fact] | None = None,
    ) -> Saga[B, *Had, G | None]: ...
    def do(
        self,
        intent: type[Intent[Fact]],
        make: Callable[..., Intent[Fact]] | None = None,
        *,
        expect: type[Fact] | None = None,
        when: Callable[..., bool] | None = None,
        named: str = "",
        undo: type[Intent[Fact]] | None = None,
        undo_with: Callable[..., Intent[Fact]] | None = None,
        undo_expect: type[Fact] | None = None,
    ) -> object:
        """Add a step.

        Where it has another answer than the expected one, or is given up, the steps before it are
        undone, the last first.

        Args:
            intent: What is to be done.
            make: Makes the intent from the command that began and the results so far. Left out,
                each field takes the value of that name, of the latest that has one.
            expect: The answer with which the saga goes on, where there are several.
            when: Whether the step is done; asked with the same values. Steps in a row with the same
                function are one group: it is asked once, before the first of them.
            named: The name of the step; that of the intent by default, in small letters.
            undo: What undoes it; a step without needs no undoing.
            undo_with: Makes that intent from the same values and the result of the step. Left out,
                it is filled by name.
            undo_expect: The answer that says that it is undone, where there are several; any other
                hands it over to people.
        """
        name = named or named_by(intent)
        stray = self._stray
        if undo is None and (undo_with is not None or undo_expect is not None):
            given = "undo_with" if undo_with is not None else "undo_expect"
            stray = (*stray, Fault(name, f"expected undo= beside {given}=, got none", "write undo=SomeIntent"))
        compensation = Compensation(undo, undo_with, undo_expect) if undo is not None else None
        step = Step(name, intent, make, expect, when, OnFailure.STOP, compensation)
        return Saga[B, *Had](replace(self._plan, steps=(*self._plan.steps, step)), stray)

    def finish(
        self,
        outcome: type[F] | None = None,
        make: Callable[[B, *Had], F] | None = None,
        *,
        version: int = 1,
        upcasters: tuple[Upcaster, ...] = (),
        groups: tuple[str, ...] = (),
    ) -> Machine[
        SagaRunning | SagaCancelling | SagaUndoing | SagaHandedOver | SagaCompleted[B, *Had] | SagaUndone,
        B | SettleUndo | Fact,
    ]:
        """Return the machine.

        Args:
            outcome: The fact that a parent receives when every step is done; it receives
                :class:`StoppedAtStep` otherwise.
            make: Makes it from all that was had; left out, it is filled by name.
            version: The version of the code.
            upcasters: What reads the values that older versions have stored.
            groups: Who is asked to undo what the saga cannot.

        Raises:
            DefinitionError: With every fault of the steps; or, where they have none, of the machine.
        """
        plan = replace(self._plan, outcome=(outcome, make) if outcome is not None else None)
        checked(plan, self._stray or tuple(_saga_faults(plan)))
        machine = made_saga(plan, version, upcasters, groups)
        return cast("Machine[Whole[B, *Had], B | SettleUndo | Fact]", machine)


def _saga_faults(plan: Plan) -> Iterator[Fault]:
    """Yield what is wrong with a plan that could be carried out, but not undone."""
    if plan_faults(plan):
        return
    if not any(step.undo is not None for step in plan.steps):
        yield Fault(
            plan.name, "expected a step that can be undone, got none", "write undo=SomeIntent, or make a pipeline of it"
        )
    asked: dict[type[Fact], str] = {}
    for where, intent, answer in _answers(plan):
        if answer in asked:
            yield Fault(
                where,
                f"expected answers of its own, since what comes late is told apart by them, got "
                f"{answer.__name__}, which answers {asked[answer]} as well",
                f"give {intent.__name__} a fact of its own",
            )
        asked.setdefault(answer, where)


def _answers(plan: Plan) -> Iterator[tuple[str, type[Intent[Fact]], type[Fact]]]:
    """Yield each answer that a saga may get, with the place in the plan and the intent that it answers."""
    for step in plan.steps:
        yield from ((step.name, step.intent, answer) for answer in step.answers)
        if step.undo is not None:
            answers = (step.undo.result, *step.undo.others)
            yield from ((f"{step.name} undo", step.undo.intent, answer) for answer in answers)


def saga(name: str, begin: type[B]) -> Saga[B]:
    """Begin a process of steps that are undone when one of them does not succeed.

    Args:
        name: The name of the machine; instances are stored under it.
        begin: The command with which an instance begins.

    Example:
        >>> class BookTrip(Command):
        ...     city: str
        >>> class FlightBooked(Fact):
        ...     seat: int
        >>> class FlightCancelled(Fact): ...
        >>> class HotelBooked(Fact): ...
        >>> class HotelFull(Fact): ...
        >>> class BookFlight(Intent[FlightBooked]):
        ...     city: str
        >>> class CancelFlight(Intent[FlightCancelled]):
        ...     seat: int
        >>> class BookHotel(Intent[HotelBooked | HotelFull]):
        ...     city: str
        >>> trip = saga("trip", BookTrip).do(BookFlight, undo=CancelFlight).do(BookHotel, expect=HotelBooked).finish()
        >>> [state.__name__ for state in trip.states if "Flight" in state.__name__]
        ['AwaitingBookFlight', 'CancellingBookFlight', 'UndoingBookFlight', 'HandedOverBookFlight']
    """
    # As in the standard library's own makers of classes: where it is called is where it is found again.
    module = sys._getframe(1).f_globals.get("__name__", "__main__")  # noqa: SLF001
    return Saga(Plan(name, begin, module))
