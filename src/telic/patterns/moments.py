"""Moments: polls, debounces and reminders, that is deadlines that are set again and again.

Parts of a state: each says when it is due, and the state declares that as its deadline.
What may never be here: a clock; the present moment is ``ctx.now``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, Self, TypeVar

from pydantic import AwareDatetime, Field, model_validator

from telic.kernel.events import Fact
from telic.kernel.values import Value
from telic.kernel.waits import Deadline

__all__ = ["Debounce", "Poll", "PollGaveUp", "Reminder"]

F = TypeVar("F", bound=Fact)
Span = Annotated[timedelta, Field(gt=timedelta(0))]


def _deadline(at: datetime | None, event: F, key: str | None) -> tuple[Deadline[F], ...]:
    return () if at is None else (Deadline(at=at, event=event, key=key),)


@dataclass(frozen=True)
class PollGaveUp:
    """A poll has asked as often, or for as long, as it was to.

    Attributes:
        poll: The poll as it was.
    """

    poll: Poll


class Poll(Value):
    """Asks again after a pause, until there is an answer or it is time to give up.

    The intent that asks is the state's own; the poll says when to ask the next time.

    Attributes:
        pause: How long to wait before the next time.
        factor: By how much each pause is longer than the one before.
        longest: The longest pause.
        tries: How often it may be asked once more; ``None`` for any number of times.
        until: The moment after which it is not asked again.
        at: When it is asked again; ``None`` while an answer is awaited.

    Example:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        >>> poll = Poll(pause=timedelta(minutes=1), factor=2, longest=timedelta(minutes=3), tries=1)
        >>> waiting = poll.again(noon)
        >>> assert isinstance(waiting, Poll)
        >>> (waiting.at - noon, waiting.asked().pause, type(waiting.asked().again(noon)).__name__)
        (datetime.timedelta(seconds=60), datetime.timedelta(seconds=120), 'PollGaveUp')
    """

    pause: Span
    factor: Annotated[int, Field(ge=1)] = 1
    longest: Span | None = None
    tries: Annotated[int, Field(ge=0)] | None = None
    until: AwareDatetime | None = None
    at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _has_a_longest_pause(self) -> Self:
        if self.factor > 1 and self.longest is None and self.tries is None:
            raise ValueError("expected longest= or tries= beside factor=, got neither; do say how long a pause may get")
        if self.longest is not None and self.longest < self.pause:
            raise ValueError(f"expected a longest pause of at least {self.pause}, got {self.longest}; do exchange them")
        return self

    def again(self, now: datetime) -> Self | PollGaveUp:
        """Wait for the next time, or give up.

        Args:
            now: The moment of the answer that was none.
        """
        at = now + self.pause
        if self.tries == 0 or (self.until is not None and at > self.until):
            return PollGaveUp(self)
        return self.evolve(at=at)

    def asked(self) -> Self:
        """Note that it was asked again; the next pause may be longer."""
        longer = self.pause * self.factor
        pause = longer if self.longest is None else min(longer, self.longest)
        return self.evolve(at=None, pause=pause, tries=None if self.tries is None else self.tries - 1)

    def deadline(self, event: F, *, key: str | None = None) -> tuple[Deadline[F], ...]:
        """Return the wait for the next time: one deadline, or none while an answer is awaited.

        Args:
            event: What comes at that moment.
            key: The name of the wait, where a state has several.
        """
        return _deadline(self.at, event, key)


class Debounce(Value):
    """Waits until nothing more has come for a while, and then happens once.

    Attributes:
        quiet: For how long nothing may come.
        at_most: How long it may be put off altogether.
        since: When the first of the present ones came; ``None`` before.
        at: When it happens, if nothing more comes.

    Example:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        >>> minute = timedelta(minutes=1)
        >>> saved = Debounce(quiet=5 * minute, at_most=7 * minute).touch(noon)
        >>> (saved.at - noon, saved.touch(noon + 4 * minute).at - noon)
        (datetime.timedelta(seconds=300), datetime.timedelta(seconds=420))
    """

    quiet: Span
    at_most: Span | None = None
    since: AwareDatetime | None = None
    at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _may_be_quiet(self) -> Self:
        if self.at_most is not None and self.at_most < self.quiet:
            raise ValueError(f"expected at_most of at least {self.quiet}, got {self.at_most}; do exchange them")
        return self

    def touch(self, now: datetime) -> Self:
        """Note that one more has come: it is put off.

        Args:
            now: The moment.
        """
        since = self.since or now
        at = now + self.quiet
        return self.evolve(since=since, at=at if self.at_most is None else min(at, since + self.at_most))

    def reset(self) -> Self:
        """Note that it has happened; the next one begins anew."""
        return self.evolve(since=None, at=None)

    def deadline(self, event: F, *, key: str | None = None) -> tuple[Deadline[F], ...]:
        """Return the wait for the quiet: one deadline, or none while nothing has come.

        Args:
            event: What comes at that moment.
            key: The name of the wait, where a state has several.
        """
        return _deadline(self.at, event, key)


class Reminder(Value):
    """Moments at which to remind, one after the other.

    For reminders of an open :class:`~telic.HumanTask`, its own ``remind=`` is the shorter way.

    Attributes:
        moments: Those that are left, in order.

    Example:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        >>> hour = timedelta(hours=1)
        >>> reminder = Reminder.before(noon, 24 * hour, hour)
        >>> [str(at) for at in reminder.after(noon - 2 * hour).moments]
        ['2026-01-01 11:00:00+00:00']
    """

    moments: tuple[AwareDatetime, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for one, other in pairwise(self.moments):
            if one >= other:
                raise ValueError(f"expected moments in order, each once, got {other} after {one}; do sort them")
        return self

    @classmethod
    def before(cls, due: datetime, *offsets: timedelta) -> Self:
        """Return a reminder at these offsets before a moment.

        Args:
            due: The moment.
            offsets: How long before; at least one, in any order.

        Raises:
            ValueError: For no offset, or one twice.
        """
        return cls._of(due - offset for offset in sorted(offsets, reverse=True))

    @classmethod
    def every(cls, span: timedelta, *, start: datetime, times: int) -> Self:
        """Return a reminder at even distances, the first one span after a moment.

        Args:
            span: The distance.
            start: The moment.
            times: How often.

        Raises:
            ValueError: For a distance that is not positive, or no times.
        """
        return cls._of(start + span * number for number in range(1, times + 1))

    @classmethod
    def _of(cls, moments: Iterable[datetime]) -> Self:
        made = cls(moments=tuple(moments))
        if not made.moments:
            raise ValueError("expected at least one moment, got none; do say when to remind")
        return made

    @property
    def at(self) -> datetime | None:
        """The next moment; ``None`` when none is left."""
        return self.moments[0] if self.moments else None

    def after(self, now: datetime) -> Self:
        """Return what is left once it was reminded; moments that were missed meanwhile are passed over.

        Args:
            now: The moment.
        """
        return self.evolve(moments=tuple(at for at in self.moments if at > now))

    def deadline(self, event: F, *, key: str | None = None) -> tuple[Deadline[F], ...]:
        """Return the wait for the next moment: one deadline, or none when none is left.

        Args:
            event: What comes at that moment.
            key: The name of the wait, where a state has several.
        """
        return _deadline(self.at, event, key)
