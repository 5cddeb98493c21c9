"""What a scenario is: something done to a crew at work, and what came of it."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.chaos.checker import Verdict, examine
from tests.chaos.crew import Crew, Recovery, recovery
from tests.chaos.evidence import Evidence
from tests.chaos.machine import errand
from tests.chaos.places import Place, made
from tests.chaos.worker import Setting

_WORDS_SHOWN = 20


class Outcome(NamedTuple):
    """What a scenario came to.

    Attributes:
        scenario: What was done.
        store: To which store.
        blows: How often.
        verdict: What the checker says.
        seconds: How long it took.
        recovery: How long the work of killed workers lay idle, where some were.
        details: Figures of this scenario alone.
        problems: What went wrong beside the store, such as a worker that ended by itself.
    """

    scenario: str
    store: str
    blows: int
    verdict: Verdict
    seconds: float
    recovery: Recovery | None = None
    details: dict[str, int | float] = {}
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.verdict.findings and not self.problems

    def told(self) -> str:
        """All figures, on a few lines."""
        lines = [f"{'ok' if self.ok else 'FAILED'} {self.scenario}, {self.store}: {self.blows} in {self.seconds:.0f} s"]
        lines.append(f"   {dict(self.verdict.figures)} {self.details} {self.recovery or ''}")
        lines += [f"   {one}" for one in (*self.problems, *self.verdict.findings)[:_WORDS_SHOWN]]
        return "\n".join(lines)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="telic-chaos-") as name:
        yield Path(name)


def under_fire(
    scenario: str,
    place: Place,
    where: Path,
    blows: Callable[[Crew], int],
    *,
    setting: Setting | None = None,
    calm: Callable[[Crew], None] = lambda crew: None,
) -> Outcome:
    """Have a crew work while something is done to it, let it come to rest, and check everything.

    Args:
        scenario: What is done.
        place: Where the crew works.
        where: A folder for what it leaves behind.
        blows: Does it, and returns how often.
        setting: How the crew works.
        calm: Puts things right before the crew comes to rest.
    """
    began = time.monotonic()
    problems: list[str] = []
    crew = Crew(made(place), where, setting or Setting())
    try:
        count = blows(crew)
        calm(crew)
        if not crew.rested():
            problems.append("it did not come to rest within 60 seconds")
        statuses = crew.stop()
    finally:
        crew.end()
    if any(statuses):
        problems.append(f"expected the workers to end with 0, got {statuses}")
    evidence = Evidence.of(where)
    verdict = examine(place, errand, evidence)
    details = {f"hit_{phase.name.lower()}": hits for phase, hits in sorted(crew.hits.items())}
    details |= {"aimed": crew.aimed, "late_ms": crew.late_ms} if crew.kills else {}
    found = recovery(place, evidence) if evidence.orphans else None
    return Outcome(
        scenario, place.name, count, verdict, time.monotonic() - began, found, details, tuple(problems)
    )  # fmt: skip
