"""History: a state that is remembered and asleep, to be gone back to.

A state in a field is a part, and what it waits for is waited for by the whole. One inside of a
:class:`History` is none: its deadlines and tasks rest, and begin anew when it is the state
again. What may never be here: more than one state; a list of what was is the journal.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from telic.kernel.states import State
from telic.kernel.values import Value

__all__ = ["History"]

S = TypeVar("S", bound=State)


class History(Value, Generic[S]):
    """Remembers a state without declaring its waits.

    Attributes:
        state: What it was; a transition that goes back returns it.

    Example:
        >>> from enum import StrEnum
        >>> from typing import Literal
        >>> class DeskKind(StrEnum):
        ...     WORKING = "working"
        ...     CLOSED = "closed"
        >>> class Working(State):
        ...     kind: Literal[DeskKind.WORKING] = DeskKind.WORKING
        ...     done: int = 0
        >>> class Closed(State):
        ...     kind: Literal[DeskKind.CLOSED] = DeskKind.CLOSED
        ...     before: History[Working]
        >>> Closed(before=History(state=Working(done=3))).before.state
        Working(kind=<DeskKind.WORKING: 'working'>, done=3)
    """

    state: S
