"""What a claim costs where few intents wait, and where very many do, in turn.

What may never be here: an assertion about a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telic.runtime.protocols import DurableStore
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from tests.bench.measure import BEGIN, PAY, Orders, Rounds, Row, at_most, in_turn
from tests.bench.order import ChargeCard, order
from tests.bench.raw import Raw
from tests.bench.raw_postgres import RawPostgres
from tests.bench.sqlite import PAID
from tests.services import postgres_schema

FEW = 1000
_CLAIMS, _AT_ONCE = 10, 8
"""How many claims a round makes, and of how many intents each."""
_ROUNDS = FEW // (_CLAIMS * _AT_ONCE) - 1
"""How many rounds find enough, of few."""


async def claiming_sqlite(many: int, rounds: Rounds) -> Row:
    """Compare claims on two files."""
    async with _file(FEW) as few, _file(many) as more:
        return Row(
            f"SQLite: a claim with {many:,} intents open / with {FEW:,}", await _ratios(few, more, rounds), _GOAL
        )


async def claiming_postgres(url: str, many: int, rounds: Rounds) -> Row:
    """Compare claims on two schemas."""
    name = f"PostgreSQL: a claim with {many:,} intents open / with {FEW:,}"
    if not url:
        return Row(name, [], _GOAL, absent="there is no server")
    async with _schema(url, FEW) as few, _schema(url, many) as more:
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
async def _file(count: int) -> AsyncIterator[DurableStore]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.sqlite"
        async with SqliteDatabase(path) as database:
            store = database.store(order)
            await _begun(Orders(machine=order, store=store))
            raw = Raw(path)
            raw.fill(count, PAID)
            raw.emit(count, PAID)
            raw.close()
            yield store


@asynccontextmanager
async def _schema(url: str, count: int) -> AsyncIterator[DurableStore]:
    async with postgres_schema(url) as schema, PostgresDatabase(url, schema=schema) as database:
        store = database.store(order)
        await _begun(Orders(machine=order, store=store))
        raw = await RawPostgres.opened(url, schema, 1)
        await raw.fill("telic_instance", count, PAID, {"id": "'o-' || number"})
        emitted = {"id": "'o-' || number", "intent_id": "'o-' || number || ':2:0'", "due_us": "due_us + number"}
        await raw.fill("telic_outbox", count, PAID, emitted)
        await raw.settle()
        await raw.aclose()
        yield store
