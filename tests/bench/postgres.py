"""Steps on PostgreSQL, beside the same statements by hand with the same driver, on the same server."""

from __future__ import annotations

import random
from typing import NamedTuple

import asyncpg  # type: ignore[import-untyped]

from telic import WorkflowId
from telic.stores.postgres import PostgresDatabase
from tests.bench.measure import BEGIN, PAY, Goal, Orders, Rounds, Row, at_least, in_turn, numbered, send
from tests.bench.order import order
from tests.bench.raw_postgres import RawPostgres
from tests.services import postgres_schema

FRESH, PAID = WorkflowId("pattern-new"), WorkflowId("pattern-paid")


class Case(NamedTuple):
    """How steps are taken on either side.

    Attributes:
        callers: How many calls are under way at once.
        connections: How many connections the raw side has; telic has four.
        whole: The raw side saves in one statement, and does not read before.
    """

    callers: int
    connections: int
    whole: bool = False
    goal: Goal | None = None


CASES = (
    Case(1, 1),
    Case(1, 1, whole=True),
    Case(50, 50, goal=at_least(3)),
    Case(50, 10, goal=at_least(3)),
    Case(50, 10, whole=True),
)


async def against_driver(url: str, case: Case, rounds: Rounds, count: int) -> Row:
    """Compare the speed of telic with that of the statements by hand, each round on new tables."""
    how = "one statement" if case.whole else "four prepared statements"
    name = f"PostgreSQL, callers: {case.callers} / asyncpg, {how} a step, connections: {case.connections}"
    if not url:
        return Row(name, [], case.goal, absent="there is no server")
    return Row(name, [await _ratio(url, case, number, count) for number in rounds.numbers()], case.goal)


async def server_version(url: str) -> str:
    """Return the version of the server, and what its commits are worth."""
    if not url:
        return "none"
    connection = await asyncpg.connect(url)
    version, fsync, commit = [
        await connection.fetchval(f"SHOW {name}") for name in ("server_version", "fsync", "synchronous_commit")
    ]
    await connection.close()
    return f"{str(version).split()[0]} (fsync {fsync}, synchronous_commit {commit})"


async def _ratio(url: str, case: Case, number: int, count: int) -> float:
    async with postgres_schema(url) as schema, PostgresDatabase(url, schema=schema) as database:
        orders = Orders(machine=order, store=database.store(order))
        for pattern in (FRESH, PAID):
            await orders.run_step(pattern, BEGIN)
        await orders.run_step(PAID, PAY)
        raw = await RawPostgres.opened(url, schema, case.connections)
        for table in ("telic_instance", "telic_journal"):
            await raw.fill(table, 2 * count + 100, FRESH, {"id": "'o-' || number"})
        await raw.settle()
        ids = random.Random(number).sample(numbered(0, 2 * count), 2 * count)
        ours, theirs = ids[:count], await raw.work(ids[count:], PAID)
        # Both have prepared their statements before the clock starts.
        first, second = numbered(2 * count, 2 * count + 50), numbered(2 * count + 50, 2 * count + 100)
        await send(orders, first, PAY, case.callers)
        await raw.run(await raw.work(second, PAID), case.callers, whole=case.whole)
        telic, bare = await in_turn(
            number,
            lambda: send(orders, ours, PAY, case.callers),
            lambda: raw.run(theirs, case.callers, whole=case.whole),
        )
        await raw.aclose()
        return bare / telic
