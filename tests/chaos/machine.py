"""The machines under fire.

An errand has each kind of thing that can be lost: commands under ids of their callers, an
effect that is carried out at least once, a deadline beside an open task, an effect that may
happen at most once, and an announcement that nobody answers. A tally only counts.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Never, Self

from pydantic import AwareDatetime, Field

from telic import (
    AtMostOnce,
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    HumanTask,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    NoIntent,
    Retry,
    State,
    TypedId,
    start,
    transition,
)

REST = timedelta(milliseconds=40)


class Ref(TypedId): ...


class Kind(StrEnum):
    WORKING = "working"
    RESTING = "resting"
    PAYING = "paying"
    FINISHED = "finished"


class Begin(Command):
    rounds: int


class Poke(Command):
    number: int


class Hurry(Command): ...


class Worked(Fact):
    ref: Ref


class Rested(Fact): ...


class Paid(Fact):
    ref: Ref


class Work(Intent[Worked], retry=Retry(max_attempts=50, base_delay=timedelta(milliseconds=20))):
    ref: Ref


class Pay(Intent[Paid], delivery=AtMostOnce):
    ref: Ref


class Announce(Intent[Never], retry=Retry(max_attempts=50, base_delay=timedelta(milliseconds=20))):
    ref: Ref


class Errand(State):
    ignores = (Ignores(Worked, Paid, why="it was given up before, or it has its answer"),)

    pokes: tuple[int, ...] = ()

    @transition
    def poke(self, event: Poke) -> tuple[Self, NoIntent]:
        return self.evolve(pokes=(*self.pokes, event.number)), NoIntent()


class Working(Errand):
    kind: Literal[Kind.WORKING] = Kind.WORKING
    left: int

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple["Working", Work]:
        return cls(left=event.rounds), Work(ref=Ref(f"round-{event.rounds}"))

    @transition
    def worked(self, event: Worked, ctx: Context) -> tuple["Working", Work] | tuple["Resting", NoIntent]:
        if self.left > 1:
            left = self.left - 1
            return self.evolve(left=left), Work(ref=Ref(f"round-{left}"))
        return Resting(pokes=self.pokes, until=ctx.now + REST), NoIntent()


class Resting(Errand):
    kind: Literal[Kind.RESTING] = Kind.RESTING
    until: AwareDatetime

    @transition
    def rested(self, event: Rested) -> tuple["Paying", Pay]:
        return Paying(pokes=self.pokes), Pay(ref=Ref("fee"))

    @transition
    def hurried(self, event: Hurry) -> tuple["Paying", Pay]:
        return Paying(pokes=self.pokes), Pay(ref=Ref("fee"))

    def waits(self) -> tuple[Deadline[Rested], HumanTask[Hurry]]:
        return Deadline(at=self.until, event=Rested()), HumanTask(answer=Hurry, title="Wake them up")


class Paying(Errand):
    kind: Literal[Kind.PAYING] = Kind.PAYING

    @transition
    def paid(self, event: Paid) -> tuple["Finished", Announce]:
        return Finished(pokes=self.pokes, doubt=False), Announce(ref=Ref("end"))

    @transition
    def in_doubt(self, event: IntentFailed[Pay]) -> tuple["Finished", Announce]:
        return Finished(pokes=self.pokes, doubt=True), Announce(ref=Ref("end"))


class Finished(FinalState):
    ignores = (Ignores(Worked, Paid, why="it was given up before, or it has its answer"),)

    kind: Literal[Kind.FINISHED] = Kind.FINISHED
    pokes: tuple[int, ...]
    doubt: bool


ErrandState = Annotated[Working | Resting | Paying | Finished, Field(discriminator="kind")]
ErrandEvent = Begin | Poke | Hurry | Worked | Rested | Paid
errand = Machine[ErrandState, ErrandEvent](name="errand", version=1)


class Count(StrEnum):
    TALLY = "tally"


class Open(Command): ...


class Add(Command):
    writer: int
    number: int


class Tally(State):
    kind: Literal[Count.TALLY] = Count.TALLY
    count: int = 0

    @classmethod
    @start
    def open(cls, event: Open) -> tuple["Tally", NoIntent]:
        return cls(), NoIntent()

    @transition
    def add(self, event: Add) -> tuple["Tally", NoIntent]:
        return self.evolve(count=self.count + 1), NoIntent()


tally = Machine[Tally, Open | Add](name="tally", version=1, perpetual=True)
