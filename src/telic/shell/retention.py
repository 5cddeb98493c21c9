"""``Retention``: how long instances that are over are kept, and their purge in batches.

What may never be here: an instance that still runs.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from telic.kernel.errors import StoreClosed, StoreError
from telic.runtime.retention import Purges

if TYPE_CHECKING:
    from telic.shell.system import System
    from telic.shell.timing import Timing

__all__ = ["Retention", "keep_purging", "purge"]

_log = logging.getLogger("telic.worker")
_BREATH_SECONDS = 0.01


class Retention:
    """How long instances are kept that have ended, or were cancelled or terminated.

    They go whole: with their journal, and with their event ids, so that an id is known for as
    long as its record is there. A start under the business key of one that is gone begins anew.

    Attributes:
        kept: How long after its last record an instance is kept.
        batch: How many go in one transaction.
        every_seconds: How often a worker looks.
    """

    __slots__ = ("batch", "every_seconds", "kept")

    def __init__(self, *, days: float = 30, batch: int = 100, every_seconds: float = 3600.0) -> None:
        """Keep the figures.

        Raises:
            ValueError: For a figure that is not above zero.
        """
        for name, value in (("days", days), ("batch", batch), ("every_seconds", every_seconds)):
            if value <= 0:
                raise ValueError(f"expected {name} above 0, got {value}; do keep everything with retention=None")
        self.kept = timedelta(days=days)
        self.batch = batch
        self.every_seconds = every_seconds

    def __repr__(self) -> str:
        """Return the value as the call that makes it."""
        return f"Retention(days={self.kept / timedelta(days=1):g}, batch={self.batch})"


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
        except StoreClosed:
            return  # whoever works says so
        except StoreError:
            _log.exception("what is over was not all cleared away; it is tried again later")
        else:
            if gone:
                _log.info("%d instances that were over since %s are gone", gone, timing.now() - retention.kept)
        await timing.sleep(retention.every_seconds)
