"""Panels: who has to agree, how many of them, by when, and up to which amount.

Values that are written once, beside the machine, or made from what an event brings. What may
never be here: who has agreed so far; see ``approval``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Generic, Self, TypeVar

from pydantic import Field, model_validator

from telic.kernel.values import TypedId, Value
from telic.patterns.refusing import BadDefinition

__all__ = ["Ladder", "Panel", "Rung"]

if TYPE_CHECKING:
    P = TypeVar("P", bound=TypedId)
else:
    # By its bound, Pydantic would make plain ids of typed ones where the class stands without its argument.
    P = TypeVar("P")


class Panel(Value, Generic[P]):
    """People who are asked at the same time, and how many of them have to agree.

    Made by :meth:`of` from names in the code, by :meth:`over` from those that come with an event.

    Attributes:
        members: Who is asked.
        need: How many have to agree; ``None`` for all.
        within: How long they have; without it, for as long as they like.
        escalate_to: Who is asked alone when that time is up, one after the other.
        veto: Whether one who declines is enough to decline.

    Example:
        >>> class PersonId(TypedId): ...
        >>> ada, ben, cyd = PersonId("ada"), PersonId("ben"), PersonId("cyd")
        >>> Panel[PersonId].of(ada, ben, cyd, need=2).need
        2
        >>> Panel[PersonId].of(ada, ada)
        Traceback (most recent call last):
        ...
        ValueError: panel: expected each person once, got ada twice; do name each once
    """

    members: Annotated[tuple[P, ...], Field(min_length=1)]
    need: Annotated[int, Field(ge=1)] | None = None
    within: Annotated[timedelta, Field(gt=timedelta(0))] | None = None
    escalate_to: tuple[P, ...] = ()
    veto: bool = False

    @model_validator(mode="after")
    def _can_agree(self) -> Self:
        problem = _problem(self.members, self.need, self.within, self.escalate_to)
        if problem:
            raise ValueError(problem)
        return self

    @property
    def needed(self) -> int:
        """How many have to agree, as a number."""
        return len(self.members) if self.need is None else self.need

    @classmethod
    def of(
        cls,
        *members: P,
        need: int | None = None,
        within: timedelta | None = None,
        escalate_to: tuple[P, ...] = (),
        veto: bool = False,
    ) -> Self:
        """Return a panel of people whose names stand in the code.

        Args:
            members: At least one, each once.
            need: How many have to agree; all, unless said.
            within: How long they have.
            escalate_to: Who is asked alone when that time is up, one after the other.
            veto: Whether one who declines is enough to decline.

        Raises:
            ValueError: For nobody, somebody twice, a need that cannot be met, or an escalation without a time.
        """
        made = cls.over(members, need=need, within=within, escalate_to=escalate_to, veto=veto)
        if isinstance(made, BadDefinition):
            raise ValueError(made.why)  # noqa: TRY004  (the value is wrong, not its type)
        return made

    @classmethod
    def over(
        cls,
        members: Iterable[P],
        *,
        need: int | None = None,
        within: timedelta | None = None,
        escalate_to: tuple[P, ...] = (),
        veto: bool = False,
    ) -> Self | BadDefinition:
        """Return a panel of people who came with an event, or why there can be none.

        Args:
            members: At least one, each once.
            need: How many have to agree; all, unless said.
            within: How long they have.
            escalate_to: Who is asked alone when that time is up, one after the other.
            veto: Whether one who declines is enough to decline.
        """
        given = tuple(members)
        problem = _problem(given, need, within, escalate_to)
        if problem:
            return BadDefinition(what="panel", problem=problem)
        return cls(members=given, need=need, within=within, escalate_to=escalate_to, veto=veto)


class Rung(Value, Generic[P]):
    """The panels that are asked up to an amount.

    Attributes:
        up_to: The largest amount; ``None`` for any.
        panels: Who is asked, one panel after the other.
    """

    up_to: Decimal | None
    panels: Annotated[tuple[Panel[P], ...], Field(min_length=1)]


class Ladder(Value, Generic[P]):
    """Who is asked, by amount: the first rung that the amount does not exceed.

    Attributes:
        rungs: From small to large; the last one has no limit.

    Example:
        >>> class PersonId(TypedId): ...
        >>> lead, head = (Panel[PersonId].of(PersonId(name)) for name in ("lead", "head"))
        >>> ladder = Ladder[PersonId].of((1000, [lead]), (None, [lead, head]))
        >>> [len(ladder.panels_for(Decimal(amount))) for amount in (1000, 1001)]
        [1, 2]
    """

    rungs: tuple[Rung[P], ...]

    @model_validator(mode="after")
    def _leads_up(self) -> Self:
        if not self.rungs or self.rungs[-1].up_to is not None:
            raise ValueError(
                "expected a last rung without a limit, got none; do say who is asked for any larger amount"
            )
        for one, other in pairwise(self.rungs):
            if one.up_to is None or (other.up_to is not None and other.up_to <= one.up_to):
                raise ValueError(f"expected larger amounts from rung to rung, got {other.up_to} after {one.up_to}")
        return self

    @classmethod
    def of(cls, *rungs: tuple[Decimal | int | None, Iterable[Panel[P]]]) -> Self:
        """Return a ladder.

        Args:
            rungs: The largest amount and the panels of each, from small to large; the last amount is ``None``.

        Raises:
            ValueError: For amounts out of order, no panel, or a last rung with a limit.
        """
        made = [Rung(up_to=None if top is None else Decimal(top), panels=tuple(panels)) for top, panels in rungs]
        return cls(rungs=tuple(made))

    def panels_for(self, amount: Decimal) -> tuple[Panel[P], ...]:
        """Return who is asked about an amount.

        Args:
            amount: How much.
        """
        return next(rung.panels for rung in self.rungs if rung.up_to is None or amount <= rung.up_to)


def _problem(members: tuple[str, ...], need: int | None, within: timedelta | None, escalate_to: tuple[str, ...]) -> str:
    """Return what is wrong with a panel, or nothing."""
    for people in (members, escalate_to):
        twice = sorted({str(one) for one in people if people.count(one) > 1})
        if twice:
            return f"expected each person once, got {', '.join(twice)} twice; do name each once"
    if not members:
        return "expected at least one person, got none; do ask somebody, or decide without a panel"
    if need is not None and not 1 <= need <= len(members):
        return f"expected a need from 1 to {len(members)}, got {need}; do ask for as many as there are people"
    if escalate_to and within is None:
        return "expected within= beside escalate_to=, got none; do say after how long somebody else is asked"
    return ""
