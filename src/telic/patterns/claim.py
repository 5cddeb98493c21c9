"""Claim: many are asked, the first takes it, and it may come back.

A part of a state: it knows who was asked, who has said no, and who has it. What may never be
here: how people are asked; that is an intent or a task of the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Generic, Self, TypeVar

from pydantic import AwareDatetime, Field, model_validator

from telic.kernel.events import Fact
from telic.kernel.frozen import FrozenSet
from telic.kernel.values import Value
from telic.kernel.waits import Deadline
from telic.patterns.refusing import AnsweredAlready, BadDefinition, HeldAlready, NotAsked

__all__ = ["Claim", "NobodyLeft", "Taken"]

if TYPE_CHECKING:
    P = TypeVar("P", bound=str)
else:
    # By its bound, Pydantic would make plain ids of typed ones where the class stands without its argument.
    P = TypeVar("P")
F = TypeVar("F", bound=Fact)


@dataclass(frozen=True)
class Taken(Generic[P]):
    """Somebody was first.

    Attributes:
        by: Who.
        claim: The claim, as it is now.
    """

    by: P
    claim: Claim[P]


@dataclass(frozen=True)
class NobodyLeft(Generic[P]):
    """All who were asked have said no.

    Attributes:
        claim: The claim, as it is now.
    """

    claim: Claim[P]


class Claim(Value, Generic[P]):
    """One thing that many may take: the first one has it.

    Made by :meth:`of` from names in the code, by :meth:`over` from those that come with an event.

    Attributes:
        asked: Who may take it, and has not said no.
        declined: Who has said no.
        holder: Who has it.
        keep: For how long whoever takes it may keep it.
        until: When it comes back, if it is held for a time.

    Example:
        >>> ride = Claim[str].of("ada", "ben")
        >>> from datetime import UTC, datetime
        >>> taken = ride.take("ben", datetime(2026, 1, 1, tzinfo=UTC))
        >>> assert isinstance(taken, Taken)
        >>> (taken.by, taken.claim.take("ada", datetime(2026, 1, 1, tzinfo=UTC)))
        ('ben', HeldAlready(holder='ben'))
    """

    asked: FrozenSet[P]
    declined: FrozenSet[P] = FrozenSet()
    holder: P | None = None
    keep: Annotated[timedelta, Field(gt=timedelta(0))] | None = None
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _is_asked(self) -> Self:
        if not (self.asked or self.declined):
            raise ValueError(_NOBODY)
        if self.holder is not None and self.holder not in self.asked:
            raise ValueError(f"expected a holder who is asked, got {self.holder!r}; do ask {self.holder} as well")
        return self

    @classmethod
    def of(cls, *people: P, keep: timedelta | None = None) -> Self:
        """Return a claim of people whose names stand in the code.

        Args:
            people: At least one, each once.
            keep: For how long whoever takes it may keep it; for ever, unless said.

        Raises:
            ValueError: For nobody, or somebody twice.
        """
        made = cls.over(people, keep=keep)
        if isinstance(made, BadDefinition):
            raise ValueError(made.why)  # noqa: TRY004  (the value is wrong, not its type)
        return made

    @classmethod
    def over(cls, people: Iterable[P], *, keep: timedelta | None = None) -> Self | BadDefinition:
        """Return a claim of people who came with an event, or why there can be none.

        Args:
            people: At least one, each once.
            keep: For how long whoever takes it may keep it; for ever, unless said.
        """
        given = tuple(people)
        twice = sorted({str(one) for one in given if given.count(one) > 1})
        if twice:
            return BadDefinition(what="claim", problem=f"expected each once, got {', '.join(twice)} twice; do ask once")
        if not given:
            return BadDefinition(what="claim", problem=_NOBODY)
        return cls(asked=FrozenSet(given), keep=keep)

    def take(self, who: str, now: datetime) -> Taken[P] | NotAsked | AnsweredAlready | HeldAlready:
        """Give it to whoever is first.

        Args:
            who: A person, or ``ctx.actor``.
            now: The moment, from which it may be kept for a time.
        """
        person = self._person(who)
        if isinstance(person, (NotAsked, AnsweredAlready)):
            return person
        if self.holder is not None:
            return HeldAlready(holder=self.holder)
        until = now + self.keep if self.keep is not None else None
        return Taken(person, self.evolve(holder=person, until=until))

    def decline(self, who: str) -> Self | NobodyLeft[P] | NotAsked | AnsweredAlready:
        """Note that somebody does not want it; one who holds it gives it back as well.

        Args:
            who: A person, or ``ctx.actor``.
        """
        person = self._person(who)
        if isinstance(person, (NotAsked, AnsweredAlready)):
            return person
        free = self.release() if self.holder == person else self
        after = free.evolve(asked=free.asked.without(person), declined=free.declined.put(person))
        return after if after.asked else NobodyLeft(after)

    def release(self) -> Self:
        """Give it back: anybody who is asked may take it again."""
        return self.evolve(holder=None, until=None)

    def deadline(self, event: F, *, key: str | None = None) -> tuple[Deadline[F], ...]:
        """Return the wait for the end of its time: one deadline, or none when it is not held for a time.

        Args:
            event: What comes at that moment.
            key: The name of the wait, where a state has several.
        """
        return () if self.until is None else (Deadline(at=self.until, event=event, key=key),)

    def _person(self, who: str) -> P | NotAsked | AnsweredAlready:
        found = next((one for one in self.asked if one == who), None)
        if found is not None:
            return found
        if any(one == who for one in self.declined):
            return AnsweredAlready(who=who)
        return NotAsked(who=who, asked=tuple(self.asked))


_NOBODY = "expected at least one person, got none; do ask somebody"
