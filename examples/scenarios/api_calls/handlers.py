"""The requests, and how often each step is tried: all steps alike, but for one with a policy of its own.

Whoever runs this brings the functions that make the requests. What may never be here: what follows from an answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from examples.scenarios.api_calls.machine import (
    FetchRecord,
    FindOlderCopy,
    NoCopyFound,
    RecordFetched,
    RecordFound,
    RecordRefused,
    RecordStored,
    StoreRecord,
)
from telic import Call, Handlers, Retry

EVERY_STEP = Retry(max_attempts=5, base_delay=timedelta(seconds=2), factor=2.0, max_delay=timedelta(minutes=5))
THE_CALL = EVERY_STEP.evolve(max_attempts=10, base_delay=timedelta(seconds=1))


def handlers_with(
    fetch: Callable[[FetchRecord, Call], Awaitable[RecordFetched | RecordRefused]],
    find: Callable[[FindOlderCopy, Call], Awaitable[RecordFound | NoCopyFound]],
    store: Callable[[StoreRecord, Call], Awaitable[RecordStored]],
) -> Handlers:
    """Return the handlers, each with its policy.

    Args:
        fetch: Calls the API.
        find: Looks for an older copy.
        store: Stores what was fetched.
    """
    return Handlers(
        FetchRecord.handled_by(fetch, retry=THE_CALL),
        FindOlderCopy.handled_by(find, retry=EVERY_STEP),
        StoreRecord.handled_by(store, retry=EVERY_STEP),
    )
