"""The contract of stores, as a kit that any store can be held to.

Named cases, random runs against the store in memory, two clients in every order of turns,
and calls that fail or are cancelled. What may never be here: what only one store can do.
"""

from telic.testing.store_contract.contract import StoreContract
from telic.testing.store_contract.report import ContractReport, Finding, Verdict, check_store
from telic.testing.store_contract.rules import CASES, Capability, Case, ContractBroken

__all__ = [
    "CASES",
    "Capability",
    "Case",
    "ContractBroken",
    "ContractReport",
    "Finding",
    "StoreContract",
    "Verdict",
    "check_store",
]
