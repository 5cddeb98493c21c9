"""From rows to feeds: which publications a wait is to be fed with.

All SQL stores share it. What may never be here: a statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from telic.kernel.errors import DecodeError
from telic.kernel.events import Fact
from telic.kernel.values import EventId, WaitKey, WorkflowId
from telic.runtime.topics import Feed

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine

__all__ = ["HungryRow", "PublishedRow", "feed_of"]


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


def feed_of(machine: AnyMachine, wait: HungryRow, rows: Iterable[PublishedRow], *, all_of_it: bool) -> Feed:
    """Return what a wait is to be fed with; facts of other types are not for it.

    Args:
        machine: Whose wait it is.
        wait: The wait.
        rows: What is published for it and not known to its instance.
        all_of_it: Whether there is no more than that.
    """
    facts: list[tuple[EventId, Fact]] = []
    for row in rows:
        try:
            fact = machine.codec.decode_event(row.tag, row.version, row.data)
        except DecodeError:
            all_of_it = all_of_it and row.tag != wait.event  # what this machine has never known is not for it
            continue
        if isinstance(fact, Fact) and fact.__tag__ == wait.event:
            facts.append((EventId(row.event_id), fact))
    return Feed(
        WorkflowId(wait.id), WaitKey(wait.key), wait.since, wait.stirred, tuple(facts), all_of_it,
        (wait.topic, wait.topic_key),
    )  # fmt: skip
