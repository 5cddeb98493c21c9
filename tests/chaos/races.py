"""Two who come at the same instant: a publication and a wait for it, a claim and the release of another.

Each works in a process of its own, with a connection of its own. What may never be here: a
lock between them; they only agree on when to begin.
"""

import mmap
import os
import random
import struct
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio

from telic import EventId, Handlers, System, WorkflowId, WorkflowRuntime
from telic.kernel.errors import StoreError
from telic.runtime.claims import Claim, released
from telic.runtime.protocols import SystemClock
from telic.shell.timing import Timing
from telic.shell.topics import Feeding, publish
from tests.chaos.checker import Finding, Verdict, examine
from tests.chaos.evidence import EFFECTS, SENT, TOLD, Effect, Evidence, Ledger, lines
from tests.chaos.places import Place
from tests.chaos.racing import CALLS, Hold, Key, Lend, Listen, Reached, lender, listener
from tests.chaos.scenario import Outcome
from tests.chaos.worker import forked
from tests.chaos.writers import ended, status_of

_LANES = 4
_JITTER_SECONDS = 0.0005
_PATIENCE_SECONDS = 20.0
_LEASE = timedelta(minutes=10)
_COUNTER = struct.Struct("=q")
_SPANS, _HELD = "spans", "held"


class Counters:
    """Some numbers that processes share; make them before the fork. Each is written by one at a time."""

    def __init__(self, count: int) -> None:
        self._memory = mmap.mmap(-1, count * _COUNTER.size)

    def __getitem__(self, place: int) -> int:
        return _COUNTER.unpack_from(self._memory, place * _COUNTER.size)[0]

    def __setitem__(self, place: int, number: int) -> None:
        _COUNTER.pack_into(self._memory, place * _COUNTER.size, number)


def published_and_waited(place: Place, where: Path, *, rounds: int) -> Outcome:
    """In each round an instance opens a topic while another process publishes to it, and a third one delivers."""
    began = time.monotonic()
    turns = Counters(2 * _LANES + 2)
    works = [partial(_waiting, place, where, turns, rounds), partial(_publishing, place, where, turns, rounds)]
    problems = _run(where, "race", [*works, partial(_feeding, place, turns)])
    verdict = examine(place, listener, Evidence.of(where))
    verdict = _expected(verdict, "instances", rounds)
    verdict = _expected(verdict, "records", 2 * rounds)
    details = {"overlapped": _overlapped(where)}
    seconds = time.monotonic() - began
    return Outcome("publish and wait at once", place.name, rounds, verdict, seconds, None, details, problems)


async def _waiting(place: Place, where: Path, turns: Counters, rounds: int) -> None:
    sent, told, spans = Ledger(where, SENT), Ledger(where, TOLD), Ledger(where, _SPANS)
    async with place.database() as database:
        runtime = WorkflowRuntime(machine=listener, store=database.store(listener))

        async def wait(number: int) -> None:
            id, event = WorkflowId(f"l-{number}"), EventId(f"waiter-{number}#0")
            sent.add(id, event)
            began = time.monotonic()
            kind = await _insisted(lambda: runtime.run_step(id, Listen(key=Key(f"k-{number}")), event_id=event))
            spans.add(number, began, time.monotonic())
            told.add(id, event, kind.kind)

        await _in_lanes(turns, 0, rounds, wait)


async def _publishing(place: Place, where: Path, turns: Counters, rounds: int) -> None:
    spans = Ledger(where, _SPANS)
    async with place.database() as database:
        system = _listeners(database)

        async def tell(number: int) -> None:
            key, event = f"k-{number}", EventId(f"call-{number}")
            began = time.monotonic()
            await _insisted(lambda: publish(system, Reached(), name=CALLS, key=key, event_id=event))
            spans.add(number, began, time.monotonic())

        await _in_lanes(turns, 1, rounds, tell)


async def _feeding(place: Place, turns: Counters) -> None:
    """Deliver until both have ended, and then what is left."""
    async with place.database() as database:
        feeding = Feeding(_listeners(database), Timing(SystemClock()))
        while True:
            over = turns[2 * _LANES] and turns[2 * _LANES + 1]
            await _insisted(feeding.feed)
            if over:
                return
            await anyio.sleep(0.001)


def _listeners(database) -> System:
    return System(
        runtimes=[WorkflowRuntime(machine=listener, store=database.store(listener))], handlers=Handlers()
    )  # fmt: skip


async def _in_lanes(turns: Counters, side: int, rounds: int, act) -> None:
    """Do something in each round, when the other side is ready for it too."""

    async def lane(number: int) -> None:
        mine, other = 2 * number + side, 2 * number + 1 - side
        for turn, each in enumerate(range(number, rounds, _LANES), 1):
            turns[mine] = turn
            while turns[other] < turn:  # noqa: ASYNC110  (the other one is in another process)
                await anyio.sleep(0.0001)
            await anyio.sleep(random.uniform(0, _JITTER_SECONDS))
            await act(each)

    async with anyio.create_task_group() as group:
        for number in range(_LANES):
            group.start_soon(lane, number)
    turns[2 * _LANES + side] = 1


def _overlapped(where: Path) -> int:
    """In how many rounds both were under way at the same time."""
    spans: dict[int, list[tuple[float, float]]] = {}
    for number, began, over in lines(where, _SPANS):
        spans.setdefault(number, []).append((began, over))
    return sum(max(a[0], b[0]) < min(a[1], b[1]) for a, b in spans.values())


def claimed_and_released(place: Place, where: Path, *, rounds: int, processes: int = 3) -> Outcome:
    """Some processes claim one intent and give it back, again and again; each claim has the next epoch."""
    began = time.monotonic()
    anyio.run(_lent, place)
    held = Counters(2 * _LANES)
    each = -(-rounds // _LANES)
    problems = _run(where, "claims", [partial(_claiming, place, where, held, each)] * processes)
    epochs = place.rows("SELECT id, epoch, attempt, crashes FROM {s}telic_outbox ORDER BY id")
    anyio.run(_ended, place, where)
    verdict = examine(place, lender, Evidence.of(where))
    findings = tuple(_of_claims(lines(where, _HELD), epochs))
    verdict = verdict._replace(findings=(*verdict.findings, *findings))
    claims = len(lines(where, _HELD))
    seconds = time.monotonic() - began
    return Outcome(
        f"claim and release at once, {processes} processes", place.name, claims, verdict, seconds, None,
        {"claims_per_second": round(claims / seconds)}, problems,
    )  # fmt: skip


async def _lent(place: Place) -> None:
    async with place.database() as database:
        runtime = WorkflowRuntime(machine=lender, store=database.store(lender))
        for lane in range(_LANES):
            await runtime.run_step(WorkflowId(f"h-{lane}"), Lend())


async def _claiming(place: Place, where: Path, held: Counters, each: int) -> None:
    """Claim what can be claimed, note it, and give it back, until each has been claimed so often."""
    clock = SystemClock()
    async with place.database() as database:
        holder = _Holder(database.store(lender), Ledger(where, _HELD), held)
        until = time.monotonic() + _PATIENCE_SECONDS
        while any(held[2 * lane] < each for lane in range(_LANES)) and time.monotonic() < until:
            now = clock.now()
            for claim in await holder.store.claim({Hold.__tag__: 1}, 1, now=now, until=now + _LEASE, worker="any"):
                until = time.monotonic() + _PATIENCE_SECONDS
                await holder.hold(claim)


class _Holder:
    """One process that holds a claim at a time."""

    def __init__(self, store, ledger: Ledger, held: Counters) -> None:
        self.store = store
        self._ledger = ledger
        self._held = held
        self._stale: Claim | None = None

    async def hold(self, claim: Claim) -> None:
        """Hold a claim for a moment, give it back, and note what must never be."""
        lane = int(claim.workflow_id.partition("-")[2])
        shared = self._held[2 * lane + 1] != 0
        self._held[2 * lane + 1] = os.getpid()
        self._held[2 * lane] += 1
        if self._stale is not None:
            shared |= await self._released(self._stale)
        await anyio.sleep(random.uniform(0, _JITTER_SECONDS))
        self._held[2 * lane + 1] = 0
        heard = await self._released(claim)
        self._ledger.add(claim.workflow_id, claim.epoch, heard, shared)
        self._stale = claim

    async def _released(self, claim: Claim) -> bool:
        (heard,) = await self.store.settle([released(claim, SystemClock().now())])
        return heard


async def _ended(place: Place, where: Path) -> None:
    """Carry out what was claimed in vain, so that nothing is left open."""
    effects = Ledger(where, EFFECTS)
    async with place.database() as database:
        store = database.store(lender)
        runtime = WorkflowRuntime(machine=lender, store=store)
        for _, opened in await store.outbox():
            effects.add(*Effect(opened.id, "Hold", 1, os.getpid(), time.time()))
            await runtime.done(opened.id)


def _of_claims(claims: list[list], rows: list[tuple]):
    """Yield what must never be: two holders, a release unheard, an epoch given twice or left out, a count that moved."""
    for id, epoch, heard, shared in claims:
        if not heard:
            yield Finding("I3", id, f"the release of epoch {epoch} was not heard")
        if shared:
            yield Finding(
                "I5", id, f"epoch {epoch} was claimed while another one held it, or a stale release was heard"
            )
    given = Counter((id, epoch) for id, epoch, *_ in claims)
    for (id, epoch), count in given.items():
        if count > 1:
            yield Finding("I5", id, f"epoch {epoch} was given to {count}")
    for id, epoch, attempt, crashes in rows:
        if epoch != sum(one == id for one, _ in given) or (attempt, crashes) != (0, 0):
            yield Finding("I3", id, f"after {len(given)} claims: epoch {epoch}, attempt {attempt}, crashes {crashes}")


def _run(where: Path, name: str, works: list) -> tuple[str, ...]:
    with ended() as running:
        running += [forked(where, f"{name}-{number}", work) for number, work in enumerate(works)]
        statuses = [status_of(running.pop()) for _ in works]
    return (f"expected the processes to end with 0, got {statuses}",) if any(statuses) else ()


def _expected(verdict: Verdict, figure: str, number: int) -> Verdict:
    if verdict.figures[figure] == number:
        return verdict
    missing = Finding("I6", "all", f"expected {number} {figure}, got {verdict.figures[figure]}")
    return verdict._replace(findings=(*verdict.findings, missing))


async def _insisted(act):
    """Do something until the store answers."""
    while True:
        try:
            return await act()
        except StoreError:
            await anyio.sleep(0.01)
