"""Families: the instances that descend from one, over all machines of a system.

What may never be here: a change of an instance.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, NamedTuple

from telic.kernel.errors import ConfigurationError, nearest
from telic.kernel.snapshot import Ancestor
from telic.runtime.protocols import Queries
from telic.runtime.queries import Summary

if TYPE_CHECKING:
    from telic.kernel.values import WorkflowId
    from telic.shell.system import System

__all__ = ["Descendant", "family"]

_PAGE = 100


class Descendant(NamedTuple):
    """One instance of a family.

    Attributes:
        machine: The name of its machine.
        summary: What a list shows of it; ``parent`` and ``root`` are among that.
    """

    machine: str
    summary: Summary


async def family(system: System, machine: str, id: WorkflowId) -> AsyncGenerator[Descendant, None]:
    """Yield all instances of a family but the one at its top: children, their children, and so on.

    Any member names the family. What was purged is not found; what is below it is.

    Args:
        system: The machines with their stores.
        machine: The name of the machine of a member.
        id: Its id.

    Raises:
        ConfigurationError: For a machine that is not in the system, or a store that cannot be asked.
        StoreError: When a store does not answer.

    Example:
        ``async for one in family(system, "order", WorkflowId("o-1")):``
        ``    print(one.machine, one.summary.id, one.summary.kind)``
    """
    member = system.runtimes.get(machine)
    if member is None:
        told = nearest(machine, system.runtimes)
        raise _misfit(f"expected a machine of the system, got {machine!r}{told}; do add its runtime")
    snapshot = await member.load(id)
    root = (snapshot.meta.root if snapshot is not None else None) or Ancestor(machine, id)
    for name, runtime in system.runtimes.items():
        store: object = runtime.store
        if not isinstance(store, Queries):
            raise _misfit(f"expected a store with find(...), got {type(store).__name__}; do use one that has it")
        after: str | None = None
        while True:
            page = await store.find(root=root, after=after, limit=_PAGE)
            for one in page.items:
                yield Descendant(name, one)
            after = page.next
            if after is None:
                break


def _misfit(finding: str) -> ConfigurationError:
    return ConfigurationError("family", (finding,))
