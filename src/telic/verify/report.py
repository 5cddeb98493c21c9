"""What an exploration says: a verdict for each check, with a story for each failure.

*Proved*: the search came to its end and found nothing against it. *Refuted*: here is the
way. *Undetermined*: nothing was found, and not everything was tried. What may never be here:
a verdict that claims more.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from telic.graph.sequences import Sequence
from telic.verify.search import Graph
from telic.verify.traces import Trace

__all__ = ["Check", "Report", "Stats", "Verdict"]

_LINES = 1800


class Verdict(StrEnum):
    """How a check came out."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDETERMINED = "undetermined"


class Check(NamedTuple):
    """One check and how it came out.

    Attributes:
        name: What was checked.
        verdict: How it came out.
        where: The state, transition or intent that it is about, if it is about one.
        text: What was expected and what happens; empty when all is well.
        trace: The way that shows it, where there is one.
    """

    name: str
    verdict: Verdict
    where: str = ""
    text: str = ""
    trace: Trace | None = None

    def story(self) -> str:
        """Return the check with its trace."""
        place = f" {self.where}:" if self.where else ""
        lines = [f"{self.verdict.upper()} {self.name}:{place} {self.text}".rstrip(" :")]
        if self.trace is not None:
            lines.append(self.trace.text())
        return "\n".join(lines)


class Stats(NamedTuple):
    """The size of an exploration.

    Attributes:
        worlds: Different worlds.
        edges: Steps between them, without those that begin an instance.
        starts: First worlds.
        depth: How many steps the farthest world is away from a start.
        states: How many of the classes of states were reached.
        of_states: How many there are.
    """

    worlds: int
    edges: int
    starts: int
    depth: int
    states: int
    of_states: int

    def text(self) -> str:
        """Return the size as one line."""
        return f"{self.worlds} worlds, {self.edges} steps, {self.depth} deep, {self.states} of {self.of_states} states"


class Report(NamedTuple):
    """All that an exploration says.

    Attributes:
        machine: The name of the machine.
        checks: Every check that was made.
        stats: How much was looked at.
        complete: The search came to its end and left nothing untried.
        bounds: The bounds that were hit.
        missing: The places for which there was no domain, with the reason.
        assumed: What was taken for granted.
        unattended: The states that only a command can move: nobody is asked.
        graph: The worlds and the steps between them.
    """

    machine: str
    checks: tuple[Check, ...]
    stats: Stats
    complete: bool
    bounds: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]
    assumed: tuple[str, ...]
    unattended: tuple[str, ...]
    graph: Graph

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that were refuted."""
        return tuple(one for one in self.checks if one.verdict is Verdict.REFUTED)

    @property
    def undetermined(self) -> tuple[Check, ...]:
        """The checks that could not be decided."""
        return tuple(one for one in self.checks if one.verdict is Verdict.UNDETERMINED)

    @property
    def verdict(self) -> Verdict:
        """The verdict on the whole: the worst of all."""
        if self.failures:
            return Verdict.REFUTED
        return Verdict.UNDETERMINED if self.undetermined or not self.complete else Verdict.PROVED

    def check(self, name: str) -> Check:
        """Return the first check of a name, a refuted one before others.

        Raises:
            KeyError: When there is no such check.
        """
        named = [one for one in self.checks if one.name == name]
        if not named:
            known = ", ".join(dict.fromkeys(one.name for one in self.checks))
            raise KeyError(f"expected one of {known}, got {name!r}")
        return min(named, key=lambda one: list(Verdict).index(one.verdict) != 1)

    def assert_ok(self, *, allow_undetermined: bool = False) -> None:
        """Raise unless everything is proved.

        Args:
            allow_undetermined: What could not be decided is let pass.

        Raises:
            AssertionError: With the whole report.
        """
        if self.verdict is Verdict.REFUTED or (self.verdict is Verdict.UNDETERMINED and not allow_undetermined):
            raise AssertionError(self.text())

    def text(self) -> str:
        """Return the report: the verdict, each failure with its story, and what limits the verdict."""
        parts = [f"{self.machine}: {self.verdict}: {self.stats.text()}"]
        parts += [one.story() for one in self.failures]
        parts += [one.story() for one in self.undetermined if one.text]
        open_ = ", ".join(one.name for one in self.undetermined if not one.text)
        if open_:
            parts.append(f"UNDETERMINED {open_}")
        parts += [f"bound: {one}" for one in self.bounds]
        parts += [f"no domain: {place} ({why})" for place, why in self.missing]
        parts += [f"unattended: {one}: only a command can move it, and nobody is asked" for one in self.unattended]
        parts += [f"assumed: {one}" for one in self.assumed]
        lines = "\n".join(parts).splitlines()
        if len(lines) > _LINES:
            lines = [*lines[:_LINES], f"… {len(lines) - _LINES} lines left out"]
        return "\n".join(lines)

    def sequence(self, check: Check) -> Sequence:
        """Return the story of a check as messages, to be drawn as SVG, Mermaid or text.

        Raises:
            ValueError: When the check has no story.
        """
        from telic.verify.rendering import sequence_of  # it knows reports

        return sequence_of(_story_of(check), self.machine)

    def sequence_diagram(self, check: Check) -> str:
        """Return the story of a check as a Mermaid sequence diagram.

        Raises:
            ValueError: When the check has no story.
        """
        return self.sequence(check).mermaid()

    def state_diagram(self, check: Check) -> str:
        """Return the story of a check as a Mermaid state diagram.

        Raises:
            ValueError: When the check has no story.
        """
        from telic.verify.rendering import state_diagram  # it knows reports

        return state_diagram(_story_of(check))

    def regression_test(self, check: Check) -> str:
        """Return a test, as source code, that fails for as long as the story of a check can happen.

        Raises:
            ValueError: When the check has no story.
        """
        from telic.verify.rendering import regression_test  # it knows reports

        return regression_test(check, self.graph.stepper.space.machine)

    def json(self) -> dict[str, object]:
        """Return the report as plain JSON values."""
        from telic.verify.rendering import json_of  # it knows reports

        return {
            "machine": self.machine,
            "verdict": str(self.verdict),
            "complete": self.complete,
            "stats": self.stats._asdict(),
            "bounds": list(self.bounds),
            "missing": dict(self.missing),
            "assumed": list(self.assumed),
            "unattended": list(self.unattended),
            "checks": [json_of(one) for one in self.checks],
        }

    def __repr__(self) -> str:
        """Return verdict and size."""
        return f"Report({self.machine!r}, {self.verdict}, {self.stats.text()})"


def _story_of(check: Check) -> Trace:
    if check.trace is None:
        raise ValueError(f"expected a check with a story, got {str(check.name)!r}; do choose one with a trace")
    return check.trace
