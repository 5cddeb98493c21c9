"""The instruments: their names, units and attributes, in one place.

An instance id is no attribute of a metric, ever: there would be a series for each instance.
What may never be here: a span.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telic.kernel.waits import Deadline, HumanTask

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter
    from pydantic import BaseModel

    from telic.kernel.snapshot import Commit

__all__ = ["Instruments"]


class Instruments:
    """The counters and histograms of telic.

    Attributes:
        transitions: Steps, by ``result``: committed, rejected, conflict or error.
        transition_duration: How long a step took, with load and save.
        intent_duration: How long an attempt took.
        intent_attempts: Attempts, by ``result``: answered, later, failed or cut_off.
        intent_dead: Intents that became dead letters; see ``Telemetry.hook``.
        timer_lag: How late deadlines fired.
        task_time_to_complete: How long tasks were open until they were completed.
        store_conflicts: Races that were lost, and tried again.
    """

    def __init__(self, meter: Meter) -> None:
        """Make them.

        Args:
            meter: The meter of telic.
        """
        self.transitions = meter.create_counter("telic.transitions", "{step}", "Steps by result")
        self.transition_duration = meter.create_histogram("telic.transition.duration", "s", "Duration of a step")
        self.intent_duration = meter.create_histogram("telic.intent.duration", "s", "Duration of an attempt")
        self.intent_attempts = meter.create_counter("telic.intent.attempts", "{attempt}", "Attempts by result")
        self.intent_dead = meter.create_counter("telic.intent.dead", "{intent}", "Intents that became dead letters")
        self.timer_lag = meter.create_histogram("telic.timer.lag", "s", "How late deadlines fired")
        self.task_time_to_complete = meter.create_histogram(
            "telic.task.time_to_complete", "s", "How long tasks were open until they were completed"
        )
        self.store_conflicts = meter.create_counter(
            "telic.store.conflicts", "{conflict}", "Races lost, and tried again"
        )

    def waited(self, commit: Commit[BaseModel], machine: str) -> None:
        """Measure the waits that a commit has ended by their event.

        Args:
            commit: What was saved.
            machine: The name of its machine.
        """
        opened = {one.key: one for one in commit.before.waits} if commit.before is not None else {}
        for record in commit.records:
            found = opened.get(record.wait) if record.wait is not None else None
            if found is None or record.first is not None:
                continue
            told = {"telic.workflow": machine, "telic.event": found.wait.event_type.__tag__}
            if isinstance(found.wait, Deadline):
                self.timer_lag.record(max(0.0, (record.at - found.wait.at).total_seconds()), told)
            elif isinstance(found.wait, HumanTask):
                self.task_time_to_complete.record((record.at - found.opened_at).total_seconds(), told)
