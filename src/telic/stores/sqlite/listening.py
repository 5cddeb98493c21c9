"""How a file is listened to: a thread asks again and again whether it has changed.

SQLite tells nobody that something was written; it only answers. To wake a thread takes less than
half of what it takes to wake a task of an event loop, and a worker that has nothing to do does
little else. What may never be here: what a change means.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from telic.runtime.waker import current_loop

__all__ = ["ring_at_changes"]

_LISTEN_SECONDS: Final = 0.08
"""How often it is asked: soon enough for half of the commits of other processes to be noticed well
within 60 ms, seldom enough to cost a small part of a hundredth of a core."""


async def ring_at_changes(version: Callable[[], object], ring: Callable[[], None], *, name: str) -> None:
    """Ring when a version differs from the last one, and at first, until cancelled.

    Args:
        version: Returns what differs once somebody has written; called in the thread.
        ring: What is done then, in the event loop of the calling task.
        name: What the thread is called.

    Raises:
        Exception: What ``version`` raises; nobody asks any more then.
    """
    over = threading.Lock()  # held until nobody listens; an event would make a lock of its own for every wait
    over.acquire()
    loop = current_loop()
    ticket = loop.ticket()

    def watch() -> None:
        known: object = None
        try:
            while True:
                found = version()
                if found != known:
                    known = found
                    loop.soon_from_thread(ring)
                if over.acquire(timeout=_LISTEN_SECONDS):
                    return
        except BaseException as error:  # noqa: BLE001  (who listens is told)
            loop.soon_from_thread(partial(ticket.fail, error))

    threading.Thread(target=watch, name=name, daemon=True).start()
    try:
        await ticket.wait()
    finally:
        over.release()
