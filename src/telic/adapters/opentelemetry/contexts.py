"""Where a span stands, as one text that a store keeps: ``traceparent``, a space, and ``tracestate`` if there is one.

The form of both is that of the W3C (https://www.w3.org/TR/trace-context/). What may never be
here: a span that is begun.
"""

from __future__ import annotations

from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = ["context_in", "trace_of"]

_W3C: Final = TraceContextTextMapPropagator()


def trace_of(span: Span) -> str:
    """Return the text of a span; the empty one where nobody records it, since no link would lead anywhere.

    Args:
        span: The span.
    """
    context = span.get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return ""
    told: dict[str, str] = {}
    _W3C.inject(told, trace.set_span_in_context(span, Context()))
    return " ".join(told[name] for name in ("traceparent", "tracestate") if name in told)


def context_in(text: str) -> SpanContext | None:
    """Return the span that a text names, if it names one.

    Args:
        text: What :func:`trace_of` has returned, in this process or another.
    """
    parent, _, state = text.partition(" ")
    found = trace.get_current_span(_W3C.extract({"traceparent": parent, "tracestate": state}, Context()))
    context = found.get_span_context()
    return context if context.is_valid else None
