"""What is printed: how far a run is, the table at its end, and what this one run took.

The table says what the log came to, so every run of one log over one database ends in the
same table. What differs from run to run stands below it. What must never be here: counting;
see `tally`.
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from examples.loan.machine import LoanKind
from examples.loan.tally import Tally

if sys.platform != "win32":
    import resource

WIDTH = 12
FAMILIES = {"A": "application", "O": "offers", "W": "work"}
OUTCOMES = (LoanKind.ACTIVATED, LoanKind.DECLINED, LoanKind.CANCELLED)
PROGRESS_SECONDS = 1.0
"""How long a reader may wonder whether anything is going on."""
LINES_PER_LOOK = 64
"""Lines between two looks at the clock: a look costs little, but it is no work."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took."""

    seconds: float
    peak_bytes: int | None


class Progress:
    """Prints one line a second, at most."""

    def __init__(self, clock: Callable[[], float], write: Callable[[str], None]) -> None:
        """Take the clock, in seconds, and what prints a line."""
        self._clock = clock
        self._write = write
        self._began = self._last = clock()

    def __call__(self, tally: Tally) -> None:
        """Print how far the run is, if the last time was long enough ago."""
        lines = tally.lines.total()
        if lines % LINES_PER_LOOK:
            return
        now = self._clock()
        if now - self._last < PROGRESS_SECONDS:
            return
        self._last = now
        speed = lines / (now - self._began)
        self._write(f"  {lines:,} lines, {tally.instances:,} cases, {speed:,.0f} steps/s")


def table(tally: Tally) -> str:
    """The table of a log: the same after every run."""
    rows = [_row("instances", tally.instances)]
    rows += _by_family("events applied", tally.applied, tally.lines)
    rows += _by_reason("ignored", tally.ignored)
    if tally.refused:
        rows += _by_reason("refused, not recorded", tally.refused)
    rows += ["outcomes"]
    rows += [_row(f"  {kind.value}", tally.outcomes[kind.value]) for kind in OUTCOMES]
    return "\n".join([*rows, _still_open(tally)])


def cost_of(tally: Tally, cost: Cost) -> str:
    """What this run took; another one takes something else."""
    lines = tally.lines.total()
    speed = lines / cost.seconds if cost.seconds else 0.0
    rows = [
        _row("lines sent", lines),
        _row("  of them duplicates", tally.duplicates),
        _row("steps per second", round(speed)),
        _row("seconds", f"{cost.seconds:,.1f}"),
    ]
    if cost.peak_bytes is not None:
        rows.append(_row("peak memory, MB", round(cost.peak_bytes / 1_000_000)))
    return "\n".join(rows)


def peak_bytes() -> int | None:
    """The most memory that this process has had, or None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():  # `getrusage` counts what the parent had before it started us
        text = status.read_text(encoding="ascii")
        return 1024 * int(text.partition("VmHWM:")[2].split(maxsplit=1)[0])
    if sys.platform == "win32":
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _row(name: str, value: int | str, remark: str = "") -> str:
    shown = value if isinstance(value, str) else f"{value:,}"
    return f"{name:<22}{shown:>{WIDTH}}{remark}"


def _still_open(tally: Tally) -> str:
    counts = {kind: tally.outcomes[kind.value] for kind in LoanKind if kind not in OUTCOMES}
    where = ", ".join(f"{count:,} {kind.value}" for kind, count in counts.items() if count)
    return _row("  still open", sum(counts.values()), f"  {where}".rstrip())


def _by_family(name: str, applied: Counter[str], lines: Counter[str]) -> list[str]:
    rows = [_row(name, applied.total(), f" of {lines.total():,}")]
    rows += [
        _row(f"  {letter}_*  {what}", applied[letter], f" of {lines[letter]:,}") for letter, what in FAMILIES.items()
    ]
    return rows


def _by_reason(name: str, counts: Counter[tuple[str, str]]) -> list[str]:
    """The total, then the reasons: the most frequent first, and equal ones by name."""
    rows = [_row(name, counts.total())]
    for (letter, reason), count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        rows.append(_row(f"  {letter}_*", count, f"  {reason}"))
    return rows
