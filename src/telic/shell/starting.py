"""Whether what starts instances fits into a system: schedules and triggers alike.

What may never be here: a start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from telic.kernel.errors import nearest

if TYPE_CHECKING:
    from telic.shell.system import AnyRuntime

__all__ = ["Starter", "misfits"]


class Starter(Protocol):
    """Whatever has a name and starts instances of a machine."""

    @property
    def name(self) -> str:
        """Its name, unique among those of its kind."""
        ...

    @property
    def machine(self) -> str:
        """The name of the machine."""
        ...


def misfits(
    noun: str, starters: Sequence[Starter], runtimes: Mapping[str, AnyRuntime], kept: str, protocol: type
) -> list[str]:
    """Return what does not fit about the schedules, or the triggers, of a system.

    Args:
        noun: What each of them is, in words.
        starters: The schedules, or the triggers.
        runtimes: The runtimes by the name of their machine.
        kept: What a store has to keep for them, in words.
        protocol: What such a store can do.
    """
    names = [one.name for one in starters]
    findings = [
        f"expected {noun}s of different names, got {name!r} {names.count(name)} times; do rename one of them"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    for one in starters:
        if one.machine not in runtimes:
            findings.append(
                f"expected the machine {one.machine!r} that {noun} {one.name!r} starts, got none"
                f"{nearest(one.machine, runtimes)}; do add its runtime"
            )
        elif not isinstance(runtimes[one.machine].store, protocol):
            findings.append(
                f"expected a store that keeps {kept} for machine {one.machine!r}, "
                f"got {type(runtimes[one.machine].store).__name__}; "
                f"do use one with the methods of {protocol.__name__}"
            )
    return findings
