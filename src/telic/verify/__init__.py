"""Proof: explores a machine and its world to the end, and judges what it finds.

``explore(machine).assert_ok()`` is a proof that every instance can reach an end and that no
answer is dropped; ``docs/explanation/proof.md`` says exactly what is proved. What may never
be here: I/O, chance, or a verdict that the search does not carry.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telic.verify.domains import Domain as Domain
    from telic.verify.domains import DomainError as DomainError
    from telic.verify.exploring import explore as explore
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
    from telic.verify.report import Report as Report
    from telic.verify.report import Verdict as Verdict
    from telic.verify.search import Bound as Bound
    from telic.verify.traces import Trace as Trace
    from telic.verify.worlds import Ghost as Ghost
    from telic.verify.worlds import World as World

_HOMES = {
    "domains": ("Domain", "DomainError"),
    "exploring": ("explore",),
    "problems": ("Problem", "ProblemKind"),
    "properties": ("always", "ended", "eventually", "is_", "leads_to", "sometimes", "strong", "weak"),
    "report": ("Report", "Verdict"),
    "search": ("Bound",),
    "traces": ("Trace",),
    "worlds": ("Ghost", "World"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Bound",
    "Domain",
    "DomainError",
    "Ghost",
    "Problem",
    "ProblemKind",
    "Report",
    "Trace",
    "Verdict",
    "World",
    "always",
    "ended",
    "eventually",
    "explore",
    "is_",
    "leads_to",
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
