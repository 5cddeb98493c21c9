"""What a SQLite file tells to whoever observes it: figures, and the traces of what is open.

What may never be here: a statement that writes.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from telic.kernel.values import IntentId, WaitKey, WorkflowId
from telic.runtime.observing import Figure
from telic.stores.counting import figures_of, figures_text, figures_values
from telic.stores.writes import Row

if TYPE_CHECKING:
    from telic.stores.sqlite.session import Session

__all__ = ["Observed"]

_FIGURES: Final = figures_text("?", "held = 0").format(s="")
_INTENT: Final = "SELECT trace FROM telic_outbox WHERE tenant = ? AND machine = ? AND intent_id = ?"
_WAIT: Final = "SELECT trace FROM telic_wait WHERE tenant = ? AND machine = ? AND id = ? AND key = ?"


class Observed:
    """What a store on SQLite tells to whoever observes it; a part of the store."""

    lane_key: Session
    _key: tuple[str, str]

    async def figures(self, now: datetime) -> tuple[Figure, ...]:
        """Return all figures as of one moment; see :class:`telic.runtime.observing.GivesFigures`."""
        return figures_of(await self.lane_key.rows_apart("figures", _FIGURES, figures_values(self._key, now)))

    async def intent_trace(self, id: IntentId) -> str:
        """Return the trace of an intent; see :class:`telic.runtime.observing.KeepsTraces`."""
        return _first(self.lane_key.rows("trace", _INTENT, (*self._key, id)))

    async def wait_trace(self, id: WorkflowId, key: WaitKey) -> str:
        """Return the trace of an open wait; see :class:`telic.runtime.observing.KeepsTraces`."""
        return _first(self.lane_key.rows("trace", _WAIT, (*self._key, id, key)))


def _first(rows: list[Row]) -> str:
    return str(rows[0][0] or "") if rows else ""
