"""What a store in memory keeps for hooks, and its schedules.

The same as the triggers of the durable stores write, over plain values. What may never be
here: an await.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import count, islice
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel

from telic.kernel.orders import IntentFailed
from telic.kernel.snapshot import Commit, Outcome, Record, Snapshot, Status
from telic.kernel.waits import HumanTask
from telic.runtime.claims import Settlement
from telic.runtime.happenings import Happened, Happening
from telic.runtime.starts import DueStart
from telic.runtime.timetables import Scheduled
from telic.stores.telling import in_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from telic.kernel.codec import Stored
    from telic.kernel.events import Event
    from telic.kernel.snapshot import Begin

__all__ = ["Queues", "Tells"]

_STEPS = {Outcome.STARTED: Happened.STARTED, Outcome.STEPPED: Happened.STEPPED}
_OVER = frozenset({Status.ENDED, Status.CANCELLED, Status.TERMINATED})


class _Turn(NamedTuple):
    worker: str
    until: datetime | None


class Queues:
    """The queues of the hooks of one machine.

    Attributes:
        hooks: What each hook has not heard yet, by number; empty while there are no hooks.
    """

    def __init__(self, machine: str, encode: Callable[[Event | Begin[BaseModel]], Stored]) -> None:
        """Begin without hooks.

        Args:
            machine: The name of the machine.
            encode: Gives the stored form of an event, and with it its name.
        """
        self._machine = machine
        self._encode = encode
        self._numbers = count(1)
        self.hooks: dict[str, dict[int, Happening]] = {}
        self.turns: dict[str, _Turn] = {}
        self.schedules: dict[str, Scheduled] = {}
        self.starts: dict[tuple[str, str], DueStart] = {}

    def note(self, commit: Commit[BaseModel]) -> None:
        """Keep what a commit tells, for each hook.

        Args:
            commit: What was saved.
        """
        self._keep([*self._steps(commit), *self._tasks(commit), *self._end(commit)])

    def note_dead(self, settlement: Settlement, at: Snapshot[BaseModel]) -> None:
        """Keep that an intent is a dead letter now.

        Args:
            settlement: What became of its claim.
            at: The instance as it stands.
        """
        self._keep([
            self._told(
                Happened.FAILED, at, at.revision, subject=settlement.claim.id,
                cause=str(settlement.cause or ""), detail=settlement.problem,
            )
        ])  # fmt: skip

    def _steps(self, commit: Commit[BaseModel]) -> Iterator[Happening]:
        for record in commit.records:
            kind = _STEPS.get(record.outcome)
            if kind is None:
                continue
            yield self._of_record(kind, commit.after, record)
            if isinstance(record.event, IntentFailed):
                yield self._of_record(Happened.FAILED, commit.after, record)._replace(
                    subject=str(record.answers or ""), cause=str(record.event.cause), detail=record.event.detail
                )

    def _tasks(self, commit: Commit[BaseModel]) -> Iterator[Happening]:
        before, after, _ = commit
        known = {(one.key, one.since) for one in before.waits} if before is not None else set()
        for one in after.waits:
            if isinstance(one.wait, HumanTask) and (one.key, one.since) not in known:
                yield self._told(
                    Happened.TASK_OPENED, after, one.since, event=one.wait.event_type.__tag__,
                    subject=one.key, detail=one.wait.title,
                )._replace(at=one.opened_at)  # fmt: skip

    def _end(self, commit: Commit[BaseModel]) -> Iterator[Happening]:
        before, after, _ = commit
        if after.status in _OVER and (before is None or before.status is not after.status):
            yield self._told(Happened.FINISHED, after, after.revision, subject=str(after.status))

    def _of_record(self, kind: Happened, after: Snapshot[BaseModel], record: Record[BaseModel]) -> Happening:
        told = self._told(kind, after, record.revision, event=self._encode(record.event).tag, actor=record.actor)
        return told._replace(at=record.at, state=record.kind)

    def _told(
        self, kind: Happened, after: Snapshot[BaseModel], revision: int, *, event: str = "", actor: str = "",
        subject: str = "", cause: str = "", detail: str = "",
    ) -> Happening:  # fmt: skip
        state = str(getattr(after.state, "kind", type(after.state).__name__))
        return Happening(
            0, kind, after.meta.tenant, self._machine, after.meta.id, revision, after.at, state,
            event, actor, subject, cause, detail,
        )  # fmt: skip

    def _keep(self, told: list[Happening]) -> None:
        for queue in self.hooks.values():
            for one in told:
                number = next(self._numbers)
                queue[number] = one._replace(number=number)


class Tells:
    """What a store in memory keeps for hooks and schedules; a part of the store."""

    _queues: Queues

    async def add_hook(self, name: str) -> None:
        """Keep for this hook what happens from now on; see :class:`telic.runtime.happenings.TellsHooks`."""
        self._queues.hooks.setdefault(name, {})

    async def remove_hook(self, name: str) -> None:
        """Keep nothing more for this hook, and forget what it has not heard."""
        self._queues.hooks.pop(name, None)
        self._queues.turns.pop(name, None)

    async def take_turn(self, name: str, *, worker: str, now: datetime, until: datetime) -> bool:
        """Take or keep the turn to tell a hook; return whether it is the worker's."""
        held = self._queues.turns.get(name)
        other = held is not None and held.worker != worker and held.until is not None and held.until > now
        if name not in self._queues.hooks or other:
            return False
        self._queues.turns[name] = _Turn(worker, until)
        return True

    async def unheard(self, name: str, limit: int) -> tuple[Happening, ...]:
        """Return what a hook has not heard yet, in the order in which it happened."""
        return in_order(tuple(islice(self._queues.hooks.get(name, {}).values(), limit)))

    async def heard(self, name: str, numbers: Collection[int]) -> None:
        """Forget what a hook has heard."""
        queue = self._queues.hooks.get(name, {})
        for number in numbers:
            queue.pop(number, None)

    async def scheduled(self, name: str) -> Scheduled | None:
        """Return where a schedule stands, or ``None`` where it has no row yet."""
        return self._queues.schedules.get(name)

    async def reschedule(self, name: str, before: Scheduled | None, after: Scheduled) -> bool:
        """Move a schedule on, unless somebody else has; return whether it was moved."""
        held = self._queues.schedules.get(name)
        if (held and held[:2]) != (before and before[:2]):
            return False
        self._queues.schedules[name] = after
        return True

    async def put_start(self, start: DueStart) -> None:
        """Keep a start; see :class:`telic.runtime.starts.KeepsStarts`."""
        held = self._queues.starts.get(start[:2])
        if held is None or held.told <= start.told:
            self._queues.starts[start[:2]] = start

    async def due_starts(self, trigger: str, now: datetime, limit: int) -> tuple[DueStart, ...]:
        """Return starts of a trigger whose moment has come, the oldest first."""
        due = [one for one in self._queues.starts.values() if one.trigger == trigger and one.due <= now]
        return tuple(sorted(due, key=lambda one: (one.due, one.key))[:limit])

    async def drop_start(self, start: DueStart) -> None:
        """Forget a start that was made, unless a later fact has moved it meanwhile."""
        held = self._queues.starts.get(start[:2])
        if held is not None and (held.due, held.told) == (start.due, start.told):
            del self._queues.starts[start[:2]]
