"""Descent: whether children that begin children of their own ever come to an end.

A machine may spawn itself, or another one that spawns it, as long as some way leads to an end
on which no such child is waited for. Which machine a ``Spawn`` begins is known when all of
them are there, so this is asked of a system. What may never be here: how deep a recursion
goes; that is a matter of values, and ``explore`` answers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from telic.kernel.events import Control, Event
from telic.kernel.messages import Spawn
from telic.shell.children import machine_of

if TYPE_CHECKING:
    from pydantic import BaseModel

    from telic.kernel.events import Fact
    from telic.kernel.intents import Intent
    from telic.kernel.machine import AnyMachine

__all__ = ["endless_descents"]


def endless_descents(machines: Mapping[str, AnyMachine]) -> list[str]:
    """Return which machines wait for a child on every way to an end, and so on without end.

    Args:
        machines: Those of a system, by name.
    """
    ending: set[str] = set()
    while found := {
        name for name, one in machines.items() if name not in ending and _ends(one, _endless(one, machines, ending))
    }:
        ending |= found
    return [
        f"expected a way to an end of machine {name!r} without a child that begins children on and on, "
        f"got {' and '.join(sorted(intent.__name__ for intent in waited))} on each; do end some of them without it"
        for name, one in machines.items()
        if name not in ending and _ends(one, frozenset()) and (waited := _endless(one, machines, ending))
    ]


def _endless(
    one: AnyMachine, machines: Mapping[str, AnyMachine], ending: AbstractSet[str]
) -> frozenset[type[Intent[Fact]]]:
    """Return the intents that begin children of which no end is known."""
    spawning = (intent for intent in one.intents if issubclass(intent, Spawn))
    return frozenset(intent for intent in spawning if machine_of(intent) in machines.keys() - ending)


def _ends(one: AnyMachine, unanswered: frozenset[type[Intent[Fact]]]) -> bool:
    """Say whether some way leads to an end, or none has to, when these intents are never answered."""
    silent = _silent(one, unanswered)
    ahead: list[type[BaseModel]] = list(one.start_states)
    ahead += [edge.target for row in one.start_rows.values() for edge in row.edges if edge.verdict is None]
    known = set(ahead)
    while ahead:
        info = one.infos[ahead.pop()]
        for event, row in info.rows.items():
            if event not in silent and not issubclass(event, Control):
                reached = {edge.target for edge in row.edges if edge.verdict is None} - known
                ahead += reached
                known |= reached
    return one.perpetual or not known.isdisjoint(one.final_states)


def _silent(one: AnyMachine, unanswered: frozenset[type[Intent[Fact]]]) -> frozenset[type[Event]]:
    """Return the facts that nobody brings when these intents are never answered."""
    heard = {fact for intent, answers in one.intents.items() if intent not in unanswered for fact in answers}
    waited = {event for info in one.infos.values() for _, event in info.waits}
    answers = {fact for intent in unanswered for fact in one.intents[intent]}
    # What a part waits for is not known by the whole's own waits: such a fact may come from there.
    parted = answers if any(info.parts for info in one.infos.values()) else set()
    return frozenset((answers - heard - waited - parted) | {one.failures[intent] for intent in unanswered})
