"""How many bytes a step leaves in the database, beside what its values take alone.

An order begins and is paid; then, elsewhere, orders note one call after the other, which is a step
with next to no values. What may never be here: a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import asyncpg  # type: ignore[import-untyped]

from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from tests.bench.homes import Database, Home
from tests.bench.measure import BEGIN, NOTE, PAY, Orders, Row, numbered, send
from tests.bench.order import OrderEvent, order

__all__ = ["storage"]

_CALLS = 8
# What the model's own values come to: each event, and what is there of states and intents in the end.
_VALUES = """
    SELECT (SELECT coalesce(sum({length}(data)), 0) FROM telic_journal)
        + (SELECT coalesce(sum({length}(state)), 0) FROM telic_instance)
        + (SELECT coalesce(sum({length}(payload)), 0) FROM telic_outbox)
"""
_SIZE = """
    SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class AS c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
"""


class _Held(NamedTuple):
    """Bytes: of the whole database, and of the values in it."""

    whole: int
    values: int


async def storage(home: Home, count: int) -> AsyncIterator[Row]:
    """Tell how many bytes a step leaves.

    Args:
        home: Where.
        count: How many orders there are.
    """
    for what, before, events in _LIVES:
        name = f"{home.name}: bytes in the database for {what}"
        if home.absent:
            yield Row(name, [], absent=home.absent)
            continue
        whole, values = await _left(home, count, before, events)
        yield Row(name, [whole])
        yield Row(f"{home.name}: bytes of the values alone of {what}", [values])


_LIVES: tuple[tuple[str, tuple[OrderEvent, ...], tuple[OrderEvent, ...]], ...] = (
    ("each step of an order that begins and is paid", (), (BEGIN, PAY)),
    ("a step that counts a call", (BEGIN,), (NOTE,) * _CALLS),
)


async def _left(
    home: Home, count: int, before: Sequence[OrderEvent], events: Sequence[OrderEvent]
) -> tuple[float, float]:
    """Return how many bytes each event leaves, and how many its values take, after some that do not count."""
    async with home.opened() as (database, _):
        orders = Orders(machine=order, store=database.store(order))
        ids = numbered(0, count)
        await orders.load(ids[0])  # the tables are made
        for event in before:
            await send(orders, ids, event, home.callers)
        first = await _held(database, home)
        for event in events:
            await send(orders, ids, event, home.callers)
        last = await _held(database, home)
    steps = count * len(events)
    return (last.whole - first.whole) / steps, (last.values - first.values) / steps


async def _held(database: Database, home: Home) -> _Held:
    if isinstance(database, SqliteDatabase):
        connection = sqlite3.connect(database.path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (each,) = connection.execute("PRAGMA page_size").fetchone()
        (values,) = connection.execute(_VALUES.format(length="length")).fetchone()
        connection.close()
        return _Held(pages * each, values)
    return await _held_on_server(database, home)


async def _held_on_server(database: PostgresDatabase, home: Home) -> _Held:
    """Look at the tables as they are after the server has cleared up what is dead."""
    connection = await asyncpg.connect(home.url, server_settings={"search_path": database.schema})
    await connection.execute("VACUUM telic_instance, telic_journal, telic_outbox")
    found = _Held(
        int(await connection.fetchval(_SIZE)), int(await connection.fetchval(_VALUES.format(length="octet_length")))
    )
    await connection.close()
    return found
