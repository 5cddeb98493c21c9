"""What every comparison shares: two pieces of work timed in turn, and the row that reports them.

What may never be here: an assertion about a time.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import anyio

from telic import Context, EventId, WorkflowId, WorkflowRuntime
from tests.bench.order import BeginOrder, Line, NoteCall, OrderEvent, OrderId, OrderNew, OrderState, PayOrder

Orders = WorkflowRuntime[OrderState, OrderEvent]

BEGIN = BeginOrder(
    order_id=OrderId("o-1"), lines=(Line(sku="book", price=Decimal("12.5")), Line(sku="pen", price=Decimal("1.2")))
)
NOTE = NoteCall()
PAY = PayOrder(amount=Decimal("13.7"))
NEW, _ = OrderNew.begin(BEGIN, Context(datetime(2026, 1, 1, tzinfo=UTC)))


class Rounds(NamedTuple):
    """How often two sides take turns: until the time of the comparison is used, and some times at least.

    Attributes:
        fewest: How often at least, however long that takes.
        seconds: For how long; a round that would end later is not begun.
        most: How often at most, where each round uses up what is there.
    """

    fewest: int
    seconds: float = 0.0
    most: int = 1000

    def numbers(self) -> Iterator[int]:
        """Count the rounds, from 0 on; the clock runs from the first."""
        began, number = time.monotonic(), 0
        while number < self.fewest or self._fits(number, time.monotonic() - began):
            yield number
            number += 1

    def at_most(self, count: int) -> Rounds:
        """Return the same with no more than so many rounds."""
        return self._replace(fewest=min(self.fewest, count), most=count)

    def lasting(self, share: float) -> Rounds:
        """Return the same with a part of the time."""
        return self._replace(seconds=self.seconds * share)

    def _fits(self, number: int, passed: float) -> bool:
        return 0 < number < self.most and passed * (number + 1) / number <= self.seconds


class Goal(NamedTuple):
    """What a ratio should come to, and on which side of it is good."""

    value: float
    at_most: bool

    def met(self, ratio: float) -> bool:
        """Say whether a ratio is on the good side."""
        return ratio <= self.value if self.at_most else ratio >= self.value

    def __str__(self) -> str:
        """Return the goal as a reader would say it."""
        return f"{'<=' if self.at_most else '>='} {self.value}"


class Row(NamedTuple):
    """One comparison; without a goal where the figure only explains another.

    Attributes:
        name: What is compared.
        ratios: What came of each round.
        goal: What the median should come to.
        absent: Why there is nothing to compare with, where there is not.
        load: What else the machine had to do, as its load average when the row was done.
        note: What else a reader has to know, as what the other side does differently.
    """

    name: str
    ratios: list[float]
    goal: Goal | None = None
    absent: str = ""
    load: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios) if self.ratios else math.nan

    @property
    def verdict(self) -> str:
        """Whether the median reaches the goal."""
        if self.absent:
            return "not measured"
        if self.goal is None:
            return ""
        return "met" if self.goal.met(self.median) else "missed"

    def __str__(self) -> str:
        """Return the line of the table."""
        if self.absent:
            return f"{self.name:66} not measured: {self.absent}"
        spread = f"({min(self.ratios):.2f} to {max(self.ratios):.2f})"
        return f"{self.name:66}{self.median:7.2f}  {spread:16}  {self.goal or ''!s:8}{self.verdict:7}"


def at_most(value: float) -> Goal:
    """Return the goal of a cost."""
    return Goal(value, at_most=True)


def at_least(value: float) -> Goal:
    """Return the goal of a speed."""
    return Goal(value, at_most=False)


async def seconds(work: Callable[[], Awaitable[object] | None]) -> float:
    """Return how long a piece of work takes, with the collector at rest."""
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        waiting = work()
        if waiting is not None:
            await waiting
        return time.perf_counter() - began
    finally:
        gc.enable()


async def in_turn(
    number: int, first: Callable[[], Awaitable[object] | None], second: Callable[[], Awaitable[object] | None]
) -> tuple[float, float]:
    """Time two pieces of work; every other round begins with the second."""
    one, other = await in_turns(number, first, second)
    return one, other


async def in_turns(number: int, *works: Callable[[], Awaitable[object] | None]) -> list[float]:
    """Time pieces of work; every other round begins with the last. The times are in the order of the pieces."""
    order = list(range(len(works)))[:: -1 if number % 2 else 1]
    took = {place: await seconds(works[place]) for place in order}
    return [took[place] for place in range(len(works))]


async def send(
    orders: Orders, ids: Iterable[WorkflowId], event: OrderEvent, callers: int, *, named: bool = False
) -> None:
    """Send one event to each id, from so many callers.

    Args:
        orders: The runtime.
        ids: Where to send it.
        event: The event.
        callers: How many calls are under way at once.
        named: Give each an event id of its own, to be looked up and remembered.
    """
    waiting = iter(ids)

    async def caller() -> None:
        for id in waiting:
            await orders.run_step(id, event, event_id=EventId(f"pay-{id}") if named else None)

    if callers == 1:
        await caller()
        return
    async with anyio.create_task_group() as group:
        for _ in range(callers):
            group.start_soon(caller)


def numbered(first: int, after: int) -> list[WorkflowId]:
    """Return the ids of these instances."""
    return [WorkflowId(f"o-{number}") for number in range(first, after)]
