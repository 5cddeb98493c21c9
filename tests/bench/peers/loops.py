"""What the queues with an event loop share: a worker beside the orders, and the moments of its handlers.

What may never be here: an import of telic, or of any engine.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from tests.bench.peers.answering import Told, answered_in_loop, hops, timed

__all__ = ["Moments", "ended", "serve"]


class Moments:
    """When handlers began, and how many jobs are done with."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._begun: list[float] = []
        self._left = 0
        self._complete = asyncio.Event()

    def expect(self, count: int) -> None:
        """Forget what was, and wait for so many jobs."""
        self._begun.clear()
        self._left = count
        self._complete = asyncio.Event()

    def begin(self) -> None:
        """Note that a handler begins."""
        self._begun.append(time.perf_counter())

    def finish(self) -> None:
        """Note that a job is done with, and its outcome recorded."""
        self._left -= 1
        if self._left == 0:
            self._complete.set()

    async def complete(self) -> None:
        """Wait until all of them are."""
        await self._complete.wait()

    def hops(self) -> list[float]:
        """Return the seconds from each handler to the next."""
        return hops(self._begun)


async def _from_callers(count: int, callers: int, ask: Callable[[], Awaitable[object]]) -> None:
    """Ask so many times, with so many asking at once."""
    waiting = iter(range(count))

    async def caller() -> None:
        for _ in waiting:
            await ask()

    await asyncio.gather(*(caller() for _ in range(callers)))


def _lines_of_input() -> Callable[[], Awaitable[str]]:
    """Return what reads the orders without holding up the loop."""

    async def read() -> str:
        return await asyncio.to_thread(sys.stdin.readline)

    return read


async def serve(
    version: str,
    moments: Moments,
    ask: Callable[[int], Awaitable[object]],
    settle: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Carry out orders: many jobs at once, or a chain in which each job asks for the next.

    Args:
        version: Which version of the engine runs.
        moments: Where its handlers note what they do.
        ask: Asks for one job, after which so many others follow.
        settle: Waits until the outcomes are recorded, where the handlers' notes do not tell.
    """

    async def carry_out(asked: Told) -> dict[str, Any]:
        count = asked["count"]
        moments.expect(count)
        with timed() as clock:
            if asked["kind"] == "chain":
                await ask(count - 1)
            else:
                await _from_callers(count, asked["callers"], lambda: ask(0))
            await moments.complete()
            if settle is not None:
                await settle()
        return clock.told | {"hops": moments.hops() if asked["kind"] == "chain" else []}

    await answered_in_loop(version, carry_out, _lines_of_input())


def ended(tasks: Iterable[asyncio.Task[Any]]) -> Awaitable[Any]:
    """End tasks."""
    for task in tasks:
        task.cancel()
    return asyncio.gather(*tasks, return_exceptions=True)
