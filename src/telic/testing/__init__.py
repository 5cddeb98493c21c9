"""What tests of machines and stores need: strategies, stateful tests, the store contract kit.

Shipped for users' own test suites; each name is loaded when it is first used. What may never
be here: anything that production code imports.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telic.testing.approval import assert_graph as assert_graph
    from telic.testing.errors import NoStrategy as NoStrategy
    from telic.testing.errors import TooManyRefused as TooManyRefused
    from telic.testing.playing import stateful as stateful
    from telic.testing.scenarios import Expected as Expected
    from telic.testing.scenarios import Flow as Flow
    from telic.testing.scenarios import begin as begin
    from telic.testing.scenarios import given as given
    from telic.testing.store_contract import CASES as CASES
    from telic.testing.store_contract import Capability as Capability
    from telic.testing.store_contract import Case as Case
    from telic.testing.store_contract import ContractBroken as ContractBroken
    from telic.testing.store_contract import ContractReport as ContractReport
    from telic.testing.store_contract import Finding as Finding
    from telic.testing.store_contract import StoreContract as StoreContract
    from telic.testing.store_contract import Verdict as Verdict
    from telic.testing.store_contract import check_store as check_store
    from telic.testing.strategies import answer_for as answer_for
    from telic.testing.strategies import event_for as event_for
    from telic.testing.strategies import state_for as state_for
    from telic.testing.strategies import strategy_for as strategy_for
    from telic.testing.suites import suite as suite

# One line for each name: where it is at home.
_HOME = {
    "CASES": "store_contract",
    "Capability": "store_contract",
    "Case": "store_contract",
    "ContractBroken": "store_contract",
    "ContractReport": "store_contract",
    "Expected": "scenarios",
    "Finding": "store_contract",
    "Flow": "scenarios",
    "NoStrategy": "errors",
    "StoreContract": "store_contract",
    "TooManyRefused": "errors",
    "Verdict": "store_contract",
    "answer_for": "strategies",
    "assert_graph": "approval",
    "begin": "scenarios",
    "check_store": "store_contract",
    "event_for": "strategies",
    "given": "scenarios",
    "state_for": "strategies",
    "stateful": "playing",
    "strategy_for": "strategies",
    "suite": "suites",
}
__all__ = [
    "CASES",
    "Capability",
    "Case",
    "ContractBroken",
    "ContractReport",
    "Expected",
    "Finding",
    "Flow",
    "NoStrategy",
    "StoreContract",
    "TooManyRefused",
    "Verdict",
    "answer_for",
    "assert_graph",
    "begin",
    "check_store",
    "event_for",
    "given",
    "state_for",
    "stateful",
    "strategy_for",
    "suite",
]


def __getattr__(name: str) -> object:
    """Load a public name on its first use."""
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'telic.testing' has no attribute {name!r}")
    value: object = getattr(import_module(f"telic.testing.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
