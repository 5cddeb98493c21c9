"""What a store in memory tells to whoever observes it: figures, and the traces of what is open.

What may never be here: an await.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from telic.kernel.snapshot import Snapshot, Status
from telic.kernel.values import IntentId, WaitKey, WorkflowId
from telic.kernel.waits import Deadline, HumanTask
from telic.runtime.observing import Counted, Figure
from telic.stores.memory.images import Line
from telic.stores.memory.retention import first_of

if TYPE_CHECKING:
    from telic.stores.memory.happenings import Queues
    from telic.stores.memory.ledger import Ledger

__all__ = ["Observed"]

S = TypeVar("S", bound=BaseModel)
_One: TypeAlias = tuple[Counted, str, str, datetime]


class Observed(Generic[S]):
    """What a store in memory tells to whoever observes it; a part of the store."""

    _snapshots: dict[WorkflowId, Snapshot[S]]
    _journals: dict[WorkflowId, list[Line[S]]]
    _queues: Queues

    def _books(self) -> Ledger:
        raise NotImplementedError

    async def figures(self, now: datetime) -> tuple[Figure, ...]:
        """Return all figures as of one moment; see :class:`telic.runtime.observing.GivesFigures`."""
        return _counted((*self._each_instance(now), *self._each_intent(), *self._each_unheard()))

    async def intent_trace(self, id: IntentId) -> str:
        """Return the trace of an intent; see :class:`telic.runtime.observing.KeepsTraces`."""
        name, revision, _ = id.rsplit(":", 2)
        found = any(opened.id == id for _, opened in self._books().open())
        return self._trace(WorkflowId(name), int(revision)) if found else ""

    async def wait_trace(self, id: WorkflowId, key: WaitKey) -> str:
        """Return the trace of an open wait; see :class:`telic.runtime.observing.KeepsTraces`."""
        snapshot = self._snapshots.get(id)
        since = [one.since for one in snapshot.waits if one.key == key] if snapshot is not None else []
        return self._trace(id, since[0]) if since else ""

    def _trace(self, id: WorkflowId, revision: int) -> str:
        journal = self._journals[id]
        place = revision - first_of(journal)
        return journal[place].trace if place >= 0 else ""  # where it was cut, it is gone with its record

    def _each_instance(self, now: datetime) -> Iterator[_One]:
        for snapshot in self._snapshots.values():
            kind = str(getattr(snapshot.state, "kind", type(snapshot.state).__name__))
            yield Counted.INSTANCES, kind, str(snapshot.status), snapshot.at
            yield from _each_wait(snapshot, now)

    def _each_intent(self) -> Iterator[_One]:
        for state, workflow_id, opened in self._books().standing():
            journal = self._journals[workflow_id]
            emitted = journal[max(0, int(opened.id.rsplit(":", 2)[1]) - first_of(journal))]
            yield Counted.INTENTS, opened.intent.__tag__, state.name.lower(), emitted.at

    def _each_unheard(self) -> Iterator[_One]:
        for hook, queue in self._queues.hooks.items():
            for one in queue.values():
                yield Counted.UNHEARD, hook, "", one.at


def _each_wait(snapshot: Snapshot[S], now: datetime) -> Iterator[_One]:
    for one in snapshot.waits:
        tag = one.wait.event_type.__tag__
        if isinstance(one.wait, HumanTask):
            yield Counted.TASKS, tag, "", one.opened_at
            if one.wait.due is not None and one.wait.due <= now:
                yield Counted.OVERDUE_TASKS, tag, "", one.wait.due
        elif isinstance(one.wait, Deadline):
            runs = snapshot.status is not Status.PAUSED
            if runs and one.fired is None and one.wait.at <= now:
                yield Counted.OVERDUE_DEADLINES, tag, "", one.wait.at


def _counted(each: Iterable[_One]) -> tuple[Figure, ...]:
    found: dict[tuple[Counted, str, str], list[datetime]] = {}
    for counted, name, standing, at in each:
        found.setdefault((counted, name, standing), []).append(at)
    return tuple(Figure(*what, len(moments), min(moments)) for what, moments in found.items())
