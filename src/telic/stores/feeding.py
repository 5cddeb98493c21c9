"""From rows to feeds: which publications a wait is to be fed with.

All SQL stores share it. What may never be here: a statement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from telic.kernel.errors import DecodeError
from telic.kernel.events import Fact
from telic.kernel.values import EventId, WaitKey, WorkflowId
from telic.runtime.topics import Feed

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine

__all__ = ["Free", "HungryRow", "PublishedRow", "feed_of"]

K = TypeVar("K", bound=Hashable)


class HungryRow(NamedTuple):
    """What a row of ``telic_wait`` says of a topic that is to be fed."""

    id: str
    key: str
    since: int
    stirred: int
    topic: str
    topic_key: str
    event: str


class PublishedRow(NamedTuple):
    """What a row of ``telic_publication`` says of a fact."""

    event_id: str
    tag: str
    version: int
    data: bytes


def feed_of(
    machine: AnyMachine,
    wait: HungryRow,
    rows: Iterable[PublishedRow],
    *,
    all_of_it: bool,
    contested: PublishedRow | None = None,
) -> Feed:
    """Return what a wait is to be fed with; facts of other types are not for it.

    Args:
        machine: Whose wait it is.
        wait: The wait.
        rows: What is published for it and not known to its instance.
        all_of_it: Whether there is no more than that.
        contested: A fact for the first who takes it; with one there may always be another.
    """
    facts: list[tuple[EventId, Fact]] = []
    for row in (*rows, contested) if contested is not None else rows:
        try:
            fact = machine.codec.decode_event(row.tag, row.version, row.data)
        except DecodeError:
            all_of_it = all_of_it and row.tag != wait.event  # what this machine has never known is not for it
            continue
        if isinstance(fact, Fact) and fact.__tag__ == wait.event:
            facts.append((EventId(row.event_id), fact))
    return Feed(
        WorkflowId(wait.id), WaitKey(wait.key), wait.since, wait.stirred, tuple(facts),
        all_of_it and contested is None, (wait.topic, wait.topic_key),
        frozenset() if contested is None else frozenset({EventId(contested.event_id)}),
    )  # fmt: skip


class Free(Generic[K]):
    """Lets several waits of one topic try different facts, of those that are for the first."""

    def __init__(self) -> None:
        """Begin with nobody who has tried."""
        self._tried: Counter[K] = Counter()

    def choose(self, topic: K, free: Sequence[PublishedRow]) -> PublishedRow | None:
        """Return what the next wait of a topic tries; nothing where there is none.

        Args:
            topic: The topic.
            free: What nobody has taken, the oldest first.
        """
        if not free:
            return None
        self._tried[topic] += 1
        return free[(self._tried[topic] - 1) % len(free)]
