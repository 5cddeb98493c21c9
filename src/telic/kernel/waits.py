"""Waits: what a state is open to for as long as it holds.

A wait is declared by ``State.waits()`` and derived from the state, so leaving the state ends
it: there is nothing to schedule, cancel or restore. What may never be here: a wait that
outlives the state that declares it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from telic.kernel.events import Command, Fact

__all__ = ["Deadline", "HumanTask", "Topic", "Wait"]

F_co = TypeVar("F_co", bound=Fact, covariant=True)
C_co = TypeVar("C_co", bound=Command, covariant=True)
_AT_ONCE = timedelta(0)


class Wait:
    """Base of the three waits; equal by content.

    Attributes:
        key: The name within the state; by default the tag of the awaited event.
    """

    __slots__ = ("key",)
    key: str

    @property
    def event_type(self) -> type[Fact | Command]:
        """The type of event that ends or feeds this wait."""
        raise NotImplementedError

    def _content(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for kind in type(self).__mro__ for name in getattr(kind, "__slots__", ()))

    def __eq__(self, other: object) -> bool:
        """Compare by type and content."""
        return isinstance(other, Wait) and type(self) is type(other) and self._content() == other._content()

    def __hash__(self) -> int:
        """Hash by type and content."""
        return hash((type(self), self._content()))

    def __repr__(self) -> str:
        """Return the wait with its key and the event that it waits for."""
        return f"{type(self).__name__}({self.event_type.__name__}, key={self.key!r})"


class Deadline(Wait, Generic[F_co]):
    """Delivers a fact at a moment: late rather than never, never early, once per opening.

    Attributes:
        at: The moment, aware; kept in UTC.
        event: The fact that is delivered then.
    """

    __slots__ = ("at", "event")

    def __init__(self, *, at: datetime, event: F_co, key: str | None = None) -> None:
        """Name the moment and the fact.

        Raises:
            ValueError: When the moment has no time zone.
        """
        if at.tzinfo is None:
            raise ValueError(
                f"expected an aware datetime, got {at!r}; do derive it from ctx.now or an AwareDatetime field"
            )
        self.at = at if at.tzinfo is UTC else at.astimezone(UTC)
        self.event = event
        self.key = key if key is not None else event.__tag__

    @property
    def event_type(self) -> type[Fact]:
        """The type of the fact that is delivered."""
        return type(self.event)


class HumanTask(Wait, Generic[C_co]):
    """Asks people for a command, which they fill in as a form.

    Attributes:
        answer: The type of the command.
        title: One line for the inbox.
        description: What is to be done, in full.
        assignee: The person who is asked, if it is one.
        groups: The groups that are asked.
        due: When it should be done, aware; a wish, no deadline.
        remind: When to remind, as offsets before ``due``.
        priority: Larger comes first.
    """

    __slots__ = ("answer", "assignee", "description", "due", "groups", "priority", "remind", "title")

    def __init__(
        self,
        *,
        answer: type[C_co],
        title: str = "",
        key: str | None = None,
        description: str = "",
        assignee: str | None = None,
        groups: tuple[str, ...] = (),
        due: datetime | None = None,
        remind: tuple[timedelta, ...] = (),
        priority: int = 0,
    ) -> None:
        """Name the command that is asked for, and whom it is asked of.

        Raises:
            ValueError: When ``due`` has no time zone, a reminder has no ``due``, or comes after it.
        """
        if due is not None and due.tzinfo is None:
            raise ValueError(f"expected an aware datetime as due, got {due!r}; do derive it from ctx.now")
        if remind and due is None:
            raise ValueError("expected due beside remind, got None; do name the moment before which to remind")
        if after := [one for one in remind if one < _AT_ONCE]:
            raise ValueError(f"expected remind as offsets before due, got {after[0]!r}; do declare a Deadline after it")
        self.answer = answer
        self.title = title or answer.__name__
        self.key = key if key is not None else answer.__tag__
        self.description = description
        self.assignee = assignee
        self.groups = groups
        self.due = due
        self.remind = remind
        self.priority = priority

    @property
    def event_type(self) -> type[Command]:
        """The type of the command that answers."""
        return self.answer

    @property
    def reminders(self) -> tuple[datetime, ...]:
        """The moments at which to remind, in their order."""
        due = self.due
        return tuple(sorted({due - offset for offset in self.remind})) if due is not None else ()


class Topic(Wait, Generic[F_co]):
    """Takes the facts that are published under a name and a key.

    Attributes:
        fact: The type of the fact.
        name: The name of the topic.
        topic_key: Which of its facts: the business key; empty for all that have none.
    """

    __slots__ = ("fact", "name", "topic_key")

    def __init__(self, *, fact: type[F_co], name: str, key: str = "", wait_key: str | None = None) -> None:
        """Name the fact, the topic and the business key."""
        self.fact = fact
        self.name = name
        self.topic_key = key
        self.key = wait_key if wait_key is not None else fact.__tag__

    @property
    def event_type(self) -> type[Fact]:
        """The type of the fact that is published."""
        return self.fact
