"""What a run comes to: counts that every run of the same log over the same store repeats.

A line is counted by what came of it, now or when it was first sent; so a run that was killed
and finished by another ends in the same counts as one that went through. What must never be
here: times and speeds, which are of one run only.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from examples.loan.log import ApplicationLine, LogLine, OfferLine, WorkLine


@dataclass(frozen=True, slots=True)
class Applied:
    """A transition took the line; `state` is where the application stood then."""

    state: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Misfit:
    """No transition takes the line: recorded as ignored, and why."""

    state: str
    reason: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was recorded: the case has not begun, say, or an operator has ended it."""

    reason: str


Landing: TypeAlias = Applied | Misfit | Refused
"""What came of one line. `again`: an earlier run has recorded it."""


def family(line: LogLine) -> str:
    """The letter that the log gives to lines of this kind."""
    match line:
        case ApplicationLine():
            return "A"
        case OfferLine():
            return "O"
        case WorkLine():
            return "W"
        case _:
            assert_never(line)


@dataclass(slots=True)
class Tally:
    """The counts of a run, while it runs and at its end."""

    lines: Counter[str] = field(default_factory=Counter[str])
    """By family, whatever came of them."""
    applied: Counter[str] = field(default_factory=Counter[str])
    """By family."""
    ignored: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """By family and reason."""
    refused: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """By family and reason."""
    outcomes: Counter[str] = field(default_factory=Counter[str])
    """Instances, by the state in which the log leaves them."""
    duplicates: int = 0
    """Lines that an earlier run has recorded; the one number that differs between two runs."""

    def add(self, line: LogLine, landing: Landing) -> None:
        """Count one line."""
        letter = family(line)
        self.lines[letter] += 1
        match landing:
            case Applied():
                self.applied[letter] += 1
                self.duplicates += landing.again
            case Misfit():
                self.ignored[letter, landing.reason] += 1
                self.duplicates += landing.again
            case Refused():
                self.refused[letter, landing.reason] += 1
            case _:
                assert_never(landing)

    def close(self, last: Landing | None) -> None:
        """Count one case, by what came of its last line that was recorded."""
        if isinstance(last, Applied | Misfit):
            self.outcomes[last.state] += 1

    @property
    def instances(self) -> int:
        """How many cases have become instances."""
        return self.outcomes.total()
