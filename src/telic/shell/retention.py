"""``Retention``: how long what is over is kept, and old records of what goes on; both go in batches.

What may never be here: the end of an instance that still runs.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from telic.kernel.errors import StoreClosed, StoreError
from telic.runtime.retention import Cuts, Purges

if TYPE_CHECKING:
    from telic.shell.system import System
    from telic.shell.timing import Timing

__all__ = ["Retention", "cut_journals", "keep_purging", "purge"]

_log = logging.getLogger("telic.worker")
_BREATH_SECONDS = 0.01


class Retention:
    """How long instances are kept that are over, and how many old records of those that go on.

    What has ended, or was cancelled or terminated, goes whole: with its journal and its event
    ids. A start under the business key of one that is gone begins anew.

    The journal of an instance that goes on is cut where a record carries a checkpoint: what lies
    before it goes once it is old enough, and enough newer records are there. Its event ids stay
    known for as long as the instance is there: what was applied once is never applied again.

    Attributes:
        kept: How long after its last record an instance is kept, and how long every record is.
        records: How many of its newest records an instance that goes on keeps at least; ``None``
            for all of them.
        batch: How many instances go in one transaction.
        every_seconds: How often a worker looks.
    """

    __slots__ = ("batch", "every_seconds", "kept", "records")

    def __init__(
        self, *, days: float = 30, records: int | None = 10_000, batch: int = 100, every_seconds: float = 3600.0
    ) -> None:
        """Keep the figures.

        Raises:
            ValueError: For a figure that is not above zero.
        """
        for name, value in (("days", days), ("batch", batch), ("every_seconds", every_seconds)):
            if value <= 0:
                raise ValueError(f"expected {name} above 0, got {value}; do keep everything with retention=None")
        if records is not None and records < 1:
            raise ValueError(f"expected records above 0, got {records}; do keep all of them with records=None")
        self.kept = timedelta(days=days)
        self.records = records
        self.batch = batch
        self.every_seconds = every_seconds

    def __repr__(self) -> str:
        """Return the value as the call that makes it."""
        return f"Retention(days={self.kept / timedelta(days=1):g}, records={self.records}, batch={self.batch})"


async def purge(system: System, retention: Retention, *, now: datetime, timing: Timing | None = None) -> int:
    """Delete what has been over for longer than it is kept; return how many instances went.

    Stores without a purge keep everything.

    Args:
        system: Whose instances.
        retention: How long they are kept.
        now: The present moment.
        timing: What lets others go first between two batches, if anything does.

    Raises:
        StoreError: When a store does not answer; what is gone is gone.
    """
    gone = 0
    for runtime in system.runtimes.values():
        store: object = runtime.store
        if not isinstance(store, Purges):
            continue
        while (batch := await store.purge(now - retention.kept, retention.batch)) > 0:
            gone += batch
            if timing is not None:
                await timing.breathe(_BREATH_SECONDS)
    return gone


async def cut_journals(system: System, retention: Retention, *, now: datetime, timing: Timing | None = None) -> int:
    """Delete records behind checkpoints that are older than they are kept; return how many went.

    Each transaction deletes those between two checkpoints of one instance. Stores that do not
    cut keep everything.

    Args:
        system: Whose instances.
        retention: How long records are kept, and how many.
        now: The present moment.
        timing: What lets others go first between two transactions, if anything does.

    Raises:
        StoreError: When a store does not answer; what is gone is gone.
    """
    gone = 0
    if retention.records is None:
        return gone
    for runtime in system.runtimes.values():
        store: object = runtime.store
        if not isinstance(store, Cuts):
            continue
        while (batch := await store.cut(now - retention.kept, retention.records)) > 0:
            gone += batch
            if timing is not None:
                await timing.breathe(_BREATH_SECONDS)
    return gone


async def keep_purging(system: System, retention: Retention, timing: Timing) -> None:
    """Purge again and again until cancelled; a store that does not answer is asked again later.

    Args:
        system: Whose instances.
        retention: How long they are kept.
        timing: What passes the time.
    """
    while True:
        try:
            gone = await purge(system, retention, now=timing.now(), timing=timing)
            cut = await cut_journals(system, retention, now=timing.now(), timing=timing)
        except StoreClosed:
            return  # whoever works says so
        except StoreError:
            _log.exception("what is over was not all cleared away; it is tried again later")
        else:
            if gone or cut:
                since = timing.now() - retention.kept
                _log.info("%d instances that were over since %s are gone, and %d old records", gone, since, cut)
        await timing.sleep(retention.every_seconds)
