"""How the program of a peer takes orders: one a line, as JSON; it answers each with what that took.

What it says on its output otherwise goes to its errors, so that the answers stand alone. What may
never be here: an import of telic, or of any engine.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, NamedTuple

__all__ = ["Clock", "Told", "answered", "answered_in_loop", "hops", "timed"]

Told = dict[str, Any]


class Clock:
    """What some work took, once it is done.

    Attributes:
        told: Seconds by the clock, and seconds of a processor in this process.
    """

    def __init__(self) -> None:
        """Nothing is timed yet."""
        self.told: Told = {}


@contextmanager
def timed() -> Iterator[Clock]:
    """Time a block, with the collector at rest, as the other side does."""
    clock = Clock()
    gc.collect()
    gc.disable()
    try:
        began, used = time.perf_counter(), time.process_time()
        yield clock
        clock.told = {"seconds": time.perf_counter() - began, "processor": time.process_time() - used}
    finally:
        gc.enable()


def hops(moments: Iterable[float]) -> list[float]:
    """Return the seconds from each moment to the next."""
    return [later - sooner for sooner, later in pairwise(moments)]


class _Lines(NamedTuple):
    """Where answers go; the common output is that of errors by then."""

    out: Any

    def say(self, told: Told) -> None:
        self.out.write(json.dumps(told) + "\n")
        self.out.flush()


def _lines() -> _Lines:
    own = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return _Lines(own)


def answered(version: str, carry_out: Callable[[Told], Told]) -> None:
    """Carry out orders until there are no more.

    Args:
        version: Which version of the engine runs.
        carry_out: Carries out one order, and returns what it took.
    """
    lines = _lines()
    lines.say({"version": version})
    for line in sys.stdin:
        lines.say(carry_out(json.loads(line)))


async def answered_in_loop(
    version: str, carry_out: Callable[[Told], Awaitable[Told]], read: Callable[[], Awaitable[str]]
) -> None:
    """Carry out orders in an event loop that goes on while it waits for the next.

    Args:
        version: Which version of the engine runs.
        carry_out: Carries out one order, and returns what it took.
        read: Returns the next line, or nothing at the end.
    """
    lines = _lines()
    lines.say({"version": version})
    while line := await read():
        lines.say(await carry_out(json.loads(line)))
