"""Steps in memory beside state machine libraries, each in a process of its own, in turn.

Either side has orders that nobody has paid, and pays each of them once: the order is paid
afterwards, and somebody has been asked for the money. telic validates the new state and the
intent, and its store keeps the record of the step; most of the others change the order in its
place. Nobody waits for anything here, so what is compared is the time of the processor, which
other programs move less than the clock. What may never be here: an assertion about a time.
"""

from __future__ import annotations

import gc
import time
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import anyio.to_thread

from telic.stores.memory import MemoryStore
from tests.bench.measure import BEGIN, PAY, Goal, Orders, Rounds, Row, at_least, numbered, send
from tests.bench.order import order
from tests.bench.peer import Absent, Peer

__all__ = ["CASES", "Case", "against_machines"]

ENVIRONMENT = "machines"
_IN_PLACE = "validates nothing, keeps no record, changes the order in its place"


class Case(NamedTuple):
    """A library, and how it is used.

    Attributes:
        program: Its program.
        name: What a reader calls it.
        modes: How it is used; the quicker one counts where there are several.
        goal: What the ratio should come to.
        differs: What it does differently.
    """

    program: str
    name: str
    modes: tuple[str, ...] = ("sync",)
    goal: Goal | None = None
    differs: str = _IN_PLACE

    @property
    def note(self) -> str:
        """What a reader has to know."""
        return f"differs: {self.differs}"

    def named(self, version: str = "") -> str:
        """Return what a reader calls the comparison."""
        library, _, how = self.name.partition(", ")
        return "memory, telic / " + ", ".join(filter(None, (f"{library} {version}".strip(), how)))


CASES = (
    Case("python_statemachine", "python-statemachine", goal=at_least(18)),
    Case("python_statemachine", "python-statemachine, asynchronous", ("async",)),
    Case("transitions", "transitions", goal=at_least(1.5)),
    Case("transitions", "transitions, asynchronous", ("async",)),
    Case("xstate_statemachine", "xstate-statemachine", differs="validates nothing, keeps no record"),
    Case(
        "xstate_statemachine",
        "xstate-statemachine, asynchronous",
        ("async",),
        differs="validates nothing, keeps no record; a queue for each machine",
    ),
    Case("automat", "Automat"),
    Case("burr", "Burr", differs="validates nothing, keeps no record; its state is immutable, too"),
    Case("burr", "Burr, asynchronous", ("async",), differs="validates nothing, keeps no record"),
    Case("eventsourcing", "eventsourcing, an aggregate alone", ("aggregate",), differs="validates nothing"),
    Case(
        "eventsourcing",
        "eventsourcing, kept in memory",
        ("kept", "cached"),
        differs="writes events as JSON; validates nothing; with its cache where that is quicker",
    ),
)


async def against_machines(rounds: Rounds, count: int, cases: Sequence[Case] = CASES) -> AsyncIterator[Row]:
    """Compare what the steps take of a processor, library by library; where one cannot be had, the row says why.

    Args:
        rounds: How often.
        count: How many orders are paid in a round.
        cases: What to compare with.
    """
    for case in cases:
        try:
            with Peer.running(case.program, environment=ENVIRONMENT) as peer:
                ratios = await _ratios(case, peer, rounds, count)
                yield Row(case.named(peer.version), ratios, case.goal, note=case.note)
        except Absent as absent:
            yield Row(case.named(), [], case.goal, absent=str(absent), note=case.note)


async def _ratios(case: Case, peer: Peer, rounds: Rounds, count: int) -> list[float]:
    mode = await _quicker(case, peer, count)
    await _telic(count)
    found: list[float] = []
    for number in rounds.numbers():
        if number % 2:
            theirs = await _theirs(peer, mode, count)
            ours = await _telic(count)
        else:
            ours = await _telic(count)
            theirs = await _theirs(peer, mode, count)
        found.append(theirs / ours)
    return found


async def _quicker(case: Case, peer: Peer, count: int) -> str:
    """Return the quicker way to use a library; the first tries also warm it up."""
    took = {mode: min([await _theirs(peer, mode, count) for _ in range(2)]) for mode in case.modes}
    return min(case.modes, key=lambda mode: took[mode])


async def _theirs(peer: Peer, mode: str, count: int) -> float:
    return (await anyio.to_thread.run_sync(lambda: peer.carry_out(mode=mode, count=count))).processor


async def _telic(count: int) -> float:
    ids = numbered(0, count)
    orders = Orders(machine=order, store=MemoryStore(order))
    await send(orders, ids, BEGIN, 1)
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        await send(orders, ids, PAY, 1)
        return time.process_time() - began
    finally:
        gc.enable()
