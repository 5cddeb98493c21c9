"""``check_store``: the same cases without pytest, and a report of what came of each.

What may never be here: a case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from telic.kernel.machine import AnyMachine
from telic.testing.store_contract.contract import StoreContract, tried
from telic.testing.store_contract.rules import CASES, Capability, ContractBroken, NotApplicable

__all__ = ["ContractReport", "Finding", "Verdict", "check_store"]


class Verdict(StrEnum):
    """What came of one case."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Finding(NamedTuple):
    """What came of one case.

    Attributes:
        case: Its name.
        rule: The rule that it tries, in words.
        verdict: Whether the store keeps it.
        detail: What was found, why it was skipped, or what was not tried in full.
        needs: The capabilities that it is about; none for the two methods that all stores have.
    """

    case: str
    rule: str
    verdict: Verdict
    detail: str
    needs: tuple[Capability, ...]


class ContractReport(NamedTuple):
    """What came of all cases.

    Attributes:
        findings: One for each case.
    """

    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether no case has failed."""
        return not self.failed

    @property
    def passed_base(self) -> bool:
        """Whether no case has failed that is about ``load`` and ``save`` alone."""
        return not any(not one.needs for one in self.failed)

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The cases that have failed."""
        return tuple(one for one in self.findings if one.verdict is Verdict.FAILED)

    @property
    def skipped(self) -> tuple[Finding, ...]:
        """The cases that do not apply."""
        return tuple(one for one in self.findings if one.verdict is Verdict.SKIPPED)

    def __str__(self) -> str:
        """Return how many have passed, and a line for each that has not."""
        held = len(self.findings) - len(self.failed) - len(self.skipped)
        lines = [f"{held} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"]
        lines += [f"failed  {one.detail}" for one in self.failed]
        held_in_part = (one for one in self.findings if one.verdict is Verdict.PASSED and one.detail)
        lines += [f"passed  {one.case}: {one.detail}" for one in held_in_part]
        lines += [f"skipped {one.case}: {one.detail}" for one in self.skipped]
        return "\n".join(lines)


async def check_store(
    factory: Callable[[AnyMachine], object] | StoreContract,
    *,
    reopen: Callable[[AnyMachine], object] | None = None,
    only: Iterable[str] | None = None,
    capabilities: frozenset[Capability] | None = None,
    examples: int = StoreContract.examples,
    schedules: int = StoreContract.schedules,
) -> ContractReport:
    """Try a store in the running event loop, and report what came of each case.

    Args:
        factory: Gives a fresh and empty store for a machine, as ``StoreContract.open`` does; or a
            contract object, whose own attributes then count.
        reopen: Gives another store over the data of the one that is open.
        only: The names of the cases to try; all by default.
        capabilities: What the store can do, where its methods shall not decide that.
        examples: How many random runs are compared with the model.
        schedules: How many orders of turns are tried of each pair of programs, at most.

    Raises:
        ValueError: For a name that is no case.

    Example:
        ``report = await check_store(MyStore)``
        ``assert report.passed, report``
    """
    names = list(CASES if only is None else only)
    unknown = [name for name in names if name not in CASES]
    if unknown:
        raise ValueError(f"expected names of cases, got {', '.join(unknown)}; do choose from telic.testing.CASES")
    contract = factory if isinstance(factory, StoreContract) else _contract(factory, reopen, capabilities)
    if not isinstance(factory, StoreContract):
        vars(contract).update(examples=examples, schedules=schedules)
    return ContractReport(tuple([await _finding(contract, name) for name in names]))


def _contract(
    factory: Callable[[AnyMachine], object],
    reopen: Callable[[AnyMachine], object] | None,
    capabilities: frozenset[Capability] | None,
) -> StoreContract:
    contract = StoreContract()
    vars(contract).update(open=factory, capabilities=capabilities)
    if reopen is not None:
        vars(contract).update(reopen=reopen)
    return contract


async def _finding(contract: StoreContract, name: str) -> Finding:
    case = CASES[name]
    try:
        said = await tried(contract, case)
    except ContractBroken as broken:
        return Finding(name, case.rule, Verdict.FAILED, str(broken), case.needs)
    except NotApplicable as reason:
        return Finding(name, case.rule, Verdict.SKIPPED, reason.why, case.needs)
    return Finding(name, case.rule, Verdict.PASSED, "; ".join(said), case.needs)
