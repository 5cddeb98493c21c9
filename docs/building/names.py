"""Which names are public, and on which page of the reference each of them stands.

A package that has names of its own (``telic.verify``) says in ``__all__`` what it offers. The
kernel, the runtime and part of the shell are used by module; what a module offers is its
``__all__``. What may never be here: a list of names; those are the code's.
"""

from dataclasses import dataclass
from importlib import import_module

__all__ = ["PACKAGES", "PUBLIC", "Page", "pages"]

PACKAGES = {
    "telic": "What most programs need",
    "telic.patterns": "Pipelines, sagas, approvals, joins and other parts",
    "telic.verify": "Proof, and checks of a new release against the old",
    "telic.testing": "Stories, strategies, suites and the contract kit of stores",
    "telic.graph": "Pictures of machines and instances",
    "telic.shell": "What acts: handlers, worker, tasks, operators, schedules, simulation",
    "telic.stores.memory": "The store in memory",
    "telic.stores.sqlite": "The store on SQLite",
    "telic.stores.postgres": "The store on PostgreSQL",
    "telic.adapters.opentelemetry": "Spans and metrics",
    "telic.runtime": "One durable step, and the protocols of a store",
    "telic.kernel": "The pure kernel, module by module",
}

# The modules of these three that programs import from; what the manual imports is among them. The others are inner
# ones: for those who read the code, and free to change.
PUBLIC = {
    "telic.kernel": (
        "advance", "context", "control", "errors", "events", "frozen", "handling", "intents", "journal", "machine",
        "messages", "orders", "rates", "reminders", "results", "retry", "snapshot", "states", "storable", "unread",
        "upcasters", "values", "verdicts", "waits",
    ),
    "telic.runtime": (
        "acts", "claims", "happenings", "hints", "images", "limits", "observing", "protocols", "queries", "results",
        "retention", "runtime", "starts", "tasks", "timetables", "topics",
    ),
    "telic.shell": (
        "acted", "archives", "deadlines", "exporting", "forking", "halting", "handlers", "hooks", "importing", "limits",
        "lineage", "operators", "policy", "recurrence", "retention", "schedules", "simulated", "simulation", "system",
        "task_results", "tasks", "timing", "topics", "triggers", "worker",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """One page of the reference: a module, and the names that it offers.

    Attributes:
        module: The module, as it is imported.
        own: The names that are described here.
        elsewhere: Names that are described under another module, and where.
        parts: The modules of a package that have pages of their own.
    """

    module: str
    own: tuple[str, ...]
    elsewhere: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()


def pages() -> list[Page]:
    """Return the pages; each object is described on the first one that offers it."""
    parts = {package: tuple(f"{package}.{name}" for name in names) for package, names in PUBLIC.items()}
    order = [*PACKAGES, *(module for each in parts.values() for module in each)]
    described: dict[tuple[str, int], str] = {}
    made = []
    for name in order:
        module = import_module(name)
        offered = sorted(getattr(module, "__all__", ()), key=str.lower)
        homes = {each: described.setdefault((each, id(getattr(module, each))), name) for each in offered}
        made.append(
            Page(
                module=name,
                own=tuple(each for each, home in homes.items() if home == name),
                elsewhere=tuple((each, home) for each, home in homes.items() if home != name),
                parts=parts.get(name, ()),
            )
        )
    return made
