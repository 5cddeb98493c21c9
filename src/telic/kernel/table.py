"""The transition table: what each state does with each event, as plain data.

The table is read once from the annotations (``reading``); engine, checks, diagrams and
tests all look at it and at nothing else. What may never be here: anything that reads code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pydantic import BaseModel

from telic.kernel.events import Event, Fact
from telic.kernel.intents import Intent
from telic.kernel.verdicts import Verdict
from telic.kernel.waits import Wait

__all__ = ["Edge", "Emits", "Landing", "Row", "StateInfo"]

Landing: TypeAlias = tuple[bool, bool, str]
"""What one result of a plain transition comes to: whether it emits, whether the instance ends, the kind of state."""


@dataclass(frozen=True, slots=True)
class Emits:
    """One type of intent on an edge.

    Attributes:
        intent: The type.
        many: It comes in a ``Many``, so in any number.
    """

    intent: type[Intent[Fact]]
    many: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """One alternative of a transition's annotation.

    Attributes:
        target: The class of the new state; the source's own for a verdict.
        emits: The types of intents.
        verdict: The verdict, if this alternative is one.
        withdraws: The alternative may withdraw open intents.
    """

    target: type[BaseModel]
    emits: tuple[Emits, ...] = ()
    verdict: type[Verdict] | None = None
    withdraws: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What one state does with one type of event.

    Attributes:
        state: The class of the state; of the first state for a start.
        event: The type of event.
        method: The name of the method.
        call: The function, called with state (or class), event and perhaps context.
        takes_context: Whether it is called with the context.
        edges: The alternatives that its annotation declares.
        coarse: It is a hand-written ``handle``: the edges are those of all its events.
        shapes: The pairs of new state and emission that need no further check.
        is_fact: Whether the event is a fact.
        landings: What the results of a plain transition come to, by type of emission and new state.
    """

    state: type[BaseModel]
    event: type[Event]
    method: str
    call: Callable[..., object]
    takes_context: bool
    edges: tuple[Edge, ...]
    coarse: bool = False
    shapes: frozenset[tuple[type, type]] = frozenset()
    is_fact: bool = False
    landings: Mapping[type, Mapping[type, Landing]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def where(self) -> str:
        """The place in the code, for messages."""
        return f"{self.state.__name__}.{self.method}"

    def noted(self, machine: str) -> str:
        """Return the note on an error that the code of the transition raises.

        Args:
            machine: The name of the machine.
        """
        return f"raised in {self.where} of machine {machine!r}; the instance is untouched"


@dataclass(frozen=True, slots=True)
class StateInfo:
    """What the table knows of one state.

    Attributes:
        state: The class.
        kind: Its stored name.
        final: Whether an instance ends here.
        rows: What it does with each type of event.
        ignored: Why it drops each type that it drops.
        settles: The types of intents of which none is open here.
        waits: The types that its ``waits`` declares, each with its event; ``None`` for an
            event that the annotation does not name.
        declares_waits: Whether it or a part of it may declare any.
        parts: The classes of states that it may hold in a field.
        kept: Those of the ignored events that are kept for people instead of being dropped.
    """

    state: type[BaseModel]
    kind: str
    final: bool = False
    rows: Mapping[type[Event], Row] = field(default_factory=dict)
    ignored: Mapping[type[Event], str] = field(default_factory=dict)
    settles: tuple[type[Intent[Fact]], ...] = ()
    waits: tuple[tuple[type[Wait], type[Event] | None], ...] = ()
    declares_waits: bool = False
    parts: tuple[type[BaseModel], ...] = ()
    kept: frozenset[type[Event]] = frozenset()
