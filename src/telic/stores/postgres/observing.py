"""What a PostgreSQL server tells to whoever observes it: figures, and the traces of what is open.

What may never be here: a statement that writes.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from telic.kernel.values import IntentId, WaitKey, WorkflowId
from telic.runtime.observing import Figure
from telic.stores.counting import figures_of, figures_text, figures_values
from telic.stores.postgres.pool import Rows

if TYPE_CHECKING:
    from telic.stores.postgres.store import Session

__all__ = ["Observed"]

_FIGURES: Final = figures_text("$", "NOT held")
_INTENT: Final = "SELECT trace FROM {s}.telic_outbox WHERE tenant = $1 AND machine = $2 AND intent_id = $3"
_WAIT: Final = """
    SELECT trace FROM {s}.telic_wait WHERE tenant = $1 AND machine = $2 AND id = $3 AND key = $4"""


class Observed:
    """What a store on PostgreSQL tells to whoever observes it; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]

    async def figures(self, now: datetime) -> tuple[Figure, ...]:
        """Return all figures as of one moment; see :class:`telic.runtime.observing.GivesFigures`."""
        text = self.lane_key.statements.of_tables(_FIGURES)
        return figures_of(await self.lane_key.rows("figures", text, *figures_values(self._key, now)))

    async def intent_trace(self, id: IntentId) -> str:
        """Return the trace of an intent; see :class:`telic.runtime.observing.KeepsTraces`."""
        return _first(await self.lane_key.rows("trace", self.lane_key.statements.of(_INTENT), *self._key, id))

    async def wait_trace(self, id: WorkflowId, key: WaitKey) -> str:
        """Return the trace of an open wait; see :class:`telic.runtime.observing.KeepsTraces`."""
        return _first(await self.lane_key.rows("trace", self.lane_key.statements.of(_WAIT), *self._key, id, key))


def _first(rows: Rows) -> str:
    return str(rows[0][0] or "") if rows else ""
