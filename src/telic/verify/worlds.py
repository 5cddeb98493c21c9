"""Worlds: one instance together with everything that may still happen to it.

A world is a state, what is open, what is kept, and a ghost that the user may fold from the
events. Inside an exploration it is a flat tuple of numbers, ``(state, rest, item, ...)``,
because millions of them are compared; :class:`World` is what a property sees. What may
never be here: how one world follows from another.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol, Self, TypeAlias

from pydantic import BaseModel

from telic.kernel.events import Event, Fact
from telic.kernel.intents import Intent
from telic.kernel.waits import Wait

__all__ = ["NOTHING", "Ghost", "Kept", "Numbers", "Rest", "World"]

Numbers: TypeAlias = tuple[int, ...]
"""A world: the number of its state, of its rest, then of each open intent times two, plus
one if it is withdrawn, in order."""


class Ghost(Protocol):
    """A value that is folded from the events and that no state holds; hashable, immutable."""

    def fold(self, event: Event) -> Self:
        """Return what it is after an event."""
        ...


class Kept(NamedTuple):
    """A kept event, in numbers.

    Attributes:
        event: The event.
        unplaced: It is unplaced, not deferred.
        item: The intent that it answers, as an item, or -1.
        still_open: That intent is still open.
        wait: The wait that it came from, or nothing.
        actor: Who sent it.
    """

    event: int
    unplaced: bool
    item: int
    still_open: bool
    wait: str
    actor: str


class Rest(NamedTuple):
    """The parts of a world that are seldom there.

    Attributes:
        late: The intents whose success may still come late, by number, in order.
        fired: The keys of the deadlines that have fired and are still declared.
        kept: The kept events, oldest first.
        ghost: The number of the ghost.
    """

    late: tuple[int, ...] = ()
    fired: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()
    ghost: int = 0


NOTHING = Rest()


_NOBODY: Mapping[str, World] = MappingProxyType({})


class World(NamedTuple):
    """What a property sees of a world.

    Attributes:
        state: The state.
        open: The intents that are open, withdrawn ones too.
        withdrawn: Those of them that are withdrawn.
        late: The intents whose success may still come after their failure.
        deferred: The deferred events, oldest first.
        unplaced: The facts that no state has taken, oldest first.
        waits: What the state is open to, by key; without deadlines that have fired.
        ghost: The ghost, if the exploration has one.
        others: Where several machines are explored, every instance by its name: ``order``,
            ``order/payment``; this world is then that of the first machine.
    """

    state: BaseModel
    open: tuple[Intent[Fact], ...]
    withdrawn: tuple[Intent[Fact], ...]
    late: tuple[Intent[Fact], ...]
    deferred: tuple[Event, ...]
    unplaced: tuple[Event, ...]
    waits: dict[str, Wait]
    ghost: Ghost | None = None
    others: Mapping[str, World] = _NOBODY
