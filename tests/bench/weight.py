"""How many bytes of memory an instance takes: idle, hot, and in the memory store.

What may never be here: a time.
"""

from __future__ import annotations

import gc
import sqlite3
import tempfile
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.bench.measure import BEGIN, Orders, Row, at_most, numbered, send
from tests.bench.order import OrderNew, order
from tests.bench.raw import Raw
from tests.bench.sqlite import FRESH

__all__ = ["weights"]

_HOT = 2000
"""How many are hot: fewer than a store on SQLite remembers."""


async def weights(count: int) -> AsyncIterator[Row]:
    """Weigh instances.

    Args:
        count: How many are idle, or in the memory store: more than are hot.
    """
    json, few = await _json(), min(_HOT, count)
    state = await _grown(lambda kept: _states(kept, json, few), few)
    yield Row("bytes of the state of an order, as JSON", [float(len(json))])
    yield Row("bytes of the state of an order, as an object", [state])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.sqlite"
        async with SqliteDatabase(path, commit="inline") as database:
            await Orders(machine=order, store=database.store(order)).run_step(FRESH, BEGIN)
            on_disk = _on_disk(path, count)
            hot = await _grown(lambda kept: _hot(database, kept, few), few)
            yield Row("SQLite: bytes of memory of a hot instance", [hot])
            yield Row("SQLite: memory of a hot instance / of its state as an object", [hot / state], at_most(1.1))
        async with SqliteDatabase(path, commit="inline") as forgetful:  # all stores over one remember together
            yield Row("SQLite: bytes of memory of an idle instance", [await _idle(forgetful, count)])
        yield Row("SQLite: bytes on disk of an idle instance", [on_disk])
        yield Row("SQLite: disk of an idle instance / its state as JSON", [on_disk / len(json)], at_most(1.5))
    held = await _grown(lambda kept: _in_memory(kept, count), count)
    yield Row("memory store: bytes of an instance, its journal and its state", [held])


async def _json() -> bytes:
    orders = Orders(machine=order, store=MemoryStore(order))
    await orders.run_step(FRESH, BEGIN)
    snapshot = await orders.load(FRESH)
    assert snapshot is not None
    return snapshot.state.model_dump_json().encode()


async def _grown(work: Callable[[list[object]], Awaitable[object]], count: int) -> float:
    """Return how many bytes are held after some work, for each of a number; what it keeps is held so long."""
    kept: list[object] = []
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await work(kept)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / count


async def _states(kept: list[object], json: bytes, count: int) -> None:
    kept.extend([OrderNew.model_validate_json(json) for _ in range(count)])


async def _hot(database: SqliteDatabase, kept: list[object], count: int) -> None:
    """Load instances with a store that remembers them."""
    store = database.store(order)
    kept.append(store)
    for id in numbered(0, count):
        assert await store.load(id) is not None


async def _idle(database: SqliteDatabase, count: int) -> float:
    """Return what more instances add to a process that remembers as many as it will."""
    store = database.store(order)
    ids = numbered(0, count)
    passed, rest = ids[: count // 2], ids[count // 2 :]
    gc.collect()
    tracemalloc.start()
    try:
        for id in passed:
            await store.load(id)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for id in rest:
            await store.load(id)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return max(0.0, (after - before) / len(rest))


def _on_disk(path: Path, count: int) -> float:
    """Return what an instance takes in the file, without its journal."""
    raw = Raw(path)
    before = _pages(path)
    raw.copy("telic_instance", count, FRESH, {"id": "'o-' || number"})
    raw.settle()
    raw.close()
    return (_pages(path) - before) / count


def _pages(path: Path) -> int:
    connection = sqlite3.connect(path)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (each,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    return int(pages) * int(each)


async def _in_memory(kept: list[object], count: int) -> None:
    orders = Orders(machine=order, store=MemoryStore(order))
    kept.append(orders)
    await send(orders, numbered(0, count), BEGIN, 1)
