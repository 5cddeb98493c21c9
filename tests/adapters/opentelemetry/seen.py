"""Telemetry that a test can read."""

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from telic.adapters.opentelemetry import Telemetry


class Seen:
    """The telemetry of one process, with what it has told."""

    def __init__(self, sampler=None):
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers = TracerProvider(sampler=sampler)
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider(metric_readers=[self.reader])
        self.telemetry = Telemetry(tracer_provider=self.tracers, meter_provider=self.meters)

    @property
    def spans(self):
        return self.exporter.get_finished_spans()

    def of(self, name):
        return [one for one in self.spans if one.name == name]

    def metrics(self):
        """The points of each metric that has any, by name."""
        data = self.reader.get_metrics_data()
        return {
            metric.name: [(dict(point.attributes), point) for point in metric.data.data_points]
            for resource in (data.resource_metrics if data is not None else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def points(self, name):
        return self.metrics().get(name, [])

    def values(self, name):
        """The values of a gauge or a counter, each by its attributes without the workflow."""
        return {
            tuple(value for key, value in told.items() if key != "telic.workflow"): point.value
            for told, point in self.points(name)
        }

    def counts(self, name, by="telic.result"):
        return {
            told[by]: getattr(point, "value", None) or getattr(point, "count", 0) for told, point in self.points(name)
        }

    def close(self):
        self.tracers.shutdown()
        self.meters.shutdown()
