"""The spans of steps and attempts: their names, their attributes, and what they are linked to.

What may never be here: a step, or the call of a handler.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from opentelemetry.trace import Span, SpanContext, SpanKind, Tracer

from telic.adapters.opentelemetry.contexts import context_in
from telic.kernel.errors import StoreError
from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.logs import context
from telic.runtime.observing import KeepsTraces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from contextlib import AbstractContextManager

    from telic.kernel.events import Fact
    from telic.kernel.handling import Call
    from telic.kernel.intents import Intent
    from telic.kernel.snapshot import Delivery

__all__ = ["Spans"]

_log = logging.getLogger("telic.opentelemetry")
_REMEMBERED: Final = 10_000
"""How many intents it is remembered of which span has emitted or carried them out."""


class Spans:
    """Makes the spans, and remembers which has last had to do with an intent."""

    def __init__(self, tracer: Tracer) -> None:
        """Remember nothing yet.

        Args:
            tracer: Makes them.
        """
        self._tracer = tracer
        self._known: OrderedDict[str, SpanContext] = OrderedDict()

    def step(self, name: str, delivery: Delivery, attributes: Mapping[str, str]) -> AbstractContextManager[Span]:
        """Return the span of a step, as a context manager.

        Args:
            name: The name of the machine.
            delivery: What is delivered.
            attributes: What is known of the instance.
        """
        told = {**attributes, "telic.event": getattr(type(delivery.event), "__tag__", type(delivery.event).__name__)}
        if delivery.answers is not None:
            told["telic.intent_id"] = str(delivery.answers)
        if delivery.wait is not None:
            told["telic.wait"] = str(delivery.wait)
        return self._tracer.start_as_current_span(f"transition {name}", kind=SpanKind.INTERNAL, attributes=told)

    def attempt(self, intent: Intent[Fact], call: Call) -> AbstractContextManager[Span]:
        """Return the span of an attempt, as a context manager.

        Args:
            intent: What is to be done.
            call: The attempt.
        """
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
        )  # fmt: skip

    def remember(self, intent_id: str, span: Span) -> None:
        """Note which span has last had to do with an intent, so that the next can be linked to it.

        Args:
            intent_id: The idempotency key.
            span: The span.
        """
        self._known[intent_id] = span.get_span_context()
        self._known.move_to_end(intent_id)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def link_step(self, span: Span, store: object, id: WorkflowId, delivery: Delivery) -> None:
        """Link the span of a step to the attempt that it answers, or to the step that opened its wait.

        Args:
            span: The span; one that nobody records is left alone, and no store is asked.
            store: Where traces are kept, if they are.
            id: The instance.
            delivery: What is delivered.
        """
        if delivery.answers is not None:
            await self.link_intent(span, store, delivery.answers)
        if delivery.wait is not None and span.is_recording() and isinstance(store, KeepsTraces):
            _link(span, await _kept(store.wait_trace(id, delivery.wait), id))

    async def link_intent(self, span: Span, store: object, id: IntentId) -> None:
        """Link a span to what has last had to do with an intent here, or to the step that emitted it.

        Args:
            span: As in :meth:`link_step`, like the store.
            store: Where traces are kept, if they are.
            id: The idempotency key of the intent.
        """
        known = self._known.get(id)
        if known is None and span.is_recording() and isinstance(store, KeepsTraces):
            known = await _kept(store.intent_trace(id), id)
        _link(span, known)


async def _kept(asked: Awaitable[str], id: str) -> SpanContext | None:
    """Return the span that a store names; nothing where it does not answer, since a step may do without."""
    try:
        return context_in(await asked)
    except StoreError as error:
        _log.warning("%s: the link to an earlier span is left out: %s", id, error, extra=context(workflow_id=id))
        return None


def _link(span: Span, context: SpanContext | None) -> None:
    if context is not None and context.is_valid:
        span.add_link(context)
