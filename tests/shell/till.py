"""The machine of the worker tests, a till, and a clock that is moved by hand."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal, Never, Self

import anyio
import anyio.lowlevel
from pydantic import AwareDatetime

from telic import (
    AtMostOnce,
    Cancel,
    Command,
    Deadline,
    Fact,
    Handlers,
    Intent,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    Retry,
    State,
    System,
    TypedId,
    Withdraw,
    WorkflowId,
    start,
    transition,
)
from telic.runtime.waker import Ticket, current_loop

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
ID = WorkflowId("till")


class Ref(TypedId): ...


class Kind(StrEnum):
    TILL = "till"


class Open(Command): ...


class Ask(Command):
    """Emits the intent of that name; ``many`` of them for a charge."""

    what: str
    many: int = 0


class TakeBack(Command): ...


class Arm(Command):
    at: AwareDatetime
    broken: bool = False


class Disarm(Command): ...


class Done(Fact):
    ref: Ref


class Lapsed(Fact):
    broken: bool = False


class Charge(Intent[Done], retry=Retry(jitter=0)):
    ref: Ref


class Wire(Intent[Done], delivery=AtMostOnce, retry=Retry(jitter=0)):
    ref: Ref


class Quiet(Intent[Done]):
    """Nobody takes its failure."""

    ref: Ref


class Note(Intent[Never]): ...


class Till(State):
    kind: Literal[Kind.TILL] = Kind.TILL
    asked: int = 0
    log: tuple[str, ...] = ()
    at: AwareDatetime | None = None
    broken: bool = False

    @classmethod
    @start
    def open(cls, event: Open) -> tuple["Till", NoIntent]:
        return cls(), NoIntent()

    @transition
    def ask(
        self, event: Ask
    ) -> (
        tuple["Till", Charge]
        | tuple["Till", Wire]
        | tuple["Till", Quiet]
        | tuple["Till", Note]
        | tuple["Till", Many[Charge]]
    ):
        ref = Ref(f"{event.what}-{self.asked}")
        after = self.evolve(asked=self.asked + 1)
        if event.many:
            return after, Many.of(Charge(ref=Ref(f"{ref}-{number}")) for number in range(event.many))
        if event.what == "charge":
            return after, Charge(ref=ref)
        if event.what == "wire":
            return after, Wire(ref=ref)
        return (after, Quiet(ref=ref)) if event.what == "quiet" else (after, Note())

    @transition
    def take_back(self, event: TakeBack) -> tuple["Till", Withdraw]:
        return self, Withdraw(every=Charge)

    @transition
    def arm(self, event: Arm) -> tuple["Till", NoIntent]:
        return self.evolve(at=event.at, broken=event.broken), NoIntent()

    @transition
    def disarm(self, event: Disarm) -> tuple["Till", NoIntent]:
        return self.evolve(at=None), NoIntent()

    @transition
    def cancel(self, event: Cancel) -> tuple["Till", Note]:
        return self.evolve(at=NOW), Note()

    @transition
    def lapse(self, event: Lapsed) -> tuple["Till", NoIntent]:
        if event.broken:
            raise ValueError("no such drawer")
        return self._noted("lapsed"), NoIntent()

    @transition
    def done(self, event: Done) -> tuple["Till", NoIntent]:
        if event.ref == "broken":
            raise ValueError("no such drawer")
        return self._noted(f"{event.ref} done"), NoIntent()

    @transition
    def charge_failed(self, event: IntentFailed[Charge]) -> tuple["Till", NoIntent]:
        return self._noted(f"{event.intent.ref} {event.cause}: {event.detail}"), NoIntent()

    @transition
    def wire_failed(self, event: IntentFailed[Wire]) -> tuple["Till", NoIntent]:
        return self._noted(f"{event.intent.ref} {event.cause}: {event.detail}"), NoIntent()

    def waits(self) -> tuple[Deadline[Lapsed], ...]:
        return () if self.at is None else (Deadline(at=self.at, event=Lapsed(broken=self.broken)),)

    def _noted(self, line: str) -> Self:
        return self.evolve(log=(*self.log, line))


TillEvent = Open | Ask | TakeBack | Arm | Disarm | Done | Lapsed
till = Machine[Till, TillEvent](name="till", perpetual=True)


def everything(runtime):
    """A system in which somebody carries out each intent of the till."""

    async def handle(intent, call): ...

    kinds = (Charge, Wire, Quiet, Note)
    return System(runtimes=[runtime], handlers=Handlers(*(one.handled_by(handle) for one in kinds)))


class HandClock:
    """Stands still until it is moved; whoever sleeps by it sleeps until then."""

    def __init__(self, now=NOW):
        self._now = now
        self._sleeping: list[tuple[datetime, Ticket]] = []

    def now(self):
        return self._now

    async def sleep(self, seconds):
        until = self._now + timedelta(seconds=seconds)
        if until <= self._now:
            await anyio.lowlevel.checkpoint()
            return
        entry = (until, current_loop().ticket())
        self._sleeping.append(entry)
        try:
            await entry[1].wait()
        finally:
            self._sleeping.remove(entry)

    def move(self, seconds):
        self._now += timedelta(seconds=seconds)
        for until, ticket in self._sleeping:
            if until <= self._now:
                ticket.keep()


async def until(check):
    """Return when a condition holds, letting all other tasks run meanwhile."""
    with anyio.fail_after(30):
        while not await check():
            await anyio.lowlevel.checkpoint()
