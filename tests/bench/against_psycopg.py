"""Steps on PostgreSQL beside the same statements by hand with psycopg, in a process of its own, in turn.

What may never be here: an assertion about a time.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import anyio.to_thread

from telic import WorkflowId
from telic.stores.postgres import PostgresDatabase
from tests.bench.measure import BEGIN, PAY, Orders, Rounds, Row, numbered, seconds, send
from tests.bench.order import order
from tests.bench.peer import Absent, Peer
from tests.bench.postgres import FRESH, PAID
from tests.bench.raw_postgres import RawPostgres
from tests.services import postgres_schema

__all__ = ["CASES", "Case", "against_psycopg"]

_WARM = 50


class Case(NamedTuple):
    """How steps are taken on either side.

    Attributes:
        callers: How many calls are under way at once.
        connections: How many connections psycopg has; telic has four.
        how: How psycopg takes a step, in the words of a reader.
        modes: The same in those of its program; the quicker one counts where there are several.
    """

    callers: int
    connections: int
    how: str
    modes: tuple[str, ...]

    def named(self, version: str = "") -> str:
        """Return what a reader calls the comparison."""
        driver = " ".join(filter(None, ("psycopg", version)))
        return f"PostgreSQL, callers: {self.callers} / {driver}, {self.how} a step, connections: {self.connections}"


_FOUR, _WHOLE = ("four prepared statements", ("four", "pipeline")), ("one statement", ("whole",))
CASES = (Case(1, 1, *_FOUR), Case(1, 1, *_WHOLE), Case(50, 10, *_FOUR), Case(50, 10, *_WHOLE))


class _Round(NamedTuple):
    """Tables with instances that have begun, half of them for either side."""

    schema: str
    orders: Orders
    ours: list[WorkflowId]
    theirs: list[WorkflowId]
    warm: list[WorkflowId]


async def against_psycopg(
    url: str, rounds: Rounds, single: int, several: int, cases: Sequence[Case] = CASES
) -> AsyncIterator[Row]:
    """Compare the speed of telic with that of the statements by hand, each round on new tables.

    Args:
        url: The server; without one the rows say so.
        rounds: How often.
        single: How many steps either side takes, where each waits for the one before.
        several: How many, where many are under way.
        cases: What to compare.
    """
    for case in cases:
        if not url:
            yield Row(case.named(), [], absent="there is no server", note=_note(case))
            continue
        try:
            with Peer.running("psycopg", url, environment="queues") as peer:
                ratios = await _ratios(url, case, peer, rounds, single if case.callers == 1 else several)
                yield Row(case.named(peer.version), ratios, note=_note(case))
        except Absent as absent:
            yield Row(case.named(), [], absent=str(absent), note=_note(case))


def _note(case: Case) -> str:
    pipeline = "; with a pipeline where that is quicker" if len(case.modes) > 1 else ", reads nothing before"
    return f"differs: its rows are ready before the clock starts{pipeline}"


async def _ratios(url: str, case: Case, peer: Peer, rounds: Rounds, count: int) -> list[float]:
    took = {mode: await _round(url, case, peer, mode, 0, count) for mode in case.modes}
    mode = max(case.modes, key=lambda one: -took[one][1])
    found = [await _round(url, case, peer, mode, number, count) for number in rounds.numbers()]
    return [theirs / ours for ours, theirs in found]


async def _round(url: str, case: Case, peer: Peer, mode: str, number: int, count: int) -> tuple[float, float]:
    async with postgres_schema(url) as schema, PostgresDatabase(url, schema=schema) as database:
        there = await _filled(url, schema, database, number, count)
        asked = {
            "schema": schema,
            "pattern": PAID,
            "ids": there.theirs,
            "warm": there.warm[_WARM:],
            "callers": case.callers,
            "connections": case.connections,
            "mode": mode,
        }

        async def theirs() -> float:
            return (await anyio.to_thread.run_sync(lambda: peer.carry_out(**asked))).seconds

        async def ours() -> float:
            await send(there.orders, there.warm[:_WARM], PAY, case.callers)
            return await seconds(lambda: send(there.orders, there.ours, PAY, case.callers))

        if number % 2:
            later = await theirs()
            return await ours(), later
        return await ours(), await theirs()


async def _filled(url: str, schema: str, database: PostgresDatabase, number: int, count: int) -> _Round:
    orders = Orders(machine=order, store=database.store(order))
    for pattern in (FRESH, PAID):
        await orders.run_step(pattern, BEGIN)
    await orders.run_step(PAID, PAY)
    raw = await RawPostgres.opened(url, schema, 1)
    held = 2 * count + 2 * _WARM
    for table in ("telic_instance", "telic_journal"):
        await raw.fill(table, held, FRESH, {"id": "'o-' || number"})
    await raw.settle()
    await raw.aclose()
    ids = random.Random(number).sample(numbered(0, 2 * count), 2 * count)
    return _Round(schema, orders, ids[:count], ids[count:], numbered(2 * count, held))
