"""``Telemetry``: a system, or a runtime, whose steps and attempts are spans.

A step and the attempts that it leads to are traces of their own, days apart perhaps; a link leads
from one to the other, through the store where they happen in two processes. What may never be
here: a decision about an instance; what is traced does what it would do otherwise.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from opentelemetry import metrics, trace
from opentelemetry.trace import INVALID_SPAN, Span, StatusCode

from telic.adapters.opentelemetry.contexts import trace_of
from telic.adapters.opentelemetry.gauges import Gauges
from telic.adapters.opentelemetry.instruments import Instruments
from telic.adapters.opentelemetry.spans import Spans
from telic.kernel.handling import Binding, Call, Later
from telic.kernel.results import ResultKind
from telic.kernel.snapshot import Commit
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.happenings import Happened, Happening
from telic.runtime.observing import KeepsTraces
from telic.runtime.stepping import Request, Stepper
from telic.shell.hooks import Hook
from telic.shell.system import System

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider
    from pydantic import BaseModel

    from telic.kernel.errors import RevisionConflict
    from telic.kernel.events import Fact
    from telic.kernel.intents import Intent
    from telic.kernel.results import Refusal
    from telic.kernel.snapshot import Delivery, Record, Snapshot
    from telic.runtime.protocols import Clock, WorkflowStore
    from telic.runtime.results import RunResult
    from telic.runtime.runtime import WorkflowRuntime
    from telic.runtime.stepping import Call as Asked

__all__ = ["Telemetry"]

R = TypeVar("R", bound="WorkflowRuntime[Any, Any]")

_ENGINE: Final = "engine"
_COMMITTED: Final = frozenset(
    {ResultKind.STARTED, ResultKind.STEPPED, ResultKind.IGNORED, ResultKind.DEFERRED, ResultKind.UNPLACED}
)


class Telemetry:
    """Makes spans and metrics of what a system does.

    Attributes:
        instruments: The metrics.

    Example:
        ``system = Telemetry().system(System(runtimes=[orders], handlers=handlers))``
    """

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        """Take the providers of the process, or others.

        Args:
            tracer_provider: Where spans go; the global one by default.
            meter_provider: Where measurements go; the global one by default.
        """
        self._spans = Spans(trace.get_tracer("telic", tracer_provider=tracer_provider))
        self.instruments = Instruments(metrics.get_meter("telic", meter_provider=meter_provider))

    def system(self, system: System) -> System:
        """Return the same system with every step and every attempt traced.

        Args:
            system: The system; it is left as it is.
        """
        return _TracedSystem(self, self._spans, system)

    def runtime(self, runtime: R) -> R:
        """Return the same runtime with every step traced; for a process without a worker.

        Args:
            runtime: The runtime; it is left as it is.
        """
        traced = runtime.model_copy()
        vars(traced)[_ENGINE] = _TracedStepper(self._spans, self.instruments, runtime)
        return traced

    def gauges(self, system: System, *, every_seconds: float = 60.0, clock: Clock | None = None) -> Gauges:
        """Return what reads the stores of a system for the gauges, once it runs; for one process of an application.

        Args:
            system: The system, traced or not.
            every_seconds: How long to wait between two readings at least.
            clock: Tells the time; that of the first machine by default.

        Raises:
            ValueError: For a time that is not above zero.
        """
        return Gauges(system, self.instruments.board, every_seconds=every_seconds, clock=clock)

    def hook(self, name: str = "opentelemetry") -> Hook:
        """Return a hook that counts dead letters, ``telic.intent.dead``; for ``Worker(hooks=[...])``.

        Args:
            name: The name under which it is remembered what was counted.
        """
        return Hook(name, self._count_dead, kinds={Happened.FAILED})

    async def _count_dead(self, batch: tuple[Happening, ...]) -> None:
        for one in batch:
            if not one.event:  # a failure that a state has taken comes with its event
                self.instruments.count("telic.intent.dead", one.machine, one.cause)


class _TracedSystem(System):
    """A system whose bindings and runtimes are traced."""

    __slots__ = ("_instruments", "_spans", "_stores")

    def __init__(self, telemetry: Telemetry, spans: Spans, system: System) -> None:
        self._spans, self._instruments = spans, telemetry.instruments
        self._stores = {name: one.store for name, one in system.runtimes.items()}
        super().__init__(
            runtimes=[telemetry.runtime(one) for one in system.runtimes.values()],
            handlers=system.handlers,
            triggers=system.triggers,
            schedules=system.schedules,
            limits=system.limits,
        )

    def binding(self, intent: type[Intent[Fact]]) -> Binding | None:
        """Return who carries out a type of intent, within a span for each attempt."""
        found = super().binding(intent)
        if found is None:
            return None
        traced = _traced(self._spans, self._instruments, self._stores, found)
        return Binding(found.intent, traced, found.retry, found.take_back, found.priority)


def _traced(
    spans: Spans, instruments: Instruments, stores: Mapping[str, object], binding: Binding
) -> Callable[[Intent[Fact], Call], Awaitable[Fact | Later | None]]:
    async def carry_out(intent: Intent[Fact], call: Call) -> Fact | Later | None:
        began, result = time.perf_counter(), "cut_off"
        try:
            with spans.attempt(intent, call) as span:
                await spans.link_intent(span, stores.get(call.machine), call.key)
                spans.remember(call.key, span)
                try:
                    answer = await binding.handler(intent, call)
                except Exception:
                    result = "failed"
                    raise
                result = "later" if isinstance(answer, Later) else "answered"
                span.set_attribute("telic.result", result)
                if answer is not None and not isinstance(answer, Later):
                    span.set_attribute("telic.answer", type(answer).__name__)
                return answer
        finally:
            told = (call.machine, intent.__tag__, result)
            instruments.count("telic.intent.attempts", *told)
            instruments.measure("telic.intent.duration", time.perf_counter() - began, *told)

    return carry_out


class _Asked(Request):
    """A request that waits in a lane, with the trace of whoever asks."""

    trace = ""


class _UnderWay:
    """The steps that a stepper is about to take, each with its span.

    Attributes:
        spans: The spans by their traces.
        folded: The instances of which several steps are saved together.
    """

    def __init__(self) -> None:
        self.spans: dict[str, Span] = {}
        self.folded: set[WorkflowId] = set()

    def marked(self, commit: Commit[Any]) -> Commit[Any]:
        """Return what is saved, each record with the trace of its step."""
        return commit if commit.id in self.folded else _marked(commit, trace_of(trace.get_current_span()))

    def span_of(self, record: Record[Any]) -> Span:
        """Return the span that a record was made in."""
        alone = INVALID_SPAN if record.workflow_id in self.folded else trace.get_current_span()
        return self.spans.get(record.trace, INVALID_SPAN) if record.trace else alone


class _Watched:
    """A store that measures what is saved through it; the rest of the store is not asked here."""

    def __init__(
        self, store: WorkflowStore[Any], spans: Spans, instruments: Instruments, under_way: _UnderWay, machine: str
    ) -> None:
        self._store = store
        self._spans = spans
        self._instruments = instruments
        self._under_way = under_way
        self._machine = machine

    async def load(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[Any] | None:
        """Return an instance, or ``None`` where there is none."""
        return await self._store.load(id, event_ids)

    async def save(self, commit: Commit[Any]) -> None:
        """Save all of a commit, or nothing of it; then say on the span of each step what it was."""
        commit = self._under_way.marked(commit)
        await self._store.save(commit)
        kind = _kind(commit.before.state) if commit.before is not None else ""
        last: Span | None = None
        for record in commit.records:
            span = self._under_way.span_of(record)
            if kind and span is not last:
                span.set_attribute("telic.from", kind)
            span.set_attribute("telic.to", record.kind)
            for one in record.emitted:
                self._spans.remember(one.id, span)
                span.add_event("telic.intent", {"telic.intent_id": str(one.id), "telic.intent": one.intent.__tag__})
            kind, last = record.kind, span
        self._instruments.saved(commit, self._machine)


class _TracedStepper(Stepper[Any, Any]):
    """Carries out requests as the stepper of a runtime does, each within a span."""

    def __init__(
        self, spans: Spans, instruments: Instruments, runtime: WorkflowRuntime[Any, Any], traces: object = None
    ) -> None:
        super().__init__(runtime.machine, runtime.store, runtime.clock)
        self._spans = spans
        self._instruments = instruments
        self._under_way = _UnderWay()
        # What a shell puts around a store for one step need not know of traces.
        self._traces = runtime.store if isinstance(runtime.store, KeepsTraces) else traces
        self.store = _Watched(runtime.store, spans, instruments, self._under_way, runtime.machine.name)
        self.at_hand = None  # every step goes the way below
        self._runtime = runtime

    def over(self, store: WorkflowStore[Any]) -> _TracedStepper:
        """Return a stepper that does the same over another store."""
        runtime = self._runtime.model_copy(update={"store": store})
        return _TracedStepper(self._spans, self._instruments, runtime, self._traces)

    async def step(
        self,
        id: WorkflowId,
        delivery: Delivery,
        now: datetime,
        actor: str = "",
        if_revision: int | None = None,
        limit_seconds: float | None = None,
    ) -> RunResult[Any]:
        """Carry out one request within a span of its own."""
        machine, instruments = self.machine, self._instruments
        attributes = {
            "telic.workflow": machine.name, "telic.workflow_id": str(id), "telic.version": str(machine.version),
            "telic.tenant": self.tenant,
        }  # fmt: skip
        began, counted = time.perf_counter(), "error"
        try:
            with self._spans.step(machine.name, delivery, attributes) as span:
                await self._spans.link_step(span, self._traces, id, delivery)
                known = trace_of(span)
                self._under_way.spans[known] = span
                try:
                    result = await super().step(id, delivery, now, actor, if_revision, limit_seconds)
                finally:
                    self._under_way.spans.pop(known, None)
                counted = _told(span, result)
                return result
        finally:
            instruments.count("telic.transitions", machine.name, counted)
            instruments.measure("telic.transition.duration", time.perf_counter() - began, machine.name, counted)

    async def _queued(self, id: WorkflowId, request: Request) -> RunResult[Any]:
        asked = _Asked(*request)
        asked.trace = trace_of(trace.get_current_span())
        return await super()._queued(id, asked)

    async def _folded(self, id: WorkflowId, calls: list[Asked[Any]]) -> None:
        self._under_way.folded.add(id)
        try:
            await super()._folded(id, calls)
        finally:
            self._under_way.folded.discard(id)

    def _decided(self, id: WorkflowId, snapshot: Snapshot[Any] | None, request: Request) -> Commit[Any] | Refusal:
        outcome = super()._decided(id, snapshot, request)
        return (
            _marked(outcome, request.trace) if isinstance(outcome, Commit) and isinstance(request, _Asked) else outcome
        )

    async def _again(self, id: WorkflowId, request: Request, conflict: RevisionConflict) -> RunResult[Any]:
        self._instruments.count("telic.store.conflicts", self.machine.name)
        return await super()._again(id, request, conflict)


def _marked(commit: Commit[Any], known: str) -> Commit[Any]:
    """Return a commit whose records have the trace of the step; the same where nobody records it."""
    return commit._replace(records=tuple(one._replace(trace=known) for one in commit.records)) if known else commit


def _told(span: Span, result: RunResult[Any]) -> str:
    """Say on a span what came of its step; return the same in a word for the metrics."""
    kind = result.kind
    span.set_attribute("telic.result", str(kind))
    revision = getattr(result, "revision", None)
    if isinstance(revision, int):
        span.set_attribute("telic.revision", revision)
    if kind in _COMMITTED:
        return "committed"
    if kind is ResultKind.CONFLICT:
        span.set_status(StatusCode.ERROR, "conflict")
        return "conflict"
    return "rejected"


def _kind(state: BaseModel) -> str:
    return str(getattr(state, "kind", type(state).__name__))
