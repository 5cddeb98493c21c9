"""What a user asks of all worlds: always, sometimes, eventually, leads to; under which fairness.

What may never be here: how it is decided.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from pydantic import BaseModel

from telic.kernel.events import Event, Fact
from telic.kernel.intents import Intent
from telic.kernel.snapshot import Begin
from telic.kernel.states import FinalState
from telic.verify.keys import tagged
from telic.verify.moves import Move
from telic.verify.worlds import World

__all__ = [
    "Fairness",
    "Predicate",
    "Property",
    "PropertyKind",
    "Strength",
    "always",
    "ended",
    "eventually",
    "is_",
    "leads_to",
    "sometimes",
    "strong",
    "weak",
]

Predicate: TypeAlias = Callable[[World], bool]


class PropertyKind(StrEnum):
    """What is asked."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    EVENTUALLY = "eventually"
    LEADS_TO = "leads to"


class Strength(StrEnum):
    """How much fairness asks for.

    Weak: what stays possible is done in the end. Strong: what becomes possible again and
    again is done in the end. Both after Lamport, *The Temporal Logic of Actions* (1994).
    """

    WEAK = "weak"
    STRONG = "strong"


class Fairness(NamedTuple):
    """Says that a kind of move is not put off for ever.

    Attributes:
        strength: Weak or strong.
        kind: The type of the event or the intent.
        fields: Values that the event or the intent must have.
        by: Fields for whose values it holds one by one.
    """

    strength: Strength
    kind: type[BaseModel]
    fields: tuple[tuple[str, object], ...] = ()
    by: tuple[str, ...] = ()

    def part(self, move: Move) -> object | None:
        """Return which part of this fairness a move belongs to, or ``None`` if to none."""
        for subject in (move.event, move.intent):
            if isinstance(subject, self.kind) and not isinstance(subject, Begin):
                values = [tagged(getattr(subject, name)) for name, _ in self.fields]
                if values == [tagged(value) for _, value in self.fields]:
                    return tuple(tagged(getattr(subject, name)) for name in self.by)
        return None


def _fairness(
    strength: Strength,
    what: type[Event | Intent[Fact]] | Event | Intent[Fact],
    by: str | tuple[str, ...],
    fields: dict[str, object],
) -> Fairness:
    by = (by,) if isinstance(by, str) else by
    if isinstance(what, type):
        return Fairness(strength, what, tuple(fields.items()), by)
    every = {name: getattr(what, name) for name in type(what).model_fields}
    return Fairness(strength, type(what), tuple({**every, **fields}.items()), by)


def weak(
    what: type[Event | Intent[Fact]] | Event | Intent[Fact], *, by: str | tuple[str, ...] = (), **fields: object
) -> Fairness:
    """Say that a move which stays possible is made in the end.

    Args:
        what: A type of event or intent, or one value.
        by: Fields for whose values this holds one by one: ``weak(Eat, by="philosopher")``.
        fields: Values that the event or intent must have.
    """
    return _fairness(Strength.WEAK, what, by, fields)


def strong(
    what: type[Event | Intent[Fact]] | Event | Intent[Fact], *, by: str | tuple[str, ...] = (), **fields: object
) -> Fairness:
    """Say that a move which becomes possible again and again is made in the end.

    Args:
        what: A type of event or intent, or one value.
        by: Fields for whose values this holds one by one.
        fields: Values that the event or intent must have.
    """
    return _fairness(Strength.STRONG, what, by, fields)


class Property(NamedTuple):
    """One thing that is asked of all worlds.

    Attributes:
        kind: What is asked.
        name: What it is called in a report.
        holds: What is to hold; of ``leads to`` what is to follow.
        when: Of ``leads to``: what it is to follow on.
        fair: Which moves are not put off for ever.
        answered: Open intents are answered and deadlines fire in the end; people may never come.
    """

    kind: PropertyKind
    name: str
    holds: Predicate
    when: Predicate | None = None
    fair: tuple[Fairness, ...] = ()
    answered: bool = True


def always(name: str, holds: Predicate) -> Property:
    """Ask that something holds in every world.

    Example:
        ``always("no double charge", lambda world: world.ghost.charged <= 1)``
    """
    return Property(PropertyKind.ALWAYS, name, holds)


def sometimes(name: str, holds: Predicate) -> Property:
    """Ask that something holds in at least one world."""
    return Property(PropertyKind.SOMETIMES, name, holds)


def eventually(
    name: str, holds: Predicate, *, fair: Fairness | tuple[Fairness, ...] = (), answered: bool = True
) -> Property:
    """Ask that something comes to hold at some time on every way.

    Args:
        name: What it is called.
        holds: What comes to hold.
        fair: Which moves are not put off for ever.
        answered: Open intents are answered, and deadlines fire, in the end.
    """
    return Property(PropertyKind.EVENTUALLY, name, holds, None, _tuple(fair), answered)


def leads_to(
    name: str,
    when: Predicate,
    then: Predicate,
    *,
    fair: Fairness | tuple[Fairness, ...] = (),
    answered: bool = True,
) -> Property:
    """Ask that whenever something holds, something else holds then or later.

    Args:
        name: What it is called.
        when: What it follows on.
        then: What follows.
        fair: Which moves are not put off for ever.
        answered: Open intents are answered, and deadlines fire, in the end.
    """
    return Property(PropertyKind.LEADS_TO, name, then, when, _tuple(fair), answered)


def is_(*states: type[BaseModel]) -> Predicate:
    """Return what holds in worlds of these states."""

    def holds(world: World) -> bool:
        return isinstance(world.state, states)

    return holds


def ended(world: World) -> bool:
    """Hold in worlds whose instance has ended."""
    return isinstance(world.state, FinalState)


def _tuple(fair: Fairness | tuple[Fairness, ...]) -> tuple[Fairness, ...]:
    return (fair,) if isinstance(fair, Fairness) else fair
