"""An instance that is to be started at a moment, and the protocol of a store that keeps such starts.

What may never be here: why it is to be started, or a decision to start it.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from telic.kernel.codec import Stored

__all__ = ["DueStart", "KeepsStarts"]


class DueStart(NamedTuple):
    """A start that has not been made yet.

    Attributes:
        trigger: Whose start it is.
        key: Which one: a trigger has one for each key.
        due: When it is to be made.
        told: The moment of the fact that says so; an older fact changes nothing.
        event: The start event, as its machine stores it.
    """

    trigger: str
    key: str
    due: datetime
    told: datetime
    event: Stored


@runtime_checkable
class KeepsStarts(Protocol):
    """A store that keeps the starts of its machine until they are made."""

    async def put_start(self, start: DueStart) -> None:
        """Keep a start, in the place of one of that trigger and key that an older fact has asked for.

        Args:
            start: The start.
        """
        ...

    async def due_starts(self, trigger: str, now: datetime, limit: int) -> tuple[DueStart, ...]:
        """Return starts of a trigger whose moment has come, the oldest first.

        Args:
            trigger: The name of the trigger.
            now: The present moment.
            limit: How many at most.
        """
        ...

    async def drop_start(self, start: DueStart) -> None:
        """Forget a start that was made, unless a later fact has moved it meanwhile.

        Args:
            start: The start.
        """
        ...
