"""The program whose instructions are counted: ``python -m tests.bench.counting [URL]``, under callgrind.

Before and after each piece of work it calls a function of the C library that nothing else here
calls; callgrind writes down what was counted up to there. What may never be here: a clock.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import anyio

from telic import WorkflowId
from telic.stores.memory import MemoryStore
from telic.stores.postgres import PostgresDatabase
from telic.stores.sqlite import SqliteDatabase
from tests.bench.measure import BEGIN, NEW, NOTE, PAY, Orders, numbered, send
from tests.bench.order import OrderNew, order
from tests.bench.raw import Raw
from tests.bench.sqlite import FRESH, PAID
from tests.services import postgres_schema

__all__ = ["MARK"]

MARK = "ctermid"
"""The function at whose calls callgrind writes down; ``os.ctermid`` calls it, without a way through ``ctypes``."""
_STEPS = 200


class Piece(NamedTuple):
    """Work that is counted.

    Attributes:
        name: What a reader calls it.
        steps: How often it is done.
        work: Does it that often.
    """

    name: str
    steps: int
    work: Callable[[], Awaitable[object] | None]


async def counted(pieces: AsyncIterator[Piece]) -> None:
    """Do each piece between two marks; whoever makes it has warmed it up."""
    async for piece in pieces:
        gc.collect()
        gc.disable()
        os.ctermid()
        waiting = piece.work()
        if waiting is not None:
            await waiting
        os.ctermid()
        gc.enable()
        print(piece.steps, piece.name, flush=True)


async def in_memory() -> AsyncIterator[Piece]:
    """Count what needs no database."""
    json = NEW.model_dump_json().encode()

    def bare() -> None:
        for _ in range(_STEPS):
            NEW.pay(PAY)

    def decode() -> None:
        for _ in range(_STEPS):
            OrderNew.model_validate_json(json)

    paid, intent = NEW.pay(PAY)

    def pydantic_alone() -> None:
        for _ in range(_STEPS):
            OrderNew.model_validate_json(json)
            NEW.pay(PAY)
            for one in (paid, PAY, intent):
                one.model_dump_json()

    for work in (bare, decode, pydantic_alone):
        work()
    yield Piece("the bare transition", _STEPS, bare)
    orders = Orders(machine=order, store=MemoryStore(order))
    ids = numbered(0, 4 * _STEPS)
    await send(orders, ids, BEGIN, 1)
    await send(orders, ids[:_STEPS], PAY, 1)
    await send(orders, ids[_STEPS : 2 * _STEPS], PAY, 1, named=True)
    yield Piece("a step in memory", _STEPS, lambda: send(orders, ids[2 * _STEPS : 3 * _STEPS], PAY, 1))
    yield Piece(
        "a step in memory with an event id", _STEPS, lambda: send(orders, ids[3 * _STEPS :], PAY, 1, named=True)
    )
    yield Piece("the decoding of a state", _STEPS, decode)
    yield Piece("what Pydantic does in a step on a database", _STEPS, pydantic_alone)


async def on_sqlite() -> AsyncIterator[Piece]:
    """Count steps on a file, and the statements by hand."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.sqlite"
        async with SqliteDatabase(path, commit="inline") as database:
            orders = Orders(machine=order, store=database.store(order))
            for pattern in (FRESH, PAID):
                await orders.run_step(pattern, BEGIN)
            await orders.run_step(PAID, PAY)
            raw = Raw(path)
            raw.fill(7 * _STEPS, FRESH)
            ids = random.Random(0).sample(numbered(0, 7 * _STEPS), 7 * _STEPS)
            parts = [ids[at : at + _STEPS] for at in range(0, len(ids), _STEPS)]
            await send(orders, parts[0], PAY, 100)
            yield Piece("a step on SQLite, 100 callers, inline", _STEPS, lambda: send(orders, parts[1], PAY, 100))
            for _ in range(3):
                await send(orders, parts[6], NOTE, 100)
            yield Piece(
                "a step on SQLite of what is remembered, with no intent, 100 callers, inline", _STEPS,
                lambda: send(orders, parts[6], NOTE, 100),
            )  # fmt: skip
            await send(orders, parts[2], PAY, 1)
            yield Piece("a step on SQLite, one caller, inline", _STEPS, lambda: send(orders, parts[3], PAY, 1))
            yield Piece("the loading of an instance on SQLite", _STEPS, lambda: load(orders, parts[5]))
            raw.run(raw.work(parts[4], PAID), 100)
            work = raw.work(parts[5], PAID)
            yield Piece("the statements of a step on SQLite by hand, 100 a commit", _STEPS, lambda: raw.run(work, 100))
            raw.close()


async def load(orders: Orders, ids: Sequence[WorkflowId]) -> None:
    """Load instances that nobody has loaded before."""
    for id in ids:
        await orders.load(id)


async def on_postgres(url: str) -> AsyncIterator[Piece]:
    """Count the client's side of steps on a server."""
    async with postgres_schema(url) as schema, PostgresDatabase(url, schema=schema) as database:
        orders = Orders(machine=order, store=database.store(order))
        ids = numbered(0, 4 * _STEPS)
        await send(orders, ids, BEGIN, 50)
        parts = [ids[at : at + _STEPS] for at in range(0, len(ids), _STEPS)]
        await send(orders, parts[0], PAY, 50)
        yield Piece(
            "a step on PostgreSQL, 50 callers, without the server", _STEPS, lambda: send(orders, parts[1], PAY, 50)
        )
        await send(orders, parts[2], PAY, 1)
        yield Piece(
            "a step on PostgreSQL, one caller, without the server", _STEPS, lambda: send(orders, parts[3], PAY, 1)
        )


async def main(url: str) -> None:
    """Count all."""
    await counted(in_memory())
    await counted(on_sqlite())
    if url:
        await counted(on_postgres(url))


if __name__ == "__main__":
    anyio.run(main, sys.argv[1] if len(sys.argv) > 1 else "")
