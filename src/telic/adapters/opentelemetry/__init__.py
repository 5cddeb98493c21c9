"""Spans and metrics by OpenTelemetry: what steps and attempts do, and how they hang together.

It needs the extra ``telic[otel]``, which is the API alone: without an SDK in the process it
costs next to nothing and says nothing. What may never be here: an exporter, or a provider of
its own; the application configures these.
"""

from telic.kernel.errors import MissingExtra

try:
    import opentelemetry.metrics
    import opentelemetry.trace  # noqa: F401  (asked for here, so that the error can say what to install)
except ImportError as error:
    raise MissingExtra("telic.adapters.opentelemetry", "otel") from error

from telic.adapters.opentelemetry.instrumenting import Telemetry

__all__ = ["Telemetry"]
