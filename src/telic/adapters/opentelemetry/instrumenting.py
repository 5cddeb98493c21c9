"""``Telemetry``: a system, or a runtime, whose steps and attempts are spans.

A step and the attempts that it leads to are traces of their own, days apart perhaps; a link leads
from one to the other. What may never be here: a decision about an instance; what is traced
does what it would do otherwise.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from opentelemetry import metrics, trace
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode, Tracer

from telic.adapters.opentelemetry.instruments import Instruments
from telic.kernel.handling import Binding, Call, Later
from telic.kernel.results import ResultKind
from telic.kernel.values import EventId, WorkflowId
from telic.runtime.happenings import Happened, Happening
from telic.runtime.stepping import Stepper
from telic.shell.hooks import Hook
from telic.shell.system import System

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractContextManager

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider
    from pydantic import BaseModel

    from telic.kernel.errors import RevisionConflict
    from telic.kernel.events import Fact
    from telic.kernel.intents import Intent
    from telic.kernel.snapshot import Commit, Delivery, Snapshot
    from telic.runtime.protocols import WorkflowStore
    from telic.runtime.results import RunResult
    from telic.runtime.runtime import WorkflowRuntime
    from telic.runtime.stepping import Request

__all__ = ["Telemetry"]

R = TypeVar("R", bound="WorkflowRuntime[Any, Any]")

_ENGINE: Final = "engine"
_REMEMBERED: Final = 10_000
"""How many intents it is remembered of which span has emitted or carried them out."""
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
        self._spans = _Spans(trace.get_tracer("telic", tracer_provider=tracer_provider))
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

    def hook(self, name: str = "opentelemetry") -> Hook:
        """Return a hook that counts dead letters, ``telic.intent.dead``; for ``Worker(hooks=[...])``.

        Args:
            name: The name under which it is remembered what was counted.
        """
        return Hook(name, self._count_dead, kinds={Happened.FAILED})

    async def _count_dead(self, batch: tuple[Happening, ...]) -> None:
        for one in batch:
            if not one.event:  # a failure that a state has taken comes with its event
                self.instruments.intent_dead.add(1, {"telic.workflow": one.machine, "telic.cause": one.cause})


class _Spans:
    """Makes the spans, and remembers which has last had to do with an intent."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._known: OrderedDict[str, SpanContext] = OrderedDict()

    def step(self, name: str, delivery: Delivery, attributes: Mapping[str, str]) -> AbstractContextManager[Span]:
        """Return the span of a step, as a context manager; linked to the attempt that it answers."""
        told = {**attributes, "telic.event": getattr(type(delivery.event), "__tag__", type(delivery.event).__name__)}
        if delivery.answers is not None:
            told["telic.intent_id"] = str(delivery.answers)
        if delivery.wait is not None:
            told["telic.wait"] = str(delivery.wait)
        return self._tracer.start_as_current_span(
            f"transition {name}", kind=SpanKind.INTERNAL, attributes=told, links=self._links(delivery.answers)
        )

    def attempt(self, intent: Intent[Fact], call: Call) -> AbstractContextManager[Span]:
        """Return the span of an attempt, as a context manager; linked to the step that emitted the intent."""
        tag = intent.__tag__
        return self._tracer.start_as_current_span(
            f"process {tag}",
            kind=SpanKind.CONSUMER,
            attributes={
                "telic.workflow": call.machine, "telic.workflow_id": str(call.workflow_id), "telic.intent": tag,
                "telic.intent_id": str(call.key), "telic.attempt": call.attempt, "telic.tenant": call.tenant,
                "messaging.system": "telic", "messaging.operation.type": "process",
                "messaging.operation.name": "process", "messaging.destination.name": tag,
                "messaging.message.id": str(call.key),
            },
            links=self._links(call.key),
        )  # fmt: skip

    def remember(self, intent_id: str, span: Span) -> None:
        """Note which span has last had to do with an intent, so that the next can be linked to it."""
        self._known[intent_id] = span.get_span_context()
        self._known.move_to_end(intent_id)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _links(self, intent_id: str | None) -> list[Link]:
        known = self._known.get(intent_id) if intent_id is not None else None
        return [Link(known)] if known is not None else []


class _TracedSystem(System):
    """A system whose bindings and runtimes are traced."""

    __slots__ = ("_instruments", "_spans")

    def __init__(self, telemetry: Telemetry, spans: _Spans, system: System) -> None:
        self._spans, self._instruments = spans, telemetry.instruments
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
        traced = _traced(self._spans, self._instruments, found)
        return Binding(found.intent, traced, found.retry, found.take_back, found.priority)


def _traced(
    spans: _Spans, instruments: Instruments, binding: Binding
) -> Callable[[Intent[Fact], Call], Awaitable[Fact | Later | None]]:
    async def carry_out(intent: Intent[Fact], call: Call) -> Fact | Later | None:
        began, result = time.perf_counter(), "cut_off"
        told = {"telic.workflow": call.machine, "telic.intent": intent.__tag__}
        try:
            with spans.attempt(intent, call) as span:
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
            instruments.intent_attempts.add(1, told | {"telic.result": result})
            instruments.intent_duration.record(time.perf_counter() - began, told | {"telic.result": result})

    return carry_out


class _Watched:
    """A store that measures what is saved through it; the rest of the store is not asked here."""

    def __init__(self, store: WorkflowStore[Any], spans: _Spans, instruments: Instruments, machine: str) -> None:
        self._store = store
        self._spans = spans
        self._instruments = instruments
        self._machine = machine

    async def load(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[Any] | None:
        """Return an instance, or ``None`` where there is none."""
        return await self._store.load(id, event_ids)

    async def save(self, commit: Commit[Any]) -> None:
        """Save all of a commit, or nothing of it; then say on the present span what it was."""
        await self._store.save(commit)
        span = trace.get_current_span()
        if commit.before is not None:
            span.set_attribute("telic.from", _kind(commit.before.state))
        span.set_attribute("telic.to", _kind(commit.after.state))
        for record in commit.records:
            for one in record.emitted:
                self._spans.remember(one.id, span)
                span.add_event("telic.intent", {"telic.intent_id": str(one.id), "telic.intent": one.intent.__tag__})
        self._instruments.waited(commit, self._machine)


class _TracedStepper(Stepper[Any, Any]):
    """Carries out requests as the stepper of a runtime does, each within a span."""

    def __init__(self, spans: _Spans, instruments: Instruments, runtime: WorkflowRuntime[Any, Any]) -> None:
        super().__init__(runtime.machine, runtime.store, runtime.clock)
        self._spans = spans
        self._instruments = instruments
        self.store = _Watched(runtime.store, spans, instruments, runtime.machine.name)
        self.at_hand = None  # every step goes the way below
        self._runtime = runtime

    def over(self, store: WorkflowStore[Any]) -> _TracedStepper:
        """Return a stepper that does the same over another store."""
        return _TracedStepper(self._spans, self._instruments, self._runtime.model_copy(update={"store": store}))

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
                result = await super().step(id, delivery, now, actor, if_revision, limit_seconds)
                counted = _told(span, result)
                return result
        finally:
            told = {"telic.workflow": machine.name, "telic.result": counted}
            instruments.transitions.add(1, told)
            instruments.transition_duration.record(time.perf_counter() - began, told)

    async def _again(self, id: WorkflowId, request: Request, conflict: RevisionConflict) -> RunResult[Any]:
        self._instruments.store_conflicts.add(1, {"telic.workflow": self.machine.name})
        return await super()._again(id, request, conflict)


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
