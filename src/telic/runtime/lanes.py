"""Lanes: the calls for one instance within a process, one behind the other.

The first call of an instance leads; those that come meanwhile queue up, and when the leader
is done the first of them leads all the others: load once, step each in order, save once. The
lanes belong to a database, so two runtimes over one database share them. What may never be
here: what a step does.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable, KeysView
from typing import Generic, TypeVar

from telic.runtime.waker import Loop, Ticket, current_loop

__all__ = ["Lanes", "Waiter", "lanes_of"]

R = TypeVar("R")


class Waiter(Generic[R]):
    """One call that waits in a lane.

    Attributes:
        request: What is asked.
        ticket: Kept with ``True`` when the call is to lead, with ``False`` when it is done.
        under_way: A leader has taken it, and answers for it.
    """

    __slots__ = ("loop", "request", "ticket", "under_way")

    def __init__(self, request: R, loop: Loop) -> None:
        """Make a waiter in the calling task's loop."""
        self.request = request
        self.loop = loop
        self.ticket: Ticket = loop.ticket()
        self.under_way = False

    def wake(self, *, lead: bool) -> bool:
        """Let the call go on, from any thread; return whether its loop still runs."""
        if self.loop is _loop_or_none():
            self.ticket.keep(lead)
            return True
        return self.loop.soon_from_thread(lambda: self.ticket.keep(lead))


class Lanes(Generic[R]):
    """The lanes of one database."""

    __slots__ = ("_lock", "_queues")

    def __init__(self) -> None:
        """Begin without any lane."""
        self._queues: dict[Hashable, list[Waiter[R]]] = {}
        self._lock = threading.Lock()

    def enter(self, key: Hashable) -> bool:
        """Return whether the lane was free; it is taken now, and the caller leads."""
        mine: list[Waiter[R]] = []
        # One step under the interpreter's lock: of two callers only one finds its own list.
        return self._queues.setdefault(key, mine) is mine

    def join(self, key: Hashable, waiter: Waiter[R]) -> bool:
        """Queue up behind the leader; return ``False`` when the lane has become free instead."""
        with self._lock:
            queue = self._queues.get(key)
            if queue is None:
                self._queues[key] = []
                return False
            queue.append(waiter)
            return True

    def leave(self, key: Hashable) -> None:
        """Give the lane to the first that waits, or free it."""
        while True:
            with self._lock:
                queue = self._queues[key]
                if not queue:
                    del self._queues[key]
                    return
                heir = queue.pop(0)
            if heir.wake(lead=True):
                return

    def abandon(self, key: Hashable, waiter: Waiter[R]) -> bool:
        """Take a cancelled call out of the queue; return ``False`` when it was not there any more."""
        with self._lock:
            queue = self._queues.get(key, [])
            if waiter in queue:
                queue.remove(waiter)
                return True
            return False

    def take(self, key: Hashable, limit: int, fits: Callable[[R], bool]) -> list[Waiter[R]]:
        """Return the calls at the head of the queue that fit, at most so many; the leader does them."""
        with self._lock:
            queue = self._queues[key]
            count = 0
            while count < min(limit, len(queue)) and fits(queue[count].request):
                count += 1
            taken = queue[:count]
            del queue[:count]
            return taken

    @property
    def taken(self) -> KeysView[Hashable]:
        """The instances that are being worked on, as they are whenever somebody looks."""
        return self._queues.keys()

    def __contains__(self, key: Hashable) -> bool:
        """Say whether an instance is being worked on."""
        return key in self._queues

    def __len__(self) -> int:
        """Return how many instances are being worked on."""
        return len(self._queues)


def _loop_or_none() -> Loop | None:
    try:
        return current_loop()
    except RuntimeError:
        return None


_lanes: weakref.WeakKeyDictionary[object, dict[tuple[str, str], Lanes[object]]] = weakref.WeakKeyDictionary()
_making = threading.Lock()


def lanes_of(store: object, machine: str, tenant: str) -> Lanes[object]:
    """Return the lanes that a store shares with all stores over the same database.

    Args:
        store: The store; ``store.lane_key`` stands for its database, if it has one.
        machine: The name of the machine.
        tenant: Whose instances they are.
    """
    with _making:
        found = _lanes.setdefault(getattr(store, "lane_key", store), {})
        return found.setdefault((machine, tenant), Lanes())
