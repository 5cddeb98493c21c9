"""The one place that knows the event loop: asyncio or trio.

A :class:`Ticket` is a promise that one task awaits and anybody keeps, from any thread. A
:class:`Loop` runs a function soon. What may never be here: anything about workflows.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import trio

__all__ = ["Loop", "Ticket", "current_loop"]


class Ticket(Protocol):
    """A yes, a no or an error that one task waits for. Keep it in the thread of its loop."""

    def keep(self, value: bool = True) -> None:  # noqa: FBT001, FBT002  (it is the value)
        """Give the value; of several calls the first counts."""
        ...

    def fail(self, error: BaseException) -> None:
        """Give an error, raised where the ticket is awaited; the first call counts."""
        ...

    def wait(self) -> Awaitable[bool]:
        """Await the value; raises the error."""
        ...


class Loop(Protocol):
    """The event loop of the calling task."""

    def ticket(self) -> Ticket:
        """Return a new ticket of this loop."""
        ...

    def soon(self, function: Callable[[], None]) -> None:
        """Run a function when the tasks that can run now have run; call it in the loop's thread."""
        ...

    def soon_from_thread(self, function: Callable[[], None]) -> bool:
        """Run a function in the loop, called from any thread; return whether the loop still runs."""
        ...


class _AsyncioTicket:
    __slots__ = ("_future",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._future: asyncio.Future[bool] = loop.create_future()

    def keep(self, value: bool = True) -> None:  # noqa: FBT001, FBT002  (it is the value)
        if not self._future.done():
            self._future.set_result(value)

    def fail(self, error: BaseException) -> None:
        if not self._future.done():
            self._future.set_exception(error)

    def wait(self) -> Awaitable[bool]:
        return self._future


class _AsyncioLoop:
    __slots__ = ("__weakref__", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def ticket(self) -> Ticket:
        return _AsyncioTicket(self._loop)

    def soon(self, function: Callable[[], None]) -> None:
        self._loop.call_soon(function)

    def soon_from_thread(self, function: Callable[[], None]) -> bool:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:  # the loop was closed while its work was under way
            return False
        return True


class _TrioTicket:
    __slots__ = ("_error", "_kept", "_task", "_value")

    def __init__(self) -> None:
        self._kept = False
        self._value = False
        self._error: BaseException | None = None
        self._task: trio.lowlevel.Task | None = None

    def keep(self, value: bool = True) -> None:  # noqa: FBT001, FBT002  (it is the value)
        if not self._kept:
            self._value = value
            self._wake()

    def fail(self, error: BaseException) -> None:
        if not self._kept:
            self._error = error
            self._wake()

    def _wake(self) -> None:
        import trio

        self._kept = True
        if self._task is not None:
            trio.lowlevel.reschedule(self._task)
            self._task = None

    async def wait(self) -> bool:
        import trio

        if not self._kept:
            self._task = trio.lowlevel.current_task()

            def abort(_: object) -> trio.lowlevel.Abort:
                self._task = None
                return trio.lowlevel.Abort.SUCCEEDED

            await trio.lowlevel.wait_task_rescheduled(abort)
        if self._error is not None:
            raise self._error
        return self._value


class _TrioLoop:
    __slots__ = ("__weakref__", "_token")

    def __init__(self, token: trio.lowlevel.TrioToken) -> None:
        self._token = token

    def ticket(self) -> Ticket:
        return _TrioTicket()

    def soon(self, function: Callable[[], None]) -> None:
        self._token.run_sync_soon(function)

    def soon_from_thread(self, function: Callable[[], None]) -> bool:
        import trio

        try:
            self._token.run_sync_soon(function)
        except trio.RunFinishedError:
            return False
        return True


_known: weakref.WeakKeyDictionary[object, Loop] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


class _Last(threading.local):
    """The loop that was asked for last in this thread: a look-up in ``_known`` costs ten times as much."""

    running: asyncio.AbstractEventLoop | None = None
    loop: Loop


_last = _Last()


def current_loop() -> Loop:
    """Return the event loop of the calling task; the same object for the same loop.

    Raises:
        RuntimeError: Outside of asyncio and trio.
    """
    running = asyncio._get_running_loop()  # noqa: SLF001  (the public form raises; this is asyncio's documented fast one)
    if running is not None:
        if _last.running is not running:
            found = _known.get(running)
            _last.loop = found if found is not None else _learnt(running, _AsyncioLoop(running))
            _last.running = running
        return _last.loop
    token = _trio_token()
    if token is None:
        raise RuntimeError(
            "expected a running asyncio or trio event loop, got none; do call this from an async function"
        )
    found = _known.get(token)
    return found if found is not None else _learnt(token, _TrioLoop(token))


def _learnt(key: object, loop: Loop) -> Loop:
    with _lock:
        # What is known of a loop refers to it, so that it would never be given up by itself.
        closed = [one for one in _known if isinstance(one, asyncio.AbstractEventLoop) and one.is_closed()]
        for one in closed:
            del _known[one]
        return _known.setdefault(key, loop)


def _trio_token() -> trio.lowlevel.TrioToken | None:
    try:
        import trio

        return trio.lowlevel.current_trio_token()
    except (ImportError, RuntimeError):
        return None
