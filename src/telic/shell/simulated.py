"""What a process of a simulated world works with: its store and its handlers, and what may go wrong there.

The store is a real one, and so are the handlers; around each call stands a point of
:class:`telic.shell.fate.Fate`. What may never be here: a rule of telic; the real code has them.
"""

from __future__ import annotations

from asyncio import CancelledError, get_running_loop, sleep
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, cast

import anyio
from pydantic import BaseModel

from telic.kernel.errors import StoreFailed, TelicError
from telic.kernel.events import Fact
from telic.kernel.handling import Binding, Call, Later, NonRetryable, RetryAfter
from telic.kernel.intents import Intent
from telic.kernel.snapshot import Commit, Snapshot
from telic.kernel.values import EventId, IntentId, WorkflowId
from telic.runtime.claims import Claim, DeadLetter, DueDeadline, IntentState, Settlement, Swept
from telic.runtime.hints import Hints
from telic.runtime.starts import DueStart
from telic.runtime.topics import Taken
from telic.shell.fate import Fate, FaultKind
from telic.shell.virtual import Process, Watched
from telic.stores.memory import MemoryStore

__all__ = ["After", "Answer", "Attempted", "Diary", "FaultMet", "Perils", "SimulatedStore", "scripted", "watched"]

S = TypeVar("S", bound=BaseModel)
T = TypeVar("T")
_CRASH = (FaultKind.CRASH,)
_FAIL = (FaultKind.FAIL,)
_EITHER = (FaultKind.CRASH, FaultKind.FAIL)
_ANSWERED = (FaultKind.CRASH, FaultKind.FAIL, FaultKind.LATE, FaultKind.TWICE)


class FaultMet(TelicError):
    """A simulated handler fails, because the fate of the run wants it.

    Attributes:
        where: What was going on.
    """

    def __init__(self, where: str) -> None:
        """Keep what was going on."""
        super().__init__(where)
        self.where = where

    def __str__(self) -> str:
        """Return what happened."""
        return f"expected nothing to go wrong, got a simulated fault {self.where}"


class After(NamedTuple):
    """An answer that comes some time after it was asked for.

    Attributes:
        delay: After how much virtual time.
        answer: The fact.
    """

    delay: timedelta
    answer: Fact


Answer: TypeAlias = "Fact | After | Later | Exception | tuple[Answer, ...] | Callable[[Any], Answer] | None"
"""What a script says: a fact, one that comes later, an error to raise, a choice of several, or a function."""


class Attempted(NamedTuple):
    """One run of a handler.

    Attributes:
        key: The idempotency key.
        intent: What was to be done.
        attempt: The number of the attempt.
        at: The moment.
    """

    key: IntentId
    intent: Intent[Fact]
    attempt: int
    at: datetime


class Diary:
    """What happened in a world, as nobody in it knows it.

    Attributes:
        attempts: The runs of handlers, in their order.
        effects: How often each key was acted upon, for all that its handler has said.
        later: The intents whose answers come later.
        chosen: The answers that were chosen, by key: the same key is answered the same.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.attempts: list[Attempted] = []
        self.effects: Counter[IntentId] = Counter()
        self.later: set[IntentId] = set()
        self.chosen: dict[IntentId, int] = {}


class Perils:
    """What may go wrong for one process.

    Attributes:
        process: The process.
    """

    def __init__(self, process: Process, fate: Fate, *, spared: bool = False) -> None:
        """Take the process and its fate.

        Args:
            process: The process.
            fate: Decides.
            spared: Nothing ever goes wrong for it.
        """
        self.process = process
        self._fate = fate
        self._spared = spared

    async def turn(self) -> None:
        """Let others go first, for as many turns as fate will have it."""
        for _ in range(self._fate.turns()):
            await sleep(0)  # the loop is one of asyncio: a checkpoint of AnyIO is the same, and first asks which it is
        if self.process.dead:  # the world ends, and what is left of the dead is cleared away
            raise CancelledError

    async def meet(self, where: str, kinds: tuple[FaultKind, ...]) -> FaultKind | None:
        """Return what goes wrong here; never, when it is the end of the process."""
        kind = self.decide(where, kinds)
        if kind is FaultKind.CRASH:
            await get_running_loop().create_future()
        return kind

    def decide(self, where: str, kinds: tuple[FaultKind, ...]) -> FaultKind | None:
        """Return what goes wrong here; the process is dead after a crash."""
        if self._spared or self.process.dead or self.process.leaving:
            return None
        kind = self._fate.decide(f"{self.process.name} {where}", kinds)
        if kind is FaultKind.CRASH:
            self.process.dead = True
        return kind

    async def carry(self, where: str, call: Callable[[], Awaitable[T]]) -> T:
        """Await a call; at each of its awaits the process may die."""
        awaited = cast("Coroutine[object, object, T]", call())
        found: T = await Watched(awaited, lambda: self._pause(where))
        return found

    def _pause(self, where: str) -> None:
        self.decide(f"within {where}", _CRASH)


class SimulatedStore(Generic[S]):
    """A store as one process sees it; with the process, its queue of calls is gone."""

    def __init__(self, inner: MemoryStore[S], perils: Perils, diary: Diary) -> None:
        """Look at a store.

        Args:
            inner: The store; it outlives all processes.
            perils: What may go wrong.
            diary: Where it is noted whose answers come later.
        """
        self._inner = inner
        self._perils = perils
        self._diary = diary
        topics: object = getattr(inner, "topics", None)
        if topics is not None:  # nothing goes wrong there
            self.topics = topics
        limits: object = getattr(inner, "limits", None)
        if limits is not None:  # nor there
            self.limits = limits

    @property
    def hints(self) -> Hints:
        """The hints of the store."""
        return self._inner.hints

    async def load(self, id: WorkflowId, event_ids: tuple[EventId, ...] = ()) -> Snapshot[S] | None:
        """Return an instance."""
        return await self._read("load", lambda: self._inner.load(id, event_ids))

    async def save(self, commit: Commit[S]) -> None:
        """Save a commit."""
        record = commit.records[0]
        what = f"save of {type(record.event).__name__} for {_told(commit.after)}"
        await self._write("save", what, lambda: self._inner.save(commit))

    async def save_taking(self, commit: Commit[S], taken: Taken) -> None:
        """Save a commit that takes a fact."""
        what = f"save of {type(commit.records[0].event).__name__} for {_told(commit.after)}"
        await self._write("save", what, lambda: self._inner.save_taking(commit, taken))

    async def claim(
        self, wanted: Mapping[str, int], limit: int, *, now: datetime, until: datetime, worker: str, early: bool = False
    ) -> tuple[Claim, ...]:
        """Claim intents that are due."""
        perils = self._perils
        await perils.turn()
        call = self._inner.claim(wanted, limit, now=now, until=until, worker=worker, early=early)
        claims = await perils.carry("claim", lambda: call)
        self._diary.later.difference_update(claim.id for claim in claims)
        if claims:
            names = ", ".join(type(claim.opened.intent).__name__ for claim in claims)
            if await perils.meet(f"after claim of {names}", _EITHER) is FaultKind.FAIL:
                raise _failed("claim")
        return claims

    async def renew(self, claims: Sequence[Claim], until: datetime) -> Mapping[IntentId, bool]:
        """Prolong leases."""
        return await self._read("renew", lambda: self._inner.renew(claims, until))

    async def settle(self, settlements: Sequence[Settlement]) -> tuple[bool, ...]:
        """Say what becomes of claimed intents."""
        told = ", ".join(f"{type(one.claim.opened.intent).__name__} {one.state.name}" for one in settlements)

        async def settled() -> tuple[bool, ...]:
            heard = await self._inner.settle(settlements)
            kept = zip(settlements, heard, strict=True)
            self._diary.later.update(one.claim.id for one, ok in kept if ok and one.state is IntentState.LATER)
            return heard

        return await self._write("settle", f"settlement of {told}", settled)

    async def next_due(self, tags: Collection[str]) -> datetime | None:
        """Return when the next intent is due."""
        return await self._quietly(lambda: self._inner.next_due(tags))

    async def dead_letters(self, *, after: IntentId | None = None, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Return the dead letters."""
        return await self._quietly(lambda: self._inner.dead_letters(after=after, limit=limit))

    async def redrive(self, ids: Collection[IntentId] | None = None, *, now: datetime) -> int:
        """Have dead letters carried out again."""
        return await self._quietly(lambda: self._inner.redrive(ids, now=now))

    async def due_deadlines(self, now: datetime, limit: int) -> tuple[DueDeadline, ...]:
        """Return deadlines whose moment has come."""
        return await self._read("due_deadlines", lambda: self._inner.due_deadlines(now, limit))

    async def postpone(self, deadline: DueDeadline, until: datetime) -> None:
        """Leave a deadline alone until a moment."""
        await self._quietly(lambda: self._inner.postpone(deadline, until))

    async def next_deadline(self) -> datetime | None:
        """Return when the next deadline is due."""
        return await self._quietly(self._inner.next_deadline)

    async def sweep(self, *, after: WorkflowId | None = None, limit: int = 100) -> Swept:
        """Look at one page of instances."""
        return await self._quietly(lambda: self._inner.sweep(after=after, limit=limit))

    async def put_start(self, start: DueStart) -> None:
        """Keep a start that a trigger will make."""
        await self._write("put_start", f"keeping of a start by {start.trigger}", lambda: self._inner.put_start(start))

    async def due_starts(self, trigger: str, now: datetime, limit: int) -> tuple[DueStart, ...]:
        """Return starts whose moment has come."""
        return await self._quietly(lambda: self._inner.due_starts(trigger, now, limit))

    async def drop_start(self, start: DueStart) -> None:
        """Forget a start that was made."""
        await self._write("drop_start", f"end of a start by {start.trigger}", lambda: self._inner.drop_start(start))

    async def _quietly(self, call: Callable[[], Coroutine[object, object, T]]) -> T:
        await self._perils.turn()
        return await call()

    async def _read(self, operation: str, call: Callable[[], Coroutine[object, object, T]]) -> T:
        perils = self._perils
        await perils.turn()
        if perils.decide(f"at {operation}", _FAIL):
            raise _failed(operation)
        return await perils.carry(operation, call)

    async def _write(self, operation: str, what: str, call: Callable[[], Coroutine[object, object, T]]) -> T:
        perils = self._perils
        await perils.turn()
        if await perils.meet(f"before {what}", _EITHER) is FaultKind.FAIL:
            raise _failed(operation)
        done = await perils.carry(what, call)
        if await perils.meet(f"after {what}", _EITHER) is FaultKind.FAIL:
            raise _failed(operation)
        return done

    def __repr__(self) -> str:
        """Return the store that it looks at."""
        return f"SimulatedStore({self._inner!r})"


def scripted(
    intent: type[Intent[Fact]], answer: Answer, fate: Fate, diary: Diary, post: Callable[[Call, After], None]
) -> Binding:
    """Return a handler that says what a script says.

    Args:
        intent: The type.
        answer: What is said.
        fate: Chooses among several answers, once for each key.
        diary: Remembers what was chosen.
        post: Delivers an answer that comes later.
    """

    async def say(asked: Intent[Fact], call: Call) -> Fact | Later | None:
        said = answer
        while callable(said) or (isinstance(said, tuple) and not isinstance(said, After)):
            said = said(asked) if callable(said) else said[diary.chosen.setdefault(call.key, fate.one_of(len(said)))]
        if isinstance(said, Exception):
            raise said
        if isinstance(said, After):
            post(call, said)
            return Later()
        return said

    return Binding(intent, say, intent.__retry__)


def watched(
    binding: Binding, perils: Perils, diary: Diary, lease_seconds: float, now: Callable[[], datetime],
    echo: Callable[[Call, Fact], None],
) -> Binding:  # fmt: skip
    """Return a binding whose handler is noted, and met by fate.

    Args:
        binding: The handler.
        perils: What may go wrong.
        diary: Where each run is noted.
        lease_seconds: How long a lease is; a late answer takes longer.
        now: Tells the moment.
        echo: Delivers an answer once more.
    """
    name = binding.intent.__name__

    async def carried(intent: Intent[Fact], call: Call) -> Fact | Later | None:
        if await perils.meet(f"before {name}", _EITHER) is FaultKind.FAIL:
            raise FaultMet(f"before {name}")
        diary.attempts.append(Attempted(call.key, intent, call.attempt, now()))
        diary.effects[call.key] += 1
        try:
            answer = await perils.carry(name, lambda: binding.handler(intent, call))
        except (RetryAfter, NonRetryable):
            diary.effects[call.key] -= 1  # they say that nothing was done
            raise
        kind = await perils.meet(f"after {name}", _ANSWERED)
        if kind is FaultKind.FAIL:
            raise FaultMet(f"after {name}")
        if kind is FaultKind.LATE:
            await anyio.sleep(2 * lease_seconds)
        if kind is FaultKind.TWICE and isinstance(answer, Fact):
            echo(call, answer)
        return answer

    async def carry_out(intent: Intent[Fact], call: Call) -> Fact | Later | None:
        await perils.turn()
        perils.process.running += 1
        try:
            return await carried(intent, call)
        finally:
            perils.process.running -= 1

    return Binding(binding.intent, carry_out, binding.retry, binding.take_back, binding.priority)


def _failed(operation: str) -> StoreFailed:
    return StoreFailed(operation, "a simulated fault")


def _told(snapshot: Snapshot[S]) -> str:
    return snapshot.meta.key or str(snapshot.meta.id)
