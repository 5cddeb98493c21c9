"""Approval: people are asked, panel after panel, until it is decided.

A part of a state: it knows who is asked now, who has said what, and by when. The state
declares its tasks and its deadline, and its transitions say what follows. What may never be
here: what is approved, or who may hand over somebody else's seat; the state decides that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Generic, Self, TypeVar

from pydantic import AwareDatetime, Field

from telic.kernel.events import Command, Fact
from telic.kernel.values import TypedId, Value
from telic.kernel.waits import Deadline, HumanTask
from telic.patterns.panels import Panel
from telic.patterns.refusing import AnsweredAlready, HeldAlready, NoReason, NotAsked

__all__ = ["Approval", "Approved", "Choice", "Declined", "Lapsed", "Returned", "Seat"]

if TYPE_CHECKING:
    P = TypeVar("P", bound=TypedId)
else:
    # By its bound, Pydantic would make plain ids of typed ones where the class stands without its argument.
    P = TypeVar("P")
C = TypeVar("C", bound=Command)
F = TypeVar("F", bound=Fact)


class Choice(StrEnum):
    """What somebody who is asked may say."""

    APPROVE = "approve"
    DECLINE = "decline"
    ASK_FOR_CHANGES = "ask_for_changes"


class Seat(Value, Generic[P]):
    """One voice in a panel.

    Attributes:
        member: Whose seat it is.
        holder: Who speaks: the member, or whom it was handed over to.
        choice: What was said; ``None`` as long as it is open.
        comment: What was written beside it.
    """

    member: P
    holder: P
    choice: Choice | None = None
    comment: str = ""


@dataclass(frozen=True)
class Approved(Generic[P]):
    """Every panel has agreed.

    Attributes:
        approval: The approval, as it is now.
    """

    approval: Approval[P]

    @property
    def by(self) -> tuple[P, ...]:
        """Who has agreed, panel by panel."""
        return tuple(seat.holder for seat in self.approval.said if seat.choice is Choice.APPROVE)


@dataclass(frozen=True)
class Declined(Generic[P]):
    """A panel cannot agree any more.

    Attributes:
        approval: The approval, as it is now.
        by: Who has made it so.
        reason: Why.
    """

    approval: Approval[P]
    by: P
    reason: str


@dataclass(frozen=True)
class Returned(Generic[P]):
    """Somebody asks for changes; :meth:`Approval.resubmitted` comes back.

    Attributes:
        approval: The approval, as it is now.
        by: Who asks.
        reason: What is to be changed.
    """

    approval: Approval[P]
    by: P
    reason: str


@dataclass(frozen=True)
class Lapsed(Generic[P]):
    """The time is up, and there is nobody left to ask instead.

    Attributes:
        approval: The approval, as it is now.
    """

    approval: Approval[P]


class Approval(Value, Generic[P]):
    """Panels in sequence, each of people who are asked at the same time.

    Begun with :meth:`asked`. Each call returns the approval as it is now, what it has come to
    (:class:`Approved`, :class:`Declined`, :class:`Returned`, :class:`Lapsed`), or a refusal.

    Attributes:
        panels: Who is asked, one panel after the other.
        stage: Which panel is asked now, from 0 on.
        level: How often it was escalated.
        seats: The voices of that panel.
        earlier: What was said before.
        opened_at: Since when that panel is asked.

    Example:
        >>> from datetime import UTC
        >>> class PersonId(TypedId): ...
        >>> noon, ada, ben = datetime(2026, 1, 1, tzinfo=UTC), PersonId("ada"), PersonId("ben")
        >>> approval = Approval[PersonId].asked([Panel[PersonId].of(one) for one in (ada, ben)], noon)
        >>> approval = approval.decide("ada", Choice.APPROVE, "", noon)
        >>> assert isinstance(approval, Approval)
        >>> approval.decide("ada", Choice.APPROVE, "", noon)
        NotAsked(who='ada', asked=('ben',))
        >>> type(approval.decide("ben", Choice.APPROVE, "", noon)).__name__
        'Approved'
    """

    panels: Annotated[tuple[Panel[P], ...], Field(min_length=1)]
    stage: int = 0
    level: int = 0
    seats: tuple[Seat[P], ...]
    earlier: tuple[Seat[P], ...] = ()
    opened_at: AwareDatetime

    @classmethod
    def asked(cls, panels: Iterable[Panel[P]], now: datetime) -> Self:
        """Return an approval that has just begun.

        Args:
            panels: At least one, in sequence.
            now: The moment.

        Raises:
            ValueError: Without any panel.
        """
        given = tuple(panels)
        if not given:
            raise ValueError("expected at least one panel, got none; do ask somebody, or go on without an approval")
        return cls(panels=given, seats=_seats(given[0].members), opened_at=now)

    @property
    def due(self) -> datetime | None:
        """By when the present panel is to decide."""
        within = self.panels[self.stage].within
        return None if within is None else self.opened_at + within

    @property
    def said(self) -> tuple[Seat[P], ...]:
        """Who has said what, in the order of the panels."""
        return (*self.earlier, *(seat for seat in self.seats if seat.choice is not None))

    @property
    def open_seats(self) -> tuple[Seat[P], ...]:
        """Whose answer is missing."""
        return tuple(seat for seat in self.seats if seat.choice is None)

    def tasks(
        self,
        answer: type[C],
        *,
        title: str = "",
        description: str = "",
        remind: tuple[timedelta, ...] = (),
        priority: int = 0,
    ) -> tuple[HumanTask[C], ...]:
        """Return a task for each whose answer is missing.

        Args:
            answer: The command that they fill in.
            title: One line for the inbox.
            description: What is to be done, in full.
            remind: When to remind, as offsets before the panel's time is up; not without such a time.
            priority: Larger comes first.
        """
        return tuple(
            HumanTask(
                answer=answer,
                title=title,
                key=f"{self.stage}-{self.level}-{seat.holder}",
                description=description,
                assignee=seat.holder,
                due=self.due,
                remind=remind if self.due is not None else (),
                priority=priority,
            )
            for seat in self.open_seats
        )

    def deadline(self, event: F, *, key: str | None = None) -> tuple[Deadline[F], ...]:
        """Return the wait for the end of the panel's time: one deadline, or none.

        Args:
            event: What comes at that moment.
            key: The name of the wait, where a state has several.
        """
        return () if self.due is None else (Deadline(at=self.due, event=event, key=key),)

    def decide(
        self, by: str, choice: Choice, comment: str, now: datetime
    ) -> Self | Approved[P] | Declined[P] | Returned[P] | NotAsked | AnsweredAlready | NoReason:
        """Note what somebody says.

        Args:
            by: Who speaks: ``ctx.actor``, as a rule.
            choice: What is said.
            comment: What is written beside it; a reason, for all but an approval.
            now: The moment.
        """
        seat = self._seat(by)
        if not isinstance(seat, Seat):
            return seat
        if choice is not Choice.APPROVE and not comment.strip():
            return NoReason(choice=choice)
        after = self._put(seat, seat.evolve(choice=choice, comment=comment))
        yes = sum(one.choice is Choice.APPROVE for one in after.seats)
        if choice is Choice.ASK_FOR_CHANGES:
            return Returned(after, seat.holder, comment)
        if choice is Choice.DECLINE:
            lost = self.panels[self.stage].veto or yes + len(after.open_seats) < self._need
            return Declined(after, seat.holder, comment) if lost else after
        return after if yes < self._need else self._advanced(after, now)

    def hand_over(self, holder: str, to: P) -> Self | NotAsked | AnsweredAlready | HeldAlready:
        """Let somebody else speak: the holder delegates, or the state lets a person reassign it.

        Args:
            holder: Who was to answer.
            to: Who is to answer instead; nobody has two voices in one panel.
        """
        seat = self._seat(holder)
        if not isinstance(seat, Seat):
            return seat
        if any(one.holder == to for one in self.seats):
            return HeldAlready(holder=to)
        return self._put(seat, seat.evolve(holder=to))

    def overdue(self, now: datetime) -> Self | Lapsed[P]:
        """Ask whoever comes next, alone, since the panel's time is up.

        Args:
            now: The moment.
        """
        panel = self.panels[self.stage]
        if self.level >= len(panel.escalate_to):
            return Lapsed(self)
        seats = _seats((panel.escalate_to[self.level],))
        return self.evolve(level=self.level + 1, seats=seats, earlier=self.said, opened_at=now)

    def resubmitted(self, now: datetime, *, from_start: bool = True) -> Self:
        """Come back after changes: everybody is asked anew.

        Args:
            now: The moment.
            from_start: Begin with the first panel; otherwise with the one that asked for changes.
        """
        if from_start:
            return self.evolve(stage=0, level=0, seats=_seats(self.panels[0].members), earlier=(), opened_at=now)
        seats = tuple(seat.evolve(choice=None, comment="") for seat in self.seats)
        return self.evolve(seats=seats, opened_at=now)

    @property
    def _need(self) -> int:
        return 1 if self.level else self.panels[self.stage].needed

    def _advanced(self, agreed: Self, now: datetime) -> Self | Approved[P]:
        stage = self.stage + 1
        if stage == len(self.panels):
            return Approved(agreed)
        seats = _seats(self.panels[stage].members)
        return self.evolve(stage=stage, level=0, seats=seats, earlier=agreed.said, opened_at=now)

    def _seat(self, holder: str) -> Seat[P] | NotAsked | AnsweredAlready:
        found = next((seat for seat in self.seats if seat.holder == holder), None)
        if found is None:
            return NotAsked(who=holder, asked=tuple(seat.holder for seat in self.open_seats))
        return found if found.choice is None else AnsweredAlready(who=holder)

    def _put(self, seat: Seat[P], after: Seat[P]) -> Self:
        return self.evolve(seats=tuple(after if one is seat else one for one in self.seats))


def _seats(members: tuple[P, ...]) -> tuple[Seat[P], ...]:
    return tuple(Seat(member=one, holder=one) for one in members)
