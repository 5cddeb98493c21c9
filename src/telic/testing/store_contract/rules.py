"""What a case is: a named rule, what it needs of a store, and how it says that it is broken.

What may never be here: a case.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from telic.testing.store_contract.trial import Trial

__all__ = ["CASES", "Capability", "Case", "CaseFunction", "ContractBroken", "NotApplicable", "case", "shown"]

CaseFunction: TypeAlias = "Callable[[Trial], Awaitable[None]]"


class Capability(StrEnum):
    """What a store can do beyond ``load`` and ``save``.

    A capability is found by its method or attribute, or declared; what needs a missing one is skipped.
    """

    JOURNAL = "journal"
    OUTBOX = "outbox"
    LISTING = "listing"
    TENANTS = "tenants"
    CLAIMS = "claims"
    LIMITS = "limits"
    CUTTING = "cutting"
    REOPEN = "reopen"
    TASKS = "tasks"
    TOPICS = "topics"
    TRACES = "traces"
    FIGURES = "figures"
    IMAGES = "images"


METHODS = {
    Capability.JOURNAL: "journal",
    Capability.OUTBOX: "outbox",
    Capability.LISTING: "ids",
    Capability.TENANTS: "within",
    Capability.CLAIMS: "claim",
    Capability.LIMITS: "limits",
    Capability.CUTTING: "cut",
    Capability.TASKS: "save_answer",
    Capability.TOPICS: "save_taking",
    Capability.TRACES: "intent_trace",
    Capability.FIGURES: "figures",
    Capability.IMAGES: "install",
}


class ContractBroken(AssertionError):
    """A store has broken a rule of the contract.

    Attributes:
        case: The name of the case.
        rule: The rule, in words.
        found: What was expected, what was found, and what to do.
    """

    def __init__(self, case: str, rule: str, found: str) -> None:
        """Keep the case, its rule and the finding."""
        super().__init__(case, rule, found)
        self.case = case
        self.rule = rule
        self.found = found

    def __str__(self) -> str:
        """Return all of it as one line."""
        return f"{self.case}: {self.rule}; {self.found}"


class NotApplicable(Exception):
    """A case does not apply to a store.

    Attributes:
        why: What the store, or this machine, does not have.
    """

    def __init__(self, why: str) -> None:
        """Keep the reason."""
        super().__init__(why)
        self.why = why


class Case(NamedTuple):
    """One case of the contract.

    Attributes:
        name: Its name, which states the rule in short.
        rule: The rule in words.
        run: Tries a fresh store.
        needs: The capabilities without which it is skipped.
        remedy: What to do about a store that breaks it.
    """

    name: str
    rule: str
    run: CaseFunction
    needs: tuple[Capability, ...]
    remedy: str

    def broken(self, found: str) -> ContractBroken:
        """Return the error that says what was found.

        Args:
            found: ``expected ..., got ...``.
        """
        return ContractBroken(self.name, self.rule, f"{found}; do {self.remedy}")


CASES: dict[str, Case] = {}


def case(*needs: Capability, do: str) -> Callable[[CaseFunction], CaseFunction]:
    """Enter a function among the cases, under its name and with its docstring as the rule.

    Args:
        needs: The capabilities without which it is skipped.
        do: What to do about a store that breaks it.
    """

    def enter(function: CaseFunction) -> CaseFunction:
        name = getattr(function, "__name__", repr(function))
        text = (function.__doc__ or name.replace("_", " ")).split("\n\n")[0]
        rule = " ".join(text.split()).rstrip(".")
        CASES[name] = Case(name, rule, function, needs, do)
        return function

    return enter


def shown(value: object) -> str:
    """Return a value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"


_LONGEST = 160
