"""Books for a store that only lists its outbox: claims that this process alone keeps.

What may never be here: a claim that outlives the process; a store that keeps books itself
needs none of this.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from telic.kernel.values import IntentId, WorkflowId
from telic.runtime.claims import Claim, DeadLetter, DueDeadline, Settlement, Swept
from telic.runtime.hints import Hints
from telic.runtime.protocols import ListsOutbox
from telic.stores.memory.ledger import Ledger

__all__ = ["Listed"]

_AT_ONCE = datetime.min.replace(tzinfo=UTC)


class Listed:
    """A durable store as far as a worker of one process needs it, over a list of intents.

    Attributes:
        hints: Rung by nobody: such a store is polled.
    """

    def __init__(self, store: ListsOutbox) -> None:
        """Look at a store."""
        self._store = store
        self._ledger = Ledger()
        self.hints = Hints()

    async def claim(
        self, wanted: Mapping[str, int], limit: int, *, now: datetime, until: datetime, worker: str, early: bool = False
    ) -> tuple[Claim, ...]:
        """Claim intents that are listed, and that this process has not claimed already."""
        del worker
        asked = len(self._ledger) + 16 * limit
        rows = await self._store.outbox(asked)
        self._ledger.enter(rows, _AT_ONCE, complete=len(rows) < asked)
        return self._ledger.claim(wanted, limit, now, until, early=early)

    async def renew(self, claims: Sequence[Claim], until: datetime) -> Mapping[IntentId, bool]:
        """Prolong leases; return those still held."""
        return self._ledger.renew(claims, until)

    async def settle(self, settlements: Sequence[Settlement]) -> tuple[bool, ...]:
        """Say what becomes of claimed intents that stay open."""
        return tuple([self._ledger.settle(one) for one in settlements])

    async def next_due(self, tags: Collection[str]) -> datetime | None:
        """Return when the next intent that was seen is due."""
        return self._ledger.next_due(tags)

    async def dead_letters(self, *, after: IntentId | None = None, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Return what this process has buried."""
        return tuple([one for one in self._ledger.dead() if after is None or one.opened.id > after][:limit])

    async def redrive(self, ids: Collection[IntentId] | None = None, *, now: datetime) -> int:
        """Have what this process has buried carried out again."""
        return self._ledger.redrive(ids, now)

    async def due_deadlines(self, now: datetime, limit: int) -> tuple[DueDeadline, ...]:
        """Return nothing: such a store lists no waits."""
        del now, limit
        return ()

    async def postpone(self, deadline: DueDeadline, until: datetime) -> None:
        """Do nothing: there are no deadlines."""

    async def next_deadline(self) -> datetime | None:
        """Return nothing: there are no deadlines."""
        return None

    async def sweep(self, *, after: WorkflowId | None = None, limit: int = 100) -> Swept:
        """Return at once: there are no rows of waits."""
        del after, limit
        return Swept(None, ())
