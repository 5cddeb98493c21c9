"""Where a span stands, as a text that a store keeps."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import INVALID_SPAN, NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.span import TraceState

from telic.adapters.opentelemetry.contexts import context_in, trace_of

SAMPLED = SpanContext(
    trace_id=0x4BF92F3577B34DA6A3CE929D0E0E4736, span_id=0xF067AA0BA902B7, is_remote=True,
    trace_flags=TraceFlags(TraceFlags.SAMPLED), trace_state=TraceState([("congo", "t61rcWkgMzE"), ("rojo", "a b")]),
)  # fmt: skip


def test_a_span_is_a_traceparent_and_a_tracestate_as_the_w3c_write_them():
    text = trace_of(NonRecordingSpan(SAMPLED))
    assert text == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 congo=t61rcWkgMzE,rojo=a b"
    assert context_in(text) == SAMPLED


def test_without_a_state_there_is_only_the_traceparent():
    plain = SpanContext(SAMPLED.trace_id, SAMPLED.span_id, is_remote=True, trace_flags=SAMPLED.trace_flags)
    text = trace_of(NonRecordingSpan(plain))
    assert text == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert context_in(text) == plain


def test_a_span_that_nobody_records_has_no_text():
    unsampled = TracerProvider(sampler=ALWAYS_OFF).get_tracer("t").start_span("s")
    assert [trace_of(one) for one in (INVALID_SPAN, unsampled)] == ["", ""]


@pytest.mark.parametrize("text", ["", "ß", "00-0-0-01", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_text_that_names_no_span_is_none(text):
    assert context_in(text) is None
