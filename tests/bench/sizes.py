"""What a step costs where there is much else: many instances, long journals, many open deadlines.

Two homes are measured in turn, one with little in it and one with much. What may never be here: an
assertion about a time.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from telic import Handlers, System, WorkflowId
from telic.shell.deadlines import Deadlines
from telic.shell.timing import Timing
from tests.bench.homes import BEGUN, Home, Side, Tables
from tests.bench.measure import BEGIN, NOTE, PAY, Orders, Rounds, Row, at_least, at_most, in_turn, send
from tests.bench.order import OrderId, order
from tests.bench.reminder import BeginReminder, Reminders, reminder
from tests.bench.sqlite import FRESH, PAID

__all__ = ["DECLARED", "FAR", "deadlines", "instances", "journals"]

FEW = 1000
_STEPS = 400
"""How many steps either side takes in a round: of the few instances, most are touched."""
_SPREAD = 40_000
"""How many instances, spread over all, are there to be touched."""
_WARM = 50
_NOTES = 100
_FIRED = 20
_FOLDED = 200

FAR = datetime(2100, 1, 1, tzinfo=UTC)
"""When the deadlines are due that only stand in the way."""
_NEAR = datetime(2030, 1, 1, tzinfo=UTC)
DECLARED: Tables = {**BEGUN, "telic_wait": {"id": "'o-' || number"}}
"""The rows of an instance that has begun, and has declared a wait."""


class _Held(NamedTuple):
    """A home with instances of the order in it, and ids of those that nobody has touched."""

    home: Home
    orders: Orders
    raw: Side
    fresh: list[WorkflowId]

    async def share(self, number: int) -> float:
        """Return what part of the raw speed telic has here."""
        theirs = await self.raw.prepared(self.taken(_STEPS), PAID)
        ours = self.taken(_STEPS)
        telic, bare = await in_turn(number, lambda: send(self.orders, ours, PAY, self.home.callers), theirs)
        return bare / telic

    async def warm(self) -> None:
        """Have both sides prepare their statements."""
        await send(self.orders, self.taken(_WARM), PAY, self.home.callers)
        waiting = (await self.raw.prepared(self.taken(_WARM), PAID))()
        if waiting is not None:
            await waiting

    def taken(self, count: int) -> list[WorkflowId]:
        """Take ids of instances that have only begun, spread over all."""
        found = self.fresh[-count:]
        del self.fresh[-count:]
        assert len(found) == count, "expected instances that nobody has touched, got none; do make fewer rounds"
        return found


async def instances(home: Home, held: Sequence[int], rounds: Rounds) -> AsyncIterator[Row]:
    """Compare telic's share of the raw speed where there are many instances with that where there are few.

    Args:
        home: Where.
        held: How many instances there are, one size after the other.
        rounds: How often.
    """
    for many in held:
        name = f"{home.name}: the share of raw with {many:,} instances"
        against = f"{name} / with {FEW:,}"
        if home.absent:
            yield Row(against, [], _SHARE, absent=home.absent)
            continue
        shares = await _shares(home, many, rounds)
        yield Row(against, [more / few for few, more in shares], _SHARE)
        yield Row(name, [more for _, more in shares])


_SHARE = at_least(0.85)


async def _shares(home: Home, many: int, rounds: Rounds) -> list[tuple[float, float]]:
    """Return telic's share with few instances and with many, in turn; the few are new in each round."""
    found: list[tuple[float, float]] = []
    async with _holding(home, many) as more:
        for number in rounds.at_most((min(many, _SPREAD) - 2 * _WARM) // (2 * _STEPS)).numbers():
            async with _holding(home, FEW) as few:
                found.append((await few.share(number), await more.share(number)))
    return found


@asynccontextmanager
async def _holding(home: Home, count: int) -> AsyncIterator[_Held]:
    async with home.opened() as (database, raw):
        orders = Orders(machine=order, store=database.store(order))
        for pattern in (FRESH, PAID):
            await orders.run_step(pattern, BEGIN)
        await orders.run_step(PAID, PAY)
        await raw.fill(BEGUN, count, FRESH)
        spread = random.Random(count).sample(range(count), min(count, _SPREAD))
        held = _Held(home, orders, raw, [WorkflowId(f"o-{number}") for number in spread])
        await held.warm()
        yield held


async def journals(home: Home, lengths: Sequence[int], rounds: Rounds) -> AsyncIterator[Row]:
    """Compare the steps of an instance with a long journal with those of one with ten records."""
    for length in lengths:
        name = f"{home.name}: a step after {length:,} records / after 10"
        if home.absent:
            yield Row(name, [], _LONG, absent=home.absent)
            continue
        async with home.opened() as (database, _):
            orders = Orders(machine=order, store=database.store(order))
            yield Row(name, await _lengths(orders, length, rounds), _LONG)


_LONG = at_most(1.2)


async def _lengths(orders: Orders, length: int, rounds: Rounds) -> list[float]:
    long = [await _noted(orders, "long", length)] * _NOTES
    found: list[float] = []
    for number in rounds.numbers():
        short = [await _noted(orders, f"short-{number}", 10)] * _NOTES
        await send(orders, [long[0], short[0]], NOTE, 1)
        later, sooner = await in_turn(
            number,
            lambda: send(orders, long, NOTE, 1),
            lambda: send(orders, short, NOTE, 1),  # noqa: B023
        )
        found.append(later / sooner)
    return found


async def _noted(orders: Orders, name: str, length: int) -> WorkflowId:
    id = WorkflowId(name)
    await orders.run_step(id, BEGIN)
    await send(orders, [id] * (length - 1), NOTE, _FOLDED)
    return id


async def deadlines(home: Home, many: int, rounds: Rounds) -> Row:
    """Compare the firing of the deadline that is due next where very many others are open, and where few are."""
    name = f"{home.name}: firing the next deadline with {many:,} open / with {FEW:,}"
    if home.absent:
        return Row(name, [], absent=home.absent)
    found: list[float] = []
    async with _declaring(home, many) as more, _declaring(home, FEW) as few:
        for number in rounds.numbers():
            for one in (more, few):
                await one.begin(number)
            later, sooner = await in_turn(number, more.fire, few.fire)
            found.append(later / sooner)
    return Row(name, found)


class _Firing:
    """Reminders, and a clock that is set to the moment of one after the other."""

    def __init__(self, reminders: Reminders) -> None:
        self._reminders = reminders
        self._now = _NEAR
        self._deadlines = Deadlines(System(runtimes=[reminders], handlers=Handlers()), Timing(self))

    def now(self) -> datetime:
        return self._now

    async def begin(self, number: int) -> None:
        """Begin some that are due before all others, second by second."""
        for place in range(_FIRED):
            at = self._now + timedelta(seconds=place + 1)
            id = f"near-{number}-{place}"
            await self._reminders.run_step(WorkflowId(id), BeginReminder(order_id=OrderId(id), at=at), now=_NEAR)

    async def fire(self) -> None:
        """Fire them one by one."""
        for _ in range(_FIRED):
            self._now += timedelta(seconds=1)
            fired = await self._deadlines.fire()
            assert fired == 1, fired


@asynccontextmanager
async def _declaring(home: Home, count: int) -> AsyncIterator[_Firing]:
    async with home.opened() as (database, raw):
        reminders = Reminders(machine=reminder, store=database.store(reminder))
        await reminders.run_step(FRESH, BeginReminder(order_id=OrderId("o-1"), at=FAR), now=_NEAR)
        await raw.fill(DECLARED, count, FRESH)
        yield _Firing(reminders)
