"""What a claim costs where few intents wait, and where very many do, in turn.

What may never be here: an assertion about a time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from telic.runtime.protocols import DurableStore
from tests.bench.homes import EMITTED, Home
from tests.bench.measure import BEGIN, PAY, Orders, Rounds, Row, at_most, in_turn
from tests.bench.order import ChargeCard, order
from tests.bench.sqlite import PAID

FEW = 1000
_CLAIMS, _AT_ONCE = 10, 8
"""How many claims a round makes, and of how many intents each."""
_ROUNDS = FEW // (_CLAIMS * _AT_ONCE) - 1
"""How many rounds find enough, of few."""


async def claiming(home: Home, many: int, rounds: Rounds) -> Row:
    """Compare claims in a home with few open intents and in one with many."""
    name = f"{home.name}: a claim with {many:,} intents open / with {FEW:,}"
    if home.absent:
        return Row(name, [], _GOAL, absent=home.absent)
    async with _with(home, FEW) as few, _with(home, many) as more:
        return Row(name, await _ratios(few, more, rounds), _GOAL)


_GOAL = at_most(1.5)


async def _ratios(few: DurableStore, more: DurableStore, rounds: Rounds) -> list[float]:
    found: list[float] = []
    for store in (few, more):
        await _claims(store, 2)
    for number in rounds.at_most(_ROUNDS).numbers():
        later, sooner = await in_turn(number, lambda: _claims(more, _CLAIMS), lambda: _claims(few, _CLAIMS))
        found.append(later / sooner)
    return found


async def _claims(store: DurableStore, count: int) -> None:
    now = datetime.now(UTC)
    for _ in range(count):
        wanted = {ChargeCard.__tag__: _AT_ONCE}
        claimed = await store.claim(wanted, _AT_ONCE, now=now, until=now + timedelta(hours=1), worker="bench")
        assert len(claimed) == _AT_ONCE


async def _begun(orders: Orders) -> None:
    await orders.run_step(PAID, BEGIN)
    await orders.run_step(PAID, PAY)


@asynccontextmanager
async def _with(home: Home, count: int) -> AsyncIterator[DurableStore]:
    async with home.opened() as (database, raw):
        store = database.store(order)
        await _begun(Orders(machine=order, store=store))
        await raw.fill(EMITTED, count, PAID)
        yield store
