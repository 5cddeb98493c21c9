"""States, and the marks that make a method a transition.

A state is a frozen model, one class per state. Its transitions are methods on it. What may
never be here: the rules by which an instance moves; those stand in ``advance``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar, overload

from telic.kernel.context import Context
from telic.kernel.events import Command, Event, Fact
from telic.kernel.intents import Emission, Intent
from telic.kernel.orders import IntentFailed
from telic.kernel.values import Value
from telic.kernel.verdicts import Defer, Ignore, Reject, Verdict
from telic.kernel.waits import Wait

__all__ = ["Attribute", "FinalState", "Ignores", "Keeps", "Result", "State", "lift", "start", "transition"]

if TYPE_CHECKING:
    AnyIntent: TypeAlias = Intent[Fact]
else:
    # Naming its argument would make Pydantic build the model while telic is imported.
    AnyIntent = Intent

Attribute = str | int | bool | Decimal | date | datetime
Result = tuple["State", Emission | Verdict]

S = TypeVar("S")
C = TypeVar("C", bound=Command)
F = TypeVar("F", bound=Fact)
CommandResult = TypeVar("CommandResult", bound=tuple["State", Emission | Reject | Ignore | Defer])
FactResult = TypeVar("FactResult", bound=tuple["State", Emission | Ignore | Defer])
StartResult = TypeVar("StartResult", bound=tuple["State", Emission | Reject] | tuple[None, Reject])
Part = TypeVar("Part")
Whole = TypeVar("Whole")
Out = TypeVar("Out")
V = TypeVar("V", bound=Verdict)

TRANSITION = "__telic_transition__"
START = "__telic_start__"


class Ignores:
    """Says that some events are dropped in a state, and why that is right.

    Attributes:
        events: Their types.
        why: The reason, recorded with each.
    """

    __slots__ = ("events", "why")

    def __init__(self, *events: type[Event], why: str) -> None:
        """Name the types and the reason.

        Raises:
            ValueError: When either is missing.
        """
        if not events or not why:
            raise ValueError("expected event types and a reason; do Ignores(EmailSent, why='the mail is best effort')")
        self.events = events
        self.why = why

    def __repr__(self) -> str:
        """Return the value as the call that makes it."""
        return f"{type(self).__name__}({', '.join(event.__name__ for event in self.events)}, why={self.why!r})"


class Keeps(Ignores):
    """Says that some facts change nothing in a state, and are kept for people who look after them.

    Stands in ``ignores`` of a final state, which can take nothing. What comes is not dropped: it is
    ``Unplaced``, shown to operators with its instance. It is for what only people can put right,
    such as a booking that succeeds after its process has ended.

    Example:
        ``ignores = (Keeps(HotelBooked, why="it is to be cancelled by hand"),)``
    """

    __slots__ = ()

    def __init__(self, *facts: type[Fact], why: str) -> None:
        """Name the types and the reason.

        Raises:
            ValueError: When either is missing.
            TypeError: For a type that is no fact of the machine's own.
        """
        super().__init__(*facts, why=why)
        given_types: tuple[type[Event], ...] = facts
        for given in given_types:
            if not issubclass(given, Fact) or issubclass(given, IntentFailed):
                raise TypeError(
                    f"expected facts of your own to keep, got {given.__name__}; do reject or defer a command, "
                    "take a failure in a transition, or name both in Ignores"
                )


class State(Value):
    """Base of the states of a machine.

    Both attributes are of the class; they are inherited, and add up over the bases.

    Attributes:
        ignores: Events whose dropping is right here, with the reason; and with :class:`Keeps`,
            facts that are kept for people.
        settles: Types of intents of which none is open here; checked on entry.
    """

    ignores: ClassVar[tuple[Ignores, ...]] = ()
    settles: ClassVar[tuple[type[AnyIntent], ...]] = ()

    # ``event`` is Any so that a state may override this with the events that it takes; a
    # narrower parameter would otherwise break the substitution rule for every such state.
    def handle(self, event: Any, ctx: Context | None = None) -> Result:  # noqa: ANN401  (see above)
        """Return the new state and what is to be done, or this state and a verdict.

        Args:
            event: A command or a fact.
            ctx: What else the step may know; needed where a transition asks for it.

        Raises:
            UnhandledEvent: For a fact that the state neither takes nor ignores.
        """
        from telic.kernel.dispatch import handle  # a cycle otherwise: it knows states

        return handle(self, event, ctx)

    def waits(self) -> tuple[Wait, ...]:
        """Return what this state is open to for as long as it holds."""
        return ()

    def attributes(self) -> Mapping[str, Attribute]:
        """Return what an instance in this state can be searched by."""
        return {}


class FinalState(State):
    """Base of the states in which an instance has ended."""

    def outcome(self) -> Fact | None:
        """Return the fact that a parent receives, if this machine is ever a child."""
        return None


@overload
def transition(method: Callable[[S, F], FactResult], /) -> Callable[[S, F], FactResult]: ...
@overload
def transition(method: Callable[[S, F, Context], FactResult], /) -> Callable[[S, F, Context], FactResult]: ...
@overload
def transition(method: Callable[[S, C], CommandResult], /) -> Callable[[S, C], CommandResult]: ...
@overload
def transition(method: Callable[[S, C, Context], CommandResult], /) -> Callable[[S, C, Context], CommandResult]: ...
def transition(method: Callable[..., object], /) -> Callable[..., object]:
    """Mark a method ``(self, event[, ctx]) -> tuple[NewState, Intent]`` as a transition.

    Both type checkers refuse a transition that may reject a fact.
    """
    setattr(method, TRANSITION, True)
    return method


@overload
def start(method: Callable[[S, F], StartResult], /) -> Callable[[S, F], StartResult]: ...
@overload
def start(method: Callable[[S, F, Context], StartResult], /) -> Callable[[S, F, Context], StartResult]: ...
@overload
def start(method: Callable[[S, C], StartResult], /) -> Callable[[S, C], StartResult]: ...
@overload
def start(method: Callable[[S, C, Context], StartResult], /) -> Callable[[S, C, Context], StartResult]: ...
def start(method: Callable[..., object], /) -> Callable[..., object]:
    """Mark a classmethod as the way an instance begins; stands under ``@classmethod``.

    One that may refuse a command says so with ``tuple[None, Reject]``: then nothing begins.
    """
    setattr(method, START, True)
    return method


# Two signatures, so that mypy takes the alternatives of a part one by one; with a single one it
# would join them to what they have in common.
@overload
def lift(result: tuple[Part, V], rebuild: Callable[[Part], Whole]) -> tuple[Whole, V]: ...
@overload
def lift(result: tuple[Part, Out], rebuild: Callable[[Part], Whole]) -> tuple[Whole, Out]: ...
def lift(result: tuple[Part, Out], rebuild: Callable[[Part], Whole]) -> tuple[Whole, Out]:
    """Carry a part's result over to the whole; a verdict stays a verdict.

    A part may be a union, and so may its result: of ``tuple[Packed, NoIntent] | tuple[Lost, Refund]``
    comes what the whole declares as ``tuple[Order, NoIntent | Refund]``.

    Args:
        result: What the part's own transition returned.
        rebuild: Makes the whole from the new part.

    Example:
        ``return lift(self.pick.scanned(event), lambda pick: self.evolve(pick=pick))``
    """
    part, out = result
    return rebuild(part), out
