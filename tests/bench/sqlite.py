"""Steps on SQLite, beside the same statements by hand.

What may never be here: an assertion about a time.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple

from telic import WorkflowId
from telic.stores.sqlite import SqliteDatabase
from tests.bench.measure import BEGIN, NOTE, PAY, Goal, Orders, Rounds, Row, at_least, in_turn, in_turns, numbered, send
from tests.bench.order import order
from tests.bench.raw import Raw

Commit = Literal["thread", "inline"]
Durability = Literal["full", "normal"]
COMMITS: tuple[Commit, ...] = ("inline", "thread")
FRESH, PAID, NOTED = WorkflowId("pattern-new"), WorkflowId("pattern-paid"), WorkflowId("pattern-noted")
GROUP = 100
_ALONE = 400
"""How many steps the raw side takes one by one in a round, at most."""


class Case(NamedTuple):
    """How steps are taken.

    Attributes:
        commit: Whether telic writes in a thread, or in the loop.
        callers: How many calls are under way at once.
        durability: What a commit of either side is worth.
        alone: The goal against a raw side that commits step by step.
        grouped: The goal against a raw side that commits a hundred steps at once.
    """

    commit: Commit
    callers: int
    durability: Durability = "full"
    alone: Goal | None = None
    grouped: Goal | None = None

    @property
    def name(self) -> str:
        """What a reader calls it."""
        return f"SQLite {self.durability.upper()}, {self.commit}, callers: {self.callers}"


CASES = (
    Case("inline", 1, alone=at_least(0.6)),
    Case("thread", 1, alone=at_least(0.45)),
    Case("inline", 10),
    Case("thread", 10),
    Case("inline", 100, grouped=at_least(0.6)),
    Case("thread", 100, grouped=at_least(0.5)),
    Case("inline", 1000),
    Case("thread", 1000),
    *(Case(commit, callers, "normal") for callers in (1, 10, 100, 1000) for commit in COMMITS),
)


def opened(path: Path, commit: Commit, durability: Durability = "full") -> tuple[SqliteDatabase, Orders]:
    """Return a database and the orders in it."""
    database = SqliteDatabase(path, commit=commit, durability=durability)
    return database, Orders(machine=order, store=database.store(order))


async def durable(case: Case, rounds: Rounds, count: int) -> tuple[Row, Row]:
    """Compare the speed of telic with that of the raw statements, each round on a new file.

    Args:
        case: How steps are taken.
        rounds: How often.
        count: How many steps telic takes, and how many the raw side takes in groups; alone it takes
            as many as telic with one caller.

    Returns:
        Against a commit for each step, and against one for a hundred.
    """
    found: list[tuple[float, float]] = []
    for number in rounds.numbers():
        with tempfile.TemporaryDirectory() as folder:
            found.append(await _shares(case, Path(folder) / "orders.sqlite", number, count))
    alone, grouped = zip(*found, strict=True)
    return (
        Row(f"{case.name} / raw, 1 a commit", list(alone), case.alone),
        Row(f"{case.name} / raw, {GROUP} a commit", list(grouped), case.grouped),
    )


async def _shares(case: Case, path: Path, number: int, count: int) -> tuple[float, float]:
    database, orders = opened(path, case.commit, case.durability)
    for pattern in (FRESH, PAID):
        await orders.run_step(pattern, BEGIN)
    await orders.run_step(PAID, PAY)
    raw = Raw(path, case.durability)
    few = min(count, _ALONE)
    raw.fill(2 * count + few, FRESH)
    ids = random.Random(number).sample(numbered(0, 2 * count + few), 2 * count + few)
    ours, grouped, single = ids[:count], raw.work(ids[count : 2 * count], PAID), raw.work(ids[2 * count :], PAID)
    telic, together, alone = await in_turns(
        number,
        lambda: send(orders, ours, PAY, case.callers),
        lambda: raw.run(grouped, GROUP),
        lambda: raw.run(single, 1),
    )
    raw.close()
    await database.aclose()
    each = telic / count
    return alone / few / each, together / count / each


async def hot(case: Case, rounds: Rounds, count: int) -> Row:
    """Compare steps of a hundred instances, again and again, with the raw statements on as many.

    Args:
        case: How steps are taken; its goal is the one against a raw side that commits as many at once as telic
            has callers.
        rounds: How often.
        count: How many steps either side takes.
    """
    ratios: list[float] = []
    for number in rounds.numbers():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "orders.sqlite"
            database, orders = opened(path, case.commit, case.durability)
            for pattern in (FRESH, NOTED):
                await orders.run_step(pattern, BEGIN)
            await orders.run_step(NOTED, NOTE)
            raw = Raw(path, case.durability)
            raw.fill(2 * GROUP, FRESH)
            turns = max(1, count // GROUP)
            ours = numbered(0, GROUP) * turns
            work = raw.again(numbered(GROUP, 2 * GROUP), NOTED, turns)
            telic, bare = await in_turn(
                number,
                lambda: send(orders, ours, NOTE, case.callers),  # noqa: B023
                lambda: raw.run(work, case.callers),  # noqa: B023
            )
            ratios.append(bare / telic)
            raw.close()
            await database.aclose()
    who = "one caller" if case.callers == 1 else f"{case.callers} callers"
    name = f"SQLite {case.durability.upper()}, {case.commit}, {who} on {GROUP} instances / raw, {case.callers} a commit"
    return Row(name, ratios, case.alone if case.callers == 1 else case.grouped)


async def one_instance(rounds: Rounds, count: int) -> Row:
    """Compare 64 callers on one instance with one caller, who commits step by step."""
    ratios: list[float] = []
    for number in rounds.numbers():
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
