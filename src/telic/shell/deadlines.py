"""``Deadlines``: delivers the facts of declared deadlines, and the reminders of tasks, at their moments.

Late rather than never, and never early: what is due is asked of the store, and the step
decides again. What may never be here: a list of deadlines; the store has it.
"""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING, NamedTuple, cast

import anyio

from telic.kernel.errors import StoreClosed, StoreError
from telic.kernel.events import Event
from telic.kernel.reminders import ReminderDue
from telic.kernel.results import ResultKind
from telic.kernel.waits import Deadline, HumanTask
from telic.runtime.claims import DueDeadline
from telic.runtime.hints import Bell
from telic.runtime.logs import context
from telic.runtime.protocols import DurableStore
from telic.shell.attempts import ACCOUNTED
from telic.shell.system import AnyRuntime, System
from telic.shell.timing import Timing

if TYPE_CHECKING:
    from datetime import datetime

    from telic.kernel.snapshot import OpenWait
    from telic.kernel.values import WorkflowId

__all__ = ["Deadlines"]

_log = logging.getLogger("telic.deadlines")
_BATCH = 100
_AT_ONCE = 16
_SWEPT_PAGE = 50
_SHORTEST_WAIT_SECONDS = 0.01
_POSTPONED_SECONDS = 60.0
"""How long a deadline that could not be delivered is left alone: until other code comes."""


class _Watched(NamedTuple):
    runtime: AnyRuntime
    store: DurableStore


class Deadlines:
    """Fires the deadlines of a system; a worker has one.

    Example:
        ``fired = await Deadlines(system, Timing(SystemClock())).fire()``
    """

    def __init__(self, system: System, timing: Timing, *, poll_seconds: float = 1.0) -> None:
        """Keep what to watch.

        Args:
            system: Its machines; those in a store without books are left out.
            timing: Lets time pass.
            poll_seconds: How long to wait at most before the store is asked again.
        """
        self._watched = [
            _Watched(runtime, runtime.store)
            for runtime in system.runtimes.values()
            if isinstance(runtime.store, DurableStore)
        ]
        self._timing = timing
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Fire deadlines until cancelled.

        Raises:
            StoreClosed: When a database was closed under it.
        """
        bell = Bell()
        hints = {id(one.store.hints): one.store.hints for one in self._watched}
        for each in hints.values():
            each.add(bell)
        try:
            while True:
                bell.silence()
                try:
                    seconds = self._poll_seconds if await self.fire() else await self._idle_seconds()
                except StoreClosed:
                    raise
                except StoreError:
                    _log.exception("the store did not answer; asking again")
                    seconds = self._poll_seconds
                await self._timing.until_rung(bell, seconds)
        finally:
            for each in hints.values():
                each.remove(bell)

    async def fire(self) -> int:
        """Deliver every deadline whose moment has come; return how many were taken.

        One that cannot be delivered is left alone for a minute. One whose instance has moved
        on meanwhile is dropped by the step, and one of a paused instance waits.
        """
        fired = 0
        for watched in self._watched:
            while True:
                due = await watched.store.due_deadlines(self._timing.now(), _BATCH)
                taken = await self._fire_all(watched, due) if due else 0
                fired += taken
                if len(due) < _BATCH or not taken:
                    break
        return fired

    async def sweep(self) -> int:
        """Look at every instance, and write the rows of waits that newer code declares.

        Returns:
            How many instances lacked some.
        """
        repaired = 0
        for watched in self._watched:
            last: WorkflowId | None = None
            while True:
                last, found = await watched.store.sweep(after=last, limit=_SWEPT_PAGE)
                repaired += len(found)
                if last is None:
                    break
                await self._timing.breathe(_SHORTEST_WAIT_SECONDS)
        if repaired:
            _log.info("the waits of %d instances were put right", repaired)
        return repaired

    async def _fire_all(self, watched: _Watched, due: tuple[DueDeadline, ...]) -> int:
        taken: list[DueDeadline] = []
        limiter = anyio.Semaphore(_AT_ONCE)

        async def fire(deadline: DueDeadline) -> None:
            async with limiter:
                if await self._fire(watched, deadline):
                    taken.append(deadline)

        async with anyio.create_task_group() as group:
            for one in due:
                group.start_soon(fire, one)
        return len(taken)

    async def _fire(self, watched: _Watched, deadline: DueDeadline) -> bool:
        try:
            result = await self._result(watched, deadline)
            if result in ACCOUNTED:
                return True
            if result is not ResultKind.UNASKED:
                await watched.store.postpone(deadline, self._timing.after(_POSTPONED_SECONDS))
        except StoreError:  # whatever was not written: the row is still there, and the others go on
            _log.exception(
                "deadline %s of %s was not delivered", deadline.key, deadline.workflow_id,
                extra=_context_of(watched, deadline),
            )  # fmt: skip
        return False

    async def _result(self, watched: _Watched, deadline: DueDeadline) -> ResultKind | None:
        try:
            return await self._delivered(watched.runtime, deadline)
        except StoreError:
            raise
        except Exception:  # the code of the machine is to be changed; the others go on  # noqa: BLE001
            _log.exception(
                "deadline %s of %s is left alone for now", deadline.key, deadline.workflow_id,
                extra=_context_of(watched, deadline),
            )  # fmt: skip
            return None

    async def _delivered(self, runtime: AnyRuntime, deadline: DueDeadline) -> ResultKind | None:
        """Take the step; return what came of it, or nothing when no such deadline is declared."""
        id, key, _ = deadline
        now = self._timing.now()
        snapshot = await runtime.load(id)
        found = next((one for one in snapshot.waits if one.key == key), None) if snapshot is not None else None
        if found is not None and isinstance(found.wait, HumanTask):
            return await self._reminded(runtime, id, found, now)
        if found is None or not isinstance(found.wait, Deadline) or found.fired is not None or found.wait.at > now:
            return None  # the row is older than the code, or the instance has just moved
        result = await runtime.run_step(id, cast("Event", found.wait.event), wait=key, now=now)
        return result.kind

    async def _reminded(self, runtime: AnyRuntime, id: WorkflowId, task: OpenWait, now: datetime) -> ResultKind | None:
        """Give every reminder of a task whose moment has come, each in a step of its own."""
        assert isinstance(task.wait, HumanTask)
        last: ResultKind | None = None
        for at in task.wait.reminders:
            if at <= now and at not in task.reminded:
                last = (await runtime.run_step(id, ReminderDue(at=at), wait=task.key, now=now)).kind
                if last not in ACCOUNTED:
                    break
        return last

    async def _idle_seconds(self) -> float:
        poll = self._poll_seconds * random.uniform(0.5, 1.5)
        dues = [await one.store.next_deadline() for one in self._watched]
        due = min((one for one in dues if one is not None), default=None)
        if due is None:
            return poll
        return min(poll, max(_SHORTEST_WAIT_SECONDS, (due - self._timing.now()).total_seconds()))


def _context_of(watched: _Watched, deadline: DueDeadline) -> dict[str, object]:
    tenant = str(getattr(watched.store, "tenant", ""))
    return context(machine=watched.runtime.machine.name, workflow_id=deadline.workflow_id, tenant=tenant)
