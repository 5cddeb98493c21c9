"""``State.handle``: finds the transition for exactly one class of event.

What may never be here: provenance, status, or anything else that concerns an instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from telic.kernel.context import Context
from telic.kernel.errors import DefinitionError, TransitionError, UnhandledEvent
from telic.kernel.events import Command, Event
from telic.kernel.reading import Reader
from telic.kernel.results import NotAccepted
from telic.kernel.states import Result, State
from telic.kernel.table import StateInfo
from telic.kernel.verdicts import Ignore, Reject

__all__ = ["accepted_commands", "handle", "info_of", "remember"]

_INFO = "__telic_info__"


def remember(info: StateInfo) -> None:
    """Keep what was read of a class, so that its ``handle`` need not read it again."""
    if issubclass(info.state, State):
        type.__setattr__(info.state, _INFO, info)


def info_of(cls: type[State]) -> StateInfo:
    """Return what is known of a state's class; read it on the first call.

    Raises:
        DefinitionError: When its annotations cannot be read.
    """
    known: StateInfo | None = cls.__dict__.get(_INFO)
    if known is not None:
        return known
    reader = Reader(_no_names(), frozenset())
    info = reader.state(cls)
    if reader.faults:
        raise DefinitionError(cls.__name__, tuple(reader.faults))
    remember(info)
    return info


def _no_names() -> Mapping[str, object]:
    return {}


def accepted_commands(info: StateInfo) -> tuple[str, ...]:
    """Return the names of the commands that a state has a transition for."""
    return tuple(event.__name__ for event in info.rows if issubclass(event, Command))


def handle(state: State, event: Event, ctx: Context | None) -> Result:
    """Return what the state's transition for this event returns.

    Args:
        state: The state.
        event: Anything; found by its exact class.
        ctx: Needed where the transition asks for it.

    Raises:
        UnhandledEvent: For a fact that the state neither takes nor ignores.
        TransitionError: When the transition needs a context and none was given.
    """
    info = info_of(type(state))
    row = info.rows.get(type(event))
    if row is None:
        return _untaken(state, event, info)
    if not row.takes_context:
        return cast("Result", row.call(state, event))
    if ctx is None:
        raise TransitionError(row.where, "expected a context, got none; do pass ctx=Context(now=...)")
    return cast("Result", row.call(state, event, ctx))


def _untaken(state: State, event: Event, info: StateInfo) -> Result:
    why = info.ignored.get(type(event))
    if why is not None:
        return state, Ignore(why)
    name = type(event).__name__
    if isinstance(event, Command):
        return state, Reject(NotAccepted(command=name, state=info.state.__name__, accepts=accepted_commands(info)))
    raise UnhandledEvent(
        info.state.__name__,
        f"expected one of {', '.join(one.__name__ for one in info.rows) or 'no event'}, got {name}; "
        f"do add a transition, or ignores = (Ignores({name}, why=...),)",
    )
