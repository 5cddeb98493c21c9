"""Where one instance stands: what a picture marks as visited, current and waiting.

What may never be here: a store; the caller hands over what it has loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from pydantic import BaseModel

from telic.graph.views import E, S
from telic.kernel.annotations import fields_of
from telic.kernel.journal import JournalEntry
from telic.kernel.machine import Machine
from telic.kernel.snapshot import Snapshot, Status
from telic.kernel.states import State
from telic.kernel.waits import Deadline, HumanTask, Topic, Wait

__all__ = ["Marks", "marks_of"]


@dataclass(frozen=True, slots=True)
class Marks:
    """What is special about the states of one instance; states go by the names of their classes.

    Attributes:
        current: The state that it is in, and the states that its parts are in.
        visited: The states that it has been in.
        taken: The arrows that it has gone along, as pairs of names.
        waiting: What it waits for, a line each.
        status: Whether it runs, is paused, or is over.
    """

    current: frozenset[str] = frozenset()
    visited: frozenset[str] = frozenset()
    taken: frozenset[tuple[str, str]] = frozenset()
    waiting: tuple[str, ...] = ()
    status: Status = Status.RUNNING

    def of_parts(self) -> Marks:
        """Return the marks for the inside of a region: what is waited for is said of the whole."""
        return replace(self, waiting=())


def marks_of(machine: Machine[S, E], snapshot: Snapshot[S], journal: Iterable[JournalEntry] = ()) -> Marks:
    """Return the marks of one instance.

    Args:
        machine: Its machine.
        snapshot: The instance as it is stored.
        journal: The lines of its journal; without them nothing is marked as visited.

    Example:
        ``svg(order, marks=marks_of(order, snapshot, journal))``
    """
    names = {info.kind: cls.__name__ for cls, info in machine.infos.items()}
    way = [names[entry.kind] for entry in journal if entry.kind in names]
    waiting = (
        *(type(one.intent).__name__ for one in snapshot.open.values()),
        *(_line(one.wait) for one in snapshot.waits if one.fired is None),
    )
    return Marks(
        frozenset(type(one).__name__ for one in _states(snapshot.state)),
        frozenset(way),
        frozenset((one, other) for one, other in pairwise(way) if one != other),
        waiting,
        snapshot.status,
    )


def _line(wait: Wait) -> str:
    if isinstance(wait, Deadline):
        return f"{type(wait.event).__name__} at {wait.at:%Y-%m-%d %H:%M:%S}"
    if isinstance(wait, Topic):
        return f"{wait.fact.__name__} from {wait.name}"
    if isinstance(wait, HumanTask):
        return f"{wait.answer.__name__} of {wait.assignee or ', '.join(wait.groups) or 'anybody'}"
    return wait.key


def _states(value: object) -> Iterator[BaseModel]:
    """Yield a state and the states in its fields, however deep."""
    if isinstance(value, State):
        yield value
        for name in fields_of(type(value)):
            yield from _states(getattr(value, name))
    elif isinstance(value, BaseModel):
        yield value
    elif isinstance(value, tuple | Mapping):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _states(one) if isinstance(one, State) else ()
