"""The instruments: their names, units and attributes, in one place.

An instance id is no attribute of a metric, ever: there would be a series for each instance.
What may never be here: a span, or a question to a store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from opentelemetry.metrics import Observation

from telic.kernel.snapshot import Outcome
from telic.kernel.waits import Deadline, HumanTask

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter
    from pydantic import BaseModel

    from telic.kernel.snapshot import Commit

__all__ = ["METRICS", "Board", "Instruments", "Labels", "Metric", "Readings"]

Labels: TypeAlias = tuple[str, ...]
Readings: TypeAlias = Mapping[str, Mapping[Labels, float]]
"""The values of gauges: by the name of the gauge, then by its attributes in their order."""

_WORKFLOW, _RESULT, _INTENT, _EVENT = "telic.workflow", "telic.result", "telic.intent", "telic.event"
_CAUSE = "telic.cause"
_STATE, _STATUS, _STANDING, _HOOK = "telic.state", "telic.status", "telic.standing", "telic.hook"


class Metric(NamedTuple):
    """One metric.

    Attributes:
        name: Its name.
        kind: ``counter``, ``histogram`` or ``gauge``.
        unit: Its unit.
        attributes: Which attributes each of its values has.
        what: What it measures.
    """

    name: str
    kind: str
    unit: str
    attributes: tuple[str, ...]
    what: str


METRICS: Final = {
    one.name: one
    for one in (
        Metric("telic.transitions", "counter", "{step}", (_WORKFLOW, _RESULT), "Steps by result"),
        Metric("telic.transition.duration", "histogram", "s", (_WORKFLOW, _RESULT), "Duration of a step"),
        Metric("telic.intent.attempts", "counter", "{attempt}", (_WORKFLOW, _INTENT, _RESULT), "Attempts by result"),
        Metric("telic.intent.duration", "histogram", "s", (_WORKFLOW, _INTENT, _RESULT), "Duration of an attempt"),
        Metric("telic.intent.dead", "counter", "{intent}", (_WORKFLOW, _CAUSE), "Intents that became dead letters"),
        Metric("telic.facts.unplaced", "counter", "{fact}", (_WORKFLOW, _EVENT), "Facts that no state has taken"),
        Metric("telic.timer.lag", "histogram", "s", (_WORKFLOW, _EVENT), "How late deadlines fired"),
        Metric(
            "telic.task.time_to_complete", "histogram", "s", (_WORKFLOW, _EVENT),
            "How long tasks were open until they were completed",
        ),
        Metric("telic.store.conflicts", "counter", "{conflict}", (_WORKFLOW,), "Races lost, and tried again"),
        Metric(
            "telic.instances.active", "gauge", "{instance}", (_WORKFLOW, _STATE, _STATUS),
            "Instances that run or are paused",
        ),
        Metric("telic.instances.over", "gauge", "{instance}", (_WORKFLOW, _STATUS), "Instances that are over and kept"),
        Metric(
            "telic.state.age", "gauge", "s", (_WORKFLOW, _STATE, _STATUS),
            "Time since the last record of the active instance that has stood still longest",
        ),
        Metric(
            "telic.outbox.depth", "gauge", "{intent}", (_WORKFLOW, _INTENT, _STANDING),
            "Intents that are still to be carried out",
        ),
        Metric(
            "telic.outbox.oldest_age", "gauge", "s", (_WORKFLOW, _INTENT, _STANDING),
            "Time since the oldest of them was emitted",
        ),
        Metric("telic.tasks.open", "gauge", "{task}", (_WORKFLOW, _EVENT), "Open tasks"),
        Metric("telic.tasks.overdue", "gauge", "{task}", (_WORKFLOW, _EVENT), "Open tasks whose due date has passed"),
        Metric(
            "telic.timers.overdue", "gauge", "{deadline}", (_WORKFLOW, _EVENT),
            "Deadlines that should have fired and have not",
        ),
        Metric("telic.timers.overdue_age", "gauge", "s", (_WORKFLOW, _EVENT), "How late the latest of them is"),
        Metric("telic.hooks.unheard", "gauge", "{happening}", (_WORKFLOW, _HOOK), "What hooks have not heard yet"),
        Metric("telic.hooks.unheard_age", "gauge", "s", (_WORKFLOW, _HOOK), "Time since the oldest of it happened"),
    )
}  # fmt: skip
"""All metrics, by name."""


class Board:
    """The latest readings of the gauges; written by who reads the stores, read by the exporters' threads."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._read: dict[object, Readings] = {}

    def put(self, source: object, readings: Readings) -> None:
        """Take over what one source has read.

        Args:
            source: Whose readings they are; they replace those that it had.
            readings: The values.
        """
        self._read = {**self._read, source: readings}  # a thread that goes through the others sees all of them

    def drop(self, source: object) -> None:
        """Forget what a source has read: nobody knows any more whether it is true.

        Args:
            source: Whose readings.
        """
        self._read = {key: one for key, one in self._read.items() if key is not source}

    def observed(self, metric: Metric, options: CallbackOptions | None = None) -> Iterable[Observation]:
        """Return what a gauge shows: of several sources, such as those of tenants, the sum, or the greatest age.

        Args:
            metric: The gauge.
            options: What an exporter asks for; it has no say in this.
        """
        del options
        combine: Callable[[Iterable[float]], float] = max if metric.unit == "s" else sum
        found: dict[Labels, list[float]] = {}
        for readings in self._read.values():
            for labels, value in readings.get(metric.name, {}).items():
                found.setdefault(labels, []).append(value)
        return [
            Observation(combine(values), dict(zip(metric.attributes, labels, strict=True)))
            for labels, values in found.items()
        ]


class Instruments:
    """The metrics of telic: what is counted and measured as it happens, and gauges that are read.

    Attributes:
        board: What the gauges show.
    """

    def __init__(self, meter: Meter) -> None:
        """Make them.

        Args:
            meter: The meter of telic.
        """
        self.board = Board()
        self._counters: dict[str, Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        for one in METRICS.values():
            if one.kind == "counter":
                self._counters[one.name] = meter.create_counter(one.name, one.unit, one.what)
            elif one.kind == "histogram":
                self._histograms[one.name] = meter.create_histogram(one.name, one.unit, one.what)
            else:
                meter.create_observable_gauge(one.name, [partial(self.board.observed, one)], one.unit, one.what)

    def count(self, name: str, *labels: str) -> None:
        """Count one more.

        Args:
            name: The counter.
            labels: Its attributes, in their order.
        """
        self._counters[name].add(1, dict(zip(METRICS[name].attributes, labels, strict=True)))

    def measure(self, name: str, value: float, *labels: str) -> None:
        """Take down a value.

        Args:
            name: The histogram.
            value: The value.
            labels: Its attributes, in their order.
        """
        self._histograms[name].record(value, dict(zip(METRICS[name].attributes, labels, strict=True)))

    def saved(self, commit: Commit[BaseModel], machine: str) -> None:
        """Measure the waits that a commit has ended by their event, and count the facts that it leaves unplaced.

        Args:
            commit: What was saved.
            machine: The name of its machine.
        """
        opened = {one.key: one for one in commit.before.waits} if commit.before is not None else {}
        for record in commit.records:
            if record.first is not None:
                continue
            if record.outcome is Outcome.UNPLACED:
                self.count("telic.facts.unplaced", machine, getattr(type(record.event), "__tag__", ""))
            found = opened.get(record.wait) if record.wait is not None else None
            if found is None:
                continue
            event = found.wait.event_type.__tag__
            if isinstance(found.wait, Deadline):
                late = (record.at - found.wait.at).total_seconds()
                self.measure("telic.timer.lag", max(0.0, late), machine, event)
            elif isinstance(found.wait, HumanTask):
                open_for = (record.at - found.opened_at).total_seconds()
                self.measure("telic.task.time_to_complete", open_for, machine, event)
