"""Proof: explores a machine and its world to the end, and judges what it finds.

``explore(machine).assert_ok()`` is a proof that every instance can reach an end and that no
answer is dropped; ``docs/explanation/proof.md`` says exactly what is proved. What may never
be here: I/O, chance, or a verdict that the search does not carry.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telic.verify.behaviour import Behaviour as Behaviour
    from telic.verify.behaviour import behaviour_of as behaviour_of
    from telic.verify.behaviour import changes_between as changes_between
    from telic.verify.compatibility import Change as Change
    from telic.verify.compatibility import Compatibility as Compatibility
    from telic.verify.compatibility import Difference as Difference
    from telic.verify.compatibility import Severity as Severity
    from telic.verify.compatibility import compatible as compatible
    from telic.verify.domains import Domain as Domain
    from telic.verify.domains import DomainError as DomainError
    from telic.verify.exploring import explore as explore
    from telic.verify.faults import Faults as Faults
    from telic.verify.fingerprints import Fingerprint as Fingerprint
    from telic.verify.fingerprints import fingerprint as fingerprint
    from telic.verify.moves import How as How
    from telic.verify.moves import Move as Move
    from telic.verify.mutation import Mutant as Mutant
    from telic.verify.mutation import Survivors as Survivors
    from telic.verify.mutation import mutants as mutants
    from telic.verify.mutation import mutate as mutate
    from telic.verify.outlook import Prospects as Prospects
    from telic.verify.outlook import prospects as prospects
    from telic.verify.problems import Problem as Problem
    from telic.verify.problems import ProblemKind as ProblemKind
    from telic.verify.properties import always as always
    from telic.verify.properties import ended as ended
    from telic.verify.properties import eventually as eventually
    from telic.verify.properties import is_ as is_
    from telic.verify.properties import leads_to as leads_to
    from telic.verify.properties import sometimes as sometimes
    from telic.verify.properties import strong as strong
    from telic.verify.properties import weak as weak
    from telic.verify.purity import Finding as Finding
    from telic.verify.purity import impurities as impurities
    from telic.verify.replaying import Agreement as Agreement
    from telic.verify.replaying import Journal as Journal
    from telic.verify.replaying import ReplayReport as ReplayReport
    from telic.verify.replaying import replay as replay
    from telic.verify.report import Check as Check
    from telic.verify.report import Report as Report
    from telic.verify.report import Verdict as Verdict
    from telic.verify.retracing import Retraced as Retraced
    from telic.verify.retracing import retrace as retrace
    from telic.verify.search import Bound as Bound
    from telic.verify.traces import Trace as Trace
    from telic.verify.worlds import Ghost as Ghost
    from telic.verify.worlds import World as World

_HOMES = {
    "behaviour": ("Behaviour", "behaviour_of", "changes_between"),
    "compatibility": ("Change", "Compatibility", "Difference", "Severity", "compatible"),
    "domains": ("Domain", "DomainError"),
    "exploring": ("explore",),
    "faults": ("Faults",),
    "fingerprints": ("Fingerprint", "fingerprint"),
    "moves": ("How", "Move"),
    "mutation": ("Mutant", "Survivors", "mutants", "mutate"),
    "outlook": ("Prospects", "prospects"),
    "problems": ("Problem", "ProblemKind"),
    "properties": ("always", "ended", "eventually", "is_", "leads_to", "sometimes", "strong", "weak"),
    "purity": ("Finding", "impurities"),
    "replaying": ("Agreement", "Journal", "ReplayReport", "replay"),
    "report": ("Check", "Report", "Verdict"),
    "retracing": ("Retraced", "retrace"),
    "search": ("Bound",),
    "traces": ("Trace",),
    "worlds": ("Ghost", "World"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Agreement",
    "Behaviour",
    "Bound",
    "Change",
    "Check",
    "Compatibility",
    "Difference",
    "Domain",
    "DomainError",
    "Faults",
    "Finding",
    "Fingerprint",
    "Ghost",
    "How",
    "Journal",
    "Move",
    "Mutant",
    "Problem",
    "ProblemKind",
    "Prospects",
    "ReplayReport",
    "Report",
    "Retraced",
    "Severity",
    "Survivors",
    "Trace",
    "Verdict",
    "World",
    "always",
    "behaviour_of",
    "changes_between",
    "compatible",
    "ended",
    "eventually",
    "explore",
    "fingerprint",
    "impurities",
    "is_",
    "leads_to",
    "mutants",
    "mutate",
    "prospects",
    "replay",
    "retrace",
    "sometimes",
    "strong",
    "weak",
]


def __getattr__(name: str) -> object:
    """Load a name from its module when it is first used."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
