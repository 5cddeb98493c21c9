"""Drives a log through the machine: one instance for each case, one event for each line.

Cases run side by side, so many at a time; the lines of a case run one after the other. A case
is read when somebody is free to take it, so memory holds only those under way. Nothing is
remembered here between two runs: what has been done is known to the store, by event id, and
what a killed run has left undone the next one does. What must never be here: a rule about
applications; the machine holds them all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from examples.loan.application import NoteMisfit
from examples.loan.log import Case, LogError, LogLine
from examples.loan.machine import LoanEvent, LoanState, loan
from examples.loan.tally import Applied, Landing, Misfit, Refused, Tally
from examples.loan.vocabulary import command_of
from examples.loan.work import CompleteWork, TakeUpWork, task_key
from telic import EventId, WorkflowId, WorkflowRuntime
from telic.kernel.journal import JournalEntry
from telic.kernel.results import Duplicate, Ignored, Rejected, Started, Stepped
from telic.kernel.snapshot import Outcome, Recorded
from telic.runtime.protocols import WorkflowStore
from telic.runtime.results import RunResult

DEFAULT_CONCURRENCY = 64
"""Cases under way at a time: enough that one write to disk carries the lines of many."""


class LoanStore(WorkflowStore[LoanState], Protocol):
    """A store that can also tell what it has recorded."""

    async def journal(self, id: WorkflowId) -> tuple[JournalEntry, ...]:
        """Return the journal of an instance, oldest first."""
        ...


Watch: TypeAlias = Callable[[Tally], None]
"""Called after each line, with the counts so far."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to, and where the log was broken, if it was: what was read is kept."""

    tally: Tally
    fault: LogError | None


class Driver:
    """Runs the cases of a log over one store.

    Example:
        ``run = await Driver(db.store(loan)).run(read_cases(path))``
    """

    def __init__(self, store: LoanStore, watch: Watch | None = None) -> None:
        """Take the store, and who wants to see how far the run is."""
        self._store = store
        self._watch = watch
        self._runtime: WorkflowRuntime[LoanState, LoanEvent] = WorkflowRuntime(machine=loan, store=store)
        self._tally = Tally()

    async def run(self, cases: Iterable[Case], concurrency: int = DEFAULT_CONCURRENCY) -> Run:
        """Run all cases, at most so many at a time.

        Args:
            cases: As they are read; the next one is taken when there is room for it.
            concurrency: How many are under way at a time.
        """
        fault: LogError | None = None
        free, taken = anyio.create_memory_object_stream[Case](0)
        async with anyio.create_task_group() as tasks:
            for _ in range(concurrency):
                tasks.start_soon(self._work, taken.clone())
            taken.close()
            fault = await _hand_out(cases, free)
        return Run(self._tally, fault)

    async def _work(self, cases: MemoryObjectReceiveStream[Case]) -> None:
        async with cases:
            async for case in cases:
                await self._case(case)

    async def _case(self, case: Case) -> None:
        last: Landing | None = None
        for line in case.lines:
            landing = await self._line(case, line)
            self._tally.add(line, landing)
            if not isinstance(landing, Refused):
                last = landing
            if self._watch is not None:
                self._watch(self._tally)
        self._tally.close(last)

    async def _line(self, case: Case, line: LogLine) -> Landing:
        """Send one line; if it is rejected, send its rejection, under the same event id."""
        command = command_of(case, line)
        result = await self._send(line, command)
        if isinstance(result, Rejected):
            reason = "; ".join(str(reason) for reason in result.reasons)
            result = await self._send(line, NoteMisfit(activity=line.activity, reason=reason))
        return await self._landing(result)

    async def _send(self, line: LogLine, command: LoanEvent) -> RunResult[LoanState]:
        return await self._runtime.run_step(
            WorkflowId(line.case),
            command,
            event_id=event_id(line),
            wait=task_key(command) if isinstance(command, TakeUpWork | CompleteWork) else None,
            actor=line.resource or "",
            now=line.at,
        )

    async def _landing(self, result: RunResult[LoanState]) -> Landing:
        match result:
            case Started() | Stepped():
                return Applied(result.record.kind)
            case Ignored():
                return Misfit(result.record.kind, str(result.why))
            case Duplicate(recorded=recorded) if recorded.outcome is Outcome.IGNORED:
                return await self._misfit(result.id, recorded)
            case Duplicate(recorded=recorded):
                return Applied(recorded.kind, again=True)
            case _:  # the case never began, or somebody has paused or ended the instance
                return Refused(result.kind.value)

    async def _misfit(self, id: WorkflowId, recorded: Recorded) -> Misfit:
        """A duplicate says that the line was ignored; why, only the journal knows."""
        journal = await self._store.journal(id)
        entry = next(entry for entry in journal if entry.revision == recorded.revision)
        return Misfit(recorded.kind, "; ".join(entry.why), again=True)


def event_id(line: LogLine) -> EventId:
    """The id of a line: case and position, the same in every run."""
    return EventId(f"{line.case}/{line.position}")


async def _hand_out(cases: Iterable[Case], free: MemoryObjectSendStream[Case]) -> LogError | None:
    """Hand out case by case; where the log is broken, stop, so that the rest is finished."""
    async with free:
        try:
            for case in cases:
                await free.send(case)
        except LogError as fault:
            return fault
    return None
