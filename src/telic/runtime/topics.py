"""What passes between a store that keeps publications and whoever delivers them.

A publication is stored, then *spread*: each open wait for its topic is stirred, batch by
batch. A wait that was stirred, or has just been opened, is *fed* with whatever is published
and unexpired. A fact may be for the first who waits for it instead: then an idle wait is
stirred, and the commit that takes the fact is saved only if nobody has taken it before. All of
this only begins after what it looks at is saved, so of a publication and a wait that come at the
same moment the second finds the first. What may never be here: a rule about facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel

from telic.kernel.codec import Stored
from telic.kernel.events import Fact
from telic.kernel.messages import Reach
from telic.kernel.snapshot import Commit
from telic.kernel.values import EventId, WaitKey, WorkflowId

__all__ = ["Feed", "KeepsPublications", "Publication", "Taken", "Topics"]


class Taken(NamedTuple):
    """Names a publication that one wait takes.

    Attributes:
        name: The name of the topic.
        key: Which of its facts.
        event_id: The id of the publication.
    """

    name: str
    key: str
    event_id: EventId


class Publication(NamedTuple):
    """A fact that was published under a name and a key.

    Attributes:
        event_id: Its id; under one name and key it is published once.
        name: The name of the topic.
        key: Which of its facts.
        stored: The fact.
        at: The moment of its publication.
        expires: From when it is delivered no more.
        reach: Whether it is for all that wait for it, or for the first.
    """

    event_id: EventId
    name: str
    key: str
    stored: Stored
    at: datetime
    expires: datetime
    reach: Reach = Reach.BROADCAST


class Feed(NamedTuple):
    """What is to be delivered to one open wait.

    Attributes:
        workflow_id: The instance.
        key: The key of the wait.
        since: The revision that opened it.
        stirred: How often it was stirred.
        facts: The facts that the instance does not know yet, by id, the oldest first.
        whole: Whether these are all, and today's code can read them.
        topic: The name and the key that it waits for.
        contested: Those of the facts that are for the first who takes them; one at most.
    """

    workflow_id: WorkflowId
    key: WaitKey
    since: int
    stirred: int
    facts: tuple[tuple[EventId, Fact], ...]
    whole: bool
    topic: tuple[str, str]
    contested: frozenset[EventId] = frozenset()


class Topics(Protocol):
    """The publications of one tenant in one database, and the waits of one machine for them."""

    async def publish(self, publication: Publication) -> bool:
        """Keep a publication; return whether it is new."""
        ...

    async def spread(self, limit: int) -> bool:
        """Stir some waits for a publication that is not spread yet; return whether there was one.

        Args:
            limit: How many waits at most.
        """
        ...

    async def match(self, now: datetime, limit: int) -> None:
        """Stir an idle wait for each fact that is for the first, while somebody is to be found for it.

        The wait that is open longest comes first. Where nobody waits, the fact is left for whoever
        comes.

        Args:
            now: The present moment.
            limit: For how many facts of one topic, and for how many topics, at most.
        """
        ...

    async def is_free(self, taken: Taken) -> bool:
        """Say whether nobody has taken a fact that is for the first.

        Args:
            taken: Which.
        """
        ...

    async def feeds(self, now: datetime, limit: int) -> tuple[Feed, ...]:
        """Return what is to be delivered to waits that were opened or stirred since they were fed.

        Args:
            now: The present moment.
            limit: How many waits at most, and how many facts for each.
        """
        ...

    async def fed(self, feeds: Sequence[Feed]) -> None:
        """Note that waits were fed; one that was stirred meanwhile stays hungry."""
        ...

    async def postpone(self, feed: Feed, until: datetime) -> None:
        """Leave a wait that could not be fed alone until a moment."""
        ...

    async def purge(self, now: datetime, limit: int) -> int:
        """Delete publications that have expired; return how many.

        Args:
            now: The present moment.
            limit: How many at most.
        """
        ...


@runtime_checkable
class KeepsPublications(Protocol):
    """A store whose database keeps publications beside the instances."""

    @property
    def topics(self) -> Topics:
        """The publications, as the waits of this store's machine see them."""
        ...

    async def save_taking(self, commit: Commit[BaseModel], taken: Taken) -> None:
        """Save the commit that takes a fact for the first who waits, as ``save`` does, if nobody has taken it.

        In one transaction: of two that take it at the same moment one is saved.

        Args:
            commit: The step that takes the fact.
            taken: Which publication.

        Raises:
            RevisionConflict: When ``save`` would raise it, and when somebody has taken the fact, or it is
                there no more; then nothing was saved.
            StoreError: When nothing was saved, or nobody can tell.
        """
        ...
