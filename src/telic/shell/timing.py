"""Time, as a worker sees it: the clock that it was given, and waits that end with a bell.

A clock that passes its own time, of a simulation or a test, passes that of the worker too.
What may never be here: what is done when a wait ends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import anyio
import anyio.lowlevel

from telic.runtime.hints import Bell
from telic.runtime.protocols import Clock, SleepingClock

__all__ = ["Timing"]

T = TypeVar("T")


class Timing:
    """The present moment, and the ways to let time pass."""

    def __init__(self, clock: Clock) -> None:
        """Keep the clock."""
        self._clock = clock
        self._own: SleepingClock | None = clock if isinstance(clock, SleepingClock) else None

    def now(self) -> datetime:
        """Return the present moment."""
        return self._clock.now()

    def after(self, seconds: float) -> datetime:
        """Return the moment so many seconds from now."""
        return self._clock.now() + timedelta(seconds=seconds)

    def elapsed(self) -> float:
        """Return seconds since some moment; a change of the machine's clock does not move them."""
        return anyio.current_time() if self._own is None else self._own.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        """Return when so many seconds have passed."""
        if self._own is None:
            await anyio.sleep(seconds)
        else:
            await self._own.sleep(seconds)

    async def sleep_until(self, elapsed: float) -> None:
        """Return when :meth:`elapsed` has come so far; at once if it has already."""
        await self.sleep(max(0.0, elapsed - self.elapsed()))

    async def breathe(self, seconds: float) -> None:
        """Let others go first in the midst of long work; in a virtual time it takes none."""
        await anyio.sleep(seconds if self._own is None else 0)

    async def until_rung(self, bell: Bell, seconds: float | None) -> None:
        """Return when the bell rings, or so many seconds have passed.

        Args:
            bell: The bell.
            seconds: How long at most; ``None`` for as long as it takes.
        """
        if seconds is None:
            await bell.wait()
            return
        await self.limited(seconds, bell.wait)

    async def limited(self, seconds: float, function: Callable[[], Awaitable[T]]) -> tuple[T] | None:
        """Return what a function returns, or nothing when it was cancelled after so many seconds.

        Args:
            seconds: How long at most.
            function: What to do; it raises nothing but cancellation.
        """
        if self._own is None:
            with anyio.move_on_after(seconds):
                return (await function(),)
            return None
        until = self.elapsed() + seconds
        async with anyio.create_task_group() as group:
            group.start_soon(self._cancel_at, until, group.cancel_scope)
            done = (await function(),)
            group.cancel_scope.cancel()
            return done
        return None

    async def _cancel_at(self, until: float, scope: anyio.CancelScope) -> None:
        await self.sleep_until(until)
        scope.cancel()
