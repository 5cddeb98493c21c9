"""``pipeline``: steps in sequence, each an intent, with the results carried in types.

The short way to a machine: the states, their kinds and their transitions are made from the
list of steps, and are what one would write by hand. What may never be here: a second kind of
machine; whatever is made is read and checked by the kernel.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar, TypeVarTuple, cast, overload

from telic.kernel.events import Command, Fact
from telic.kernel.intents import Intent
from telic.kernel.machine import Machine
from telic.patterns.making import checked
from telic.patterns.pipeline_states import PipelineFinished, PipelineRunning, PipelineStopped, made_pipeline
from telic.patterns.plans import OnFailure, Plan, Repetition, Step, named_by

if TYPE_CHECKING:
    from telic.kernel.upcasters import Upcaster

__all__ = ["Pipeline", "pipeline"]

B = TypeVar("B", bound=Command)
F = TypeVar("F", bound=Fact)
G = TypeVar("G", bound=Fact)
Had = TypeVarTuple("Had")


class Pipeline(Generic[B, *Had]):
    """Steps that are being put together; each call returns a new one, so a beginning can be shared.

    Made by :func:`pipeline`, ended by :meth:`finish`. The type carries what each step has for
    those that follow: the command that began, then the results, in order.
    """

    __slots__ = ("_plan",)

    def __init__(self, plan: Plan) -> None:
        """Take the steps so far; use :func:`pipeline`."""
        self._plan = plan

    @overload
    def do(
        self,
        intent: type[Intent[F]],
        make: Callable[[B, *Had], Intent[F]] | None = None,
        *,
        expect: None = None,
        when: None = None,
        named: str = "",
        stop_on_failure: bool = False,
    ) -> Pipeline[B, *Had, F]: ...
    @overload
    def do(
        self,
        intent: type[Intent[F]],
        make: Callable[[B, *Had], Intent[F]] | None = None,
        *,
        expect: None = None,
        when: Callable[[B, *Had], bool],
        named: str = "",
        stop_on_failure: bool = False,
    ) -> Pipeline[B, *Had, F | None]: ...
    @overload
    def do(
        self,
        intent: type[Intent[Fact]],
        make: Callable[[B, *Had], Intent[Fact]] | None = None,
        *,
        expect: type[G],
        when: None = None,
        named: str = "",
        stop_on_failure: bool = False,
    ) -> Pipeline[B, *Had, G]: ...
    @overload
    def do(
        self,
        intent: type[Intent[Fact]],
        make: Callable[[B, *Had], Intent[Fact]] | None = None,
        *,
        expect: type[G],
        when: Callable[[B, *Had], bool],
        named: str = "",
        stop_on_failure: bool = False,
    ) -> Pipeline[B, *Had, G | None]: ...
    def do(
        self,
        intent: type[Intent[Fact]],
        make: Callable[..., Intent[Fact]] | None = None,
        *,
        expect: type[Fact] | None = None,
        when: Callable[..., bool] | None = None,
        named: str = "",
        stop_on_failure: bool = False,
    ) -> object:
        """Add a step, without which the process does not go on.

        An answer other than the expected one stops the process. A step whose condition does not
        hold is left out; ``None`` stands in the place of its result.

        Args:
            intent: What is to be done.
            make: Makes the intent from the command that began and the results so far. Left out,
                each field takes the value of that name, of the latest that has one.
            expect: The answer with which the process goes on, where there are several.
            when: Whether the step is done; asked with the same values. Steps in a row with the same
                function are one group: it is asked once, before the first of them.
            named: The name of the step; that of the intent by default, in small letters.
            stop_on_failure: Whether the process stops when the intent is given up; it stays
                there otherwise, until an operator redrives the intent.
        """
        policy = OnFailure.STOP if stop_on_failure else OnFailure.REDRIVE
        return self._with(Step(named or named_by(intent), intent, make, expect, when, policy))

    @overload
    def attempt(
        self,
        intent: type[Intent[F]],
        make: Callable[[B, *Had], Intent[F]] | None = None,
        *,
        expect: None = None,
        when: Callable[[B, *Had], bool] | None = None,
        named: str = "",
    ) -> Pipeline[B, *Had, F | None]: ...
    @overload
    def attempt(
        self,
        intent: type[Intent[Fact]],
        make: Callable[[B, *Had], Intent[Fact]] | None = None,
        *,
        expect: type[G],
        when: Callable[[B, *Had], bool] | None = None,
        named: str = "",
    ) -> Pipeline[B, *Had, G | None]: ...
    def attempt(
        self,
        intent: type[Intent[Fact]],
        make: Callable[..., Intent[Fact]] | None = None,
        *,
        expect: type[Fact] | None = None,
        when: Callable[..., bool] | None = None,
        named: str = "",
    ) -> object:
        """Add a step without which the process goes on as well.

        When it is given up or has another answer than the expected one, ``None`` stands in the
        place of its result. An answer that comes after it was given up is ignored, for that reason.

        Args:
            intent: What is to be done.
            make: As in :meth:`do`.
            expect: The answer that is kept, where there are several.
            when: As in :meth:`do`.
            named: As in :meth:`do`.
        """
        return self._with(Step(named or named_by(intent), intent, make, expect, when, OnFailure.CONTINUE))

    @overload
    def repeat(
        self,
        intent: type[Intent[F]],
        make: Callable[[B, *Had, tuple[F, ...]], Intent[F]] | None = None,
        *,
        expect: None = None,
        while_: Callable[[B, *Had, tuple[F, ...]], bool] | None = None,
        until: Callable[[B, *Had, tuple[F, ...]], bool] | None = None,
        named: str = "",
        stop_on_failure: bool = False,
    ) -> Pipeline[B, *Had, tuple[F, ...]]: ...
    @overload
    def repeat(
        self,
        intent: type[Intent[Fact]],
        make: Callable[[B, *Had, tuple[G, ...]], Intent[Fact]] | None = None,
        *,
        expect: type[G],
        while_: Callable[[B, *Had, tuple[G, ...]], bool] | None = None,
        until: Callable[[B, *Had, tuple[G, ...]], bool] | None = None,
        named: str = "",
        stop_on_failure: bool = False,
    ) -> Pipeline[B, *Had, tuple[G, ...]]: ...
    def repeat(
        self,
        intent: type[Intent[Fact]],
        make: Callable[..., Intent[Fact]] | None = None,
        *,
        expect: type[Fact] | None = None,
        while_: Callable[..., bool] | None = None,
        until: Callable[..., bool] | None = None,
        named: str = "",
        stop_on_failure: bool = False,
    ) -> object:
        """Add a step that is done again and again: a loop with one way in and one way out.

        Its result is a tuple of those of all rounds. It is *Structured Loop* of Russell, ter Hofstede, van
        der Aalst and Mulyar, *Workflow Control-Flow Patterns: A Revised View* (2006). A machine whose test
        does not say how many rounds there are at most cannot be explored to its end.

        Args:
            intent: What is to be done in each round.
            make: Makes the intent from the command that began, the results so far, and those of the
                rounds so far; left out, as in :meth:`do`.
            expect: As in :meth:`do`; another answer stops the process.
            while_: Says before each round whether it is done, so there may be none; asked with the same
                values as ``make``.
            until: Says after each round whether it was the last, so there is at least one.
            named: As in :meth:`do`.
            stop_on_failure: As in :meth:`do`.
        """
        policy = OnFailure.STOP if stop_on_failure else OnFailure.REDRIVE
        repeated = Repetition(while_, until)
        return self._with(Step(named or named_by(intent), intent, make, expect, on_failure=policy, repeated=repeated))

    def finish(
        self,
        outcome: type[F] | None = None,
        make: Callable[[B, *Had], F] | None = None,
        *,
        version: int = 1,
        upcasters: tuple[Upcaster, ...] = (),
    ) -> Machine[PipelineRunning | PipelineFinished[B, *Had] | PipelineStopped, B | Fact]:
        """Return the machine.

        Args:
            outcome: The fact that a parent receives when every step is done; it receives
                :class:`StoppedAtStep` otherwise.
            make: Makes it from all that was had; left out, it is filled by name.
            version: The version of the code.
            upcasters: What reads the values that older versions have stored.

        Raises:
            DefinitionError: With every fault of the steps; or, where they have none, of the machine.
        """
        plan = replace(self._plan, outcome=(outcome, make) if outcome is not None else None)
        checked(plan)
        machine = made_pipeline(plan, version, upcasters)
        return cast("Machine[PipelineRunning | PipelineFinished[B, *Had] | PipelineStopped, B | Fact]", machine)

    def _with(self, step: Step) -> Pipeline[B, *Had]:
        return Pipeline(replace(self._plan, steps=(*self._plan.steps, step)))


def pipeline(name: str, begin: type[B]) -> Pipeline[B]:
    """Begin a process of steps in sequence.

    Args:
        name: The name of the machine; instances are stored under it.
        begin: The command with which an instance begins.

    Example:
        >>> class Onboard(Command):
        ...     email: str
        >>> class AccountCreated(Fact):
        ...     number: int
        >>> class WelcomeSent(Fact): ...
        >>> class CreateAccount(Intent[AccountCreated]):
        ...     email: str
        >>> class SendWelcome(Intent[WelcomeSent]):
        ...     text: str
        >>> onboarding = (
        ...     pipeline("onboarding", Onboard)
        ...     .do(CreateAccount)
        ...     .do(SendWelcome, lambda asked, account: SendWelcome(text=f"You are number {account.number}."))
        ...     .finish()
        ... )
        >>> [state.__name__ for state in onboarding.states]
        ['AwaitingCreateAccount', 'AwaitingSendWelcome', 'OnboardingFinished']
    """
    # As in the standard library's own makers of classes: where it is called is where it is found again.
    module = sys._getframe(1).f_globals.get("__name__", "__main__")  # noqa: SLF001
    return Pipeline(Plan(name, begin, module))
