"""Durable steps on SQLite beside other engines that keep theirs there, each in a process of its own, in turn.

One caller on either side, and the same pragmas: each commit is on disk with ``FULL``, and in the
hands of the operating system with ``NORMAL``. Begin and end of the workflows are timed on both
sides where they are part of the work. What may never be here: an assertion about a time.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal, NamedTuple, Self
from uuid import uuid4

import anyio.to_thread

from telic import WorkflowId
from telic.stores.sqlite import SqliteDatabase
from tests.bench.approval import Approvals, approval, asked, completed, inbox_of
from tests.bench.measure import BEGIN, PAY, Goal, Orders, Rounds, Row, at_least, send
from tests.bench.order import order
from tests.bench.peer import Absent, Peer, Spent
from tests.bench.relay import Relays, begun, relay

__all__ = ["CASES", "Case", "against_engines"]

Kind = Literal["machine", "human", "event"]


class Case(NamedTuple):
    """What is done on either side.

    Attributes:
        kind: What a step is.
        program: The program of the engine.
        environment: The environment that has it.
        name: What a reader calls it.
        durability: What a commit is worth, on either side.
        steps: How many the engine takes in a round.
        more: How many times as many telic takes, so that either side is at work for some while.
        modes: How the engine is used; the quicker one counts where there are several.
        goal: What the ratio should come to.
        differs: What it does differently.
    """

    kind: Kind
    program: str
    environment: str
    name: str
    durability: Literal["full", "normal"]
    steps: int
    more: int
    modes: tuple[str, ...] = ("",)
    goal: Goal | None = None
    differs: str = ""

    @property
    def note(self) -> str:
        """What a reader has to know."""
        return f"differs: {self.differs}"

    def named(self, version: str = "") -> str:
        """Return what a reader calls the comparison."""
        engine, _, what = self.name.partition(", ")
        whose = f"{engine} {version}".strip()
        return f"SQLite {self.durability.upper()}, callers: 1 / {whose}, {what}"

    def of(self, count: int) -> Case:
        """Return the same with at most so many steps."""
        return self._replace(steps=min(self.steps, count))


CASES = (
    Case(
        "machine",
        "litestar_workflows",
        "litestar",
        "litestar-workflows, a machine step",
        "normal",
        40,
        20,
        goal=at_least(50),
        differs="runs the step itself, in two commits; telic takes its answer, in one",
    ),
    Case(
        "human",
        "litestar_workflows",
        "litestar",
        "litestar-workflows, a person's task completed",
        "normal",
        10,
        40,
        goal=at_least(150),
        differs="a machine step follows, without which it cannot end; nobody checks who may answer, or the form",
    ),
    Case(
        "event",
        "eventsourcing",
        "machines",
        "eventsourcing, read, event, save",
        "full",
        200,
        1,
        ("kept", "cached"),
        differs="keeps events only, no state; no outbox; with its cache where that is quicker",
    ),
)


async def against_engines(rounds: Rounds, most: int, cases: Sequence[Case] = CASES) -> AsyncIterator[Row]:
    """Compare steps per second, case by case; where an engine cannot be had, the row says why.

    Args:
        rounds: How often.
        most: How many steps an engine takes at most in a round.
        cases: What to compare.
    """
    for case in cases:
        try:
            async with _two_sides(case.of(most)) as (peer, side):
                by_clock, by_processor = await _ratios(peer, side, rounds)
                name = case.named(peer.version)
                yield Row(name, by_clock, case.goal, note=case.note)
                yield Row(f"{name}, by the processor time of the two programs", by_processor, note=case.note)
        except Absent as absent:
            yield Row(case.named(), [], case.goal, absent=str(absent), note=case.note)


class _Side:
    """What telic and the other engine do in a case, each for a step."""

    def __init__(self, case: Case, folder: Path, database: SqliteDatabase) -> None:
        self.case = case
        self._folder = folder
        self._relays = Relays(machine=relay, store=database.store(relay))
        self._orders = Orders(machine=order, store=database.store(order))
        self._approvals = Approvals(machine=approval, store=database.store(approval))

    async def telic(self) -> Spent:
        """Return what a step of telic takes."""
        count = self.case.steps * self.case.more
        work = {"machine": self._machine, "human": self._human, "event": self._event}[self.case.kind]
        spent = await work(count)
        return Spent(spent.seconds / count, spent.processor / count)

    async def theirs(self, peer: Peer, mode: str) -> Spent:
        """Return what a step of the other engine takes."""
        path = str(self._folder / f"{uuid4().hex}.sqlite")
        asked_for = {"kind": self.case.kind, "mode": mode, "count": self.case.steps, "path": path}
        spent = await anyio.to_thread.run_sync(lambda: peer.carry_out(**asked_for))
        return Spent(spent.seconds / self.case.steps, spent.processor / self.case.steps)

    async def _machine(self, count: int) -> Spent:
        with _Watch() as watch:
            await begun(self._relays, _fresh(1), count, answers=True)
        return watch.spent

    async def _human(self, count: int) -> Spent:
        inbox, tasks = inbox_of(self._approvals), await asked(self._approvals, _fresh(count))
        with _Watch() as watch:
            await completed(inbox, tasks)
        return watch.spent

    async def _event(self, count: int) -> Spent:
        ids = _fresh(count)
        await send(self._orders, ids, BEGIN, 100)
        with _Watch() as watch:
            await send(self._orders, ids, PAY, 1)
        return watch.spent


class _Watch:
    """Times a block."""

    def __enter__(self) -> Self:
        self._began, self._used = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.spent = Spent(time.perf_counter() - self._began, time.process_time() - self._used)


def _fresh(count: int) -> list[WorkflowId]:
    return [WorkflowId(f"o-{uuid4().hex}") for _ in range(count)]


async def _ratios(peer: Peer, side: _Side, rounds: Rounds) -> tuple[list[float], list[float]]:
    mode = await _quicker(peer, side)
    await side.telic()
    found: list[tuple[float, float]] = []
    for number in rounds.numbers():
        if number % 2:
            theirs = await side.theirs(peer, mode)
            ours = await side.telic()
        else:
            ours = await side.telic()
            theirs = await side.theirs(peer, mode)
        found.append((theirs.seconds / ours.seconds, theirs.processor / ours.processor))
    by_clock, by_processor = zip(*found, strict=True)
    return list(by_clock), list(by_processor)


async def _quicker(peer: Peer, side: _Side) -> str:
    """Return the quicker way to use an engine; the first tries also warm it up."""
    took = {mode: min([(await side.theirs(peer, mode)).seconds for _ in range(2)]) for mode in side.case.modes}
    return min(side.case.modes, key=lambda mode: took[mode])


@asynccontextmanager
async def _two_sides(case: Case) -> AsyncIterator[tuple[Peer, _Side]]:
    """Begin with empty files on either side of the same disk."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        theirs = str(folder / "theirs.sqlite")
        peer = stack.enter_context(Peer.running(case.program, theirs, environment=case.environment))
        database = SqliteDatabase(folder / "telic.sqlite", commit="inline", durability=case.durability)
        await stack.enter_async_context(database)
        yield peer, _Side(case, folder, database)
