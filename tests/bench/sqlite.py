"""Steps on SQLite at ``synchronous=FULL``, beside the same statements by hand."""

from __future__ import annotations

import random
import statistics
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple

from telic import WorkflowId
from telic.stores.sqlite import SqliteDatabase
from tests.bench.measure import BEGIN, NOTE, PAY, Goal, Orders, Row, at_least, at_most, in_turn, numbered, send
from tests.bench.order import order
from tests.bench.raw import Raw

Commit = Literal["thread", "inline"]
FRESH, PAID, NOTED = WorkflowId("pattern-new"), WorkflowId("pattern-paid"), WorkflowId("pattern-noted")
GROUP = 100
MANY = 200


class Case(NamedTuple):
    """How steps are taken."""

    commit: Commit
    callers: int
    goal: Goal | None = None

    @property
    def group(self) -> int:
        """How many steps the raw side puts into one transaction."""
        return min(self.callers, GROUP)


CASES = (
    Case("inline", 1, at_least(0.6)),
    Case("thread", 1, at_least(0.45)),
    Case("inline", 10),
    Case("thread", 10),
    Case("inline", 100, at_least(0.6)),
    Case("thread", 100, at_least(0.5)),
    Case("inline", 1000),
    Case("thread", 1000),
)


def opened(path: Path, commit: Commit) -> tuple[SqliteDatabase, Orders]:
    """Return a database and the orders in it."""
    database = SqliteDatabase(path, commit=commit)
    return database, Orders(machine=order, store=database.store(order))


async def shares(case: Case, rounds: int, count: int, held: int) -> list[float]:
    """Return what part of the raw speed telic has, each round on a new file.

    Args:
        case: How steps are taken.
        rounds: How often.
        count: How many steps on either side.
        held: How many instances the file holds; the steps are spread over all of them.
    """
    found: list[float] = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            found.append(await _share(case, Path(folder) / "orders.sqlite", number, count, held))
    return found


async def _share(case: Case, path: Path, number: int, count: int, held: int) -> float:
    database, orders = opened(path, case.commit)
    for pattern in (FRESH, PAID):
        await orders.run_step(pattern, BEGIN)
    await orders.run_step(PAID, PAY)
    raw = Raw(path)
    raw.fill(held, FRESH)
    ids = random.Random(number).sample(numbered(0, held), 2 * count)
    ours, theirs = ids[:count], ids[count:]
    work = raw.work(theirs, PAID)
    telic, bare = await in_turn(
        number, lambda: send(orders, ours, PAY, case.callers), lambda: raw.run(work, case.group)
    )
    raw.close()
    await database.aclose()
    return bare / telic


async def durable(case: Case, rounds: int, count: int) -> Row:
    """Compare the speed of telic with that of the raw statements."""
    name = f"SQLite FULL, {case.commit}, callers: {case.callers} / raw, {case.group} a commit"
    return Row(name, await shares(case, rounds, count, 2 * count), case.goal)


async def hot(commit: Commit, rounds: int, count: int, goal: Goal) -> Row:
    """Compare 100 callers on 100 instances, again and again, with the raw statements on as many."""
    ratios: list[float] = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "orders.sqlite"
            database, orders = opened(path, commit)
            for pattern in (FRESH, NOTED):
                await orders.run_step(pattern, BEGIN)
            await orders.run_step(NOTED, NOTE)
            raw = Raw(path)
            raw.fill(2 * GROUP, FRESH)
            turns = max(1, count // GROUP)
            ours = numbered(0, GROUP) * turns
            work = raw.again(numbered(GROUP, 2 * GROUP), NOTED, turns)
            telic, bare = await in_turn(
                number,
                lambda: send(orders, ours, NOTE, GROUP),  # noqa: B023
                lambda: raw.run(work, GROUP),  # noqa: B023
            )
            ratios.append(bare / telic)
            raw.close()
            await database.aclose()
    return Row(f"SQLite FULL, {commit}, 100 callers on 100 instances / raw, 100 a commit", ratios, goal)


async def sizes(few: int, many: int, rounds: int, count: int) -> Row:
    """Compare telic's share of the raw speed in a large file with that in a small one."""
    case = Case("inline", 100)
    base = statistics.median(await shares(case, rounds, min(count, few // 2), few))
    ratios = [share / base for share in await shares(case, rounds, count, many)]
    return Row(f"the same share with {many:,} instances / with {few:,}", ratios, at_least(0.85))


async def one_instance(rounds: int, count: int) -> Row:
    """Compare 64 callers on one instance with one caller, who commits step by step."""
    ratios: list[float] = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            database, orders = opened(Path(folder) / "orders.sqlite", "thread")
            hot = [WorkflowId("hot")] * count
            await orders.run_step(hot[0], BEGIN)
            folded, single = await in_turn(
                number,
                lambda: send(orders, hot, NOTE, 64),  # noqa: B023
                lambda: send(orders, hot, NOTE, 1),  # noqa: B023
            )
            ratios.append(single / folded)
            await database.aclose()
    return Row("speed of 64 callers on one instance / of one caller", ratios, at_least(5))


async def journal_length(rounds: int, length: int, count: int = 100) -> Row:
    """Compare a step of an instance with a long journal with one of a short journal."""
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        database, orders = opened(Path(folder) / "orders.sqlite", "inline")
        long, short = [WorkflowId("long")] * count, [WorkflowId("short")] * count
        for id, before in ((long[0], length), (short[0], 10)):
            await orders.run_step(id, BEGIN)
            await send(orders, [id] * before, NOTE, MANY)
        for number in range(rounds):
            later, sooner = await in_turn(
                number, lambda: send(orders, long, NOTE, 1), lambda: send(orders, short, NOTE, 1)
            )
            ratios.append(later / sooner)
        await database.aclose()
    return Row(f"cost of a step after {length:,} records / after 10", ratios, at_most(1.2))
