"""A machine that meets each way in which an event comes in, and each way in which an effect goes out.

A visit is asked for by a command, let in by the answer of an effect, called upon by a
publication, and ended by a deadline. One that pays does so at most once, and waves goodbye to
nobody in particular.
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
from telic.kernel.waits import Topic

REST = timedelta(minutes=10)
BELL = "bell"
"""The name of the topic that a guest listens to."""


class Door(TypedId): ...


class Stage(StrEnum):
    KNOCKING = "knocking"
    LISTENING = "listening"
    RESTING = "resting"
    PAYING = "paying"
    GONE = "gone"


class Arrive(Command):
    door: Door
    pays: bool = True


class Poke(Command):
    number: int


class LetIn(Fact):
    door: Door


class Called(Fact):
    text: str


class Rested(Fact): ...


class Settled(Fact):
    door: Door


class Knock(Intent[LetIn], retry=Retry(max_attempts=50, base_delay=timedelta(seconds=1))):
    door: Door


class Settle(Intent[Settled], delivery=AtMostOnce):
    door: Door


class WaveGoodbye(Intent[Never], retry=Retry(max_attempts=50, base_delay=timedelta(seconds=1))):
    door: Door


class Guest(State):
    ignores = (Ignores(LetIn, Settled, why="it was given up before, or it has its answer"),)

    door: Door
    pays: bool
    pokes: tuple[int, ...] = ()

    @transition
    def poke(self, event: Poke) -> tuple[Self, NoIntent]:
        return self.evolve(pokes=(*self.pokes, event.number)), NoIntent()


class Knocking(Guest):
    kind: Literal[Stage.KNOCKING] = Stage.KNOCKING

    @classmethod
    @start
    def arrive(cls, event: Arrive) -> tuple["Knocking", Knock]:
        return cls(door=event.door, pays=event.pays), Knock(door=event.door)

    @transition
    def let_in(self, event: LetIn) -> tuple["Listening", NoIntent]:
        return Listening(door=self.door, pays=self.pays, pokes=self.pokes), NoIntent()


class Listening(Guest):
    kind: Literal[Stage.LISTENING] = Stage.LISTENING

    @transition
    def called(self, event: Called, ctx: Context) -> tuple["Resting", NoIntent]:
        rests = Resting(
            door=self.door, pays=self.pays, pokes=self.pokes, heard=event.text, until=ctx.now + REST
        )  # fmt: skip
        return rests, NoIntent()

    def waits(self) -> tuple[Topic[Called]]:
        return (Topic(fact=Called, name=BELL, key=self.door),)


class Resting(Guest):
    kind: Literal[Stage.RESTING] = Stage.RESTING
    heard: str
    until: AwareDatetime

    @transition
    def rested(self, event: Rested) -> tuple["Paying", Settle] | tuple["Gone", NoIntent]:
        if not self.pays:
            return Gone(pokes=self.pokes, heard=self.heard, in_doubt=False), NoIntent()
        pays = Paying(door=self.door, pays=True, pokes=self.pokes, heard=self.heard)
        return pays, Settle(door=self.door)

    def waits(self) -> tuple[Deadline[Rested]]:
        return (Deadline(at=self.until, event=Rested()),)


class Paying(Guest):
    kind: Literal[Stage.PAYING] = Stage.PAYING
    heard: str

    @transition
    def settled(self, event: Settled) -> tuple["Gone", WaveGoodbye]:
        return self._gone(in_doubt=False)

    @transition
    def doubted(self, event: IntentFailed[Settle]) -> tuple["Gone", WaveGoodbye]:
        return self._gone(in_doubt=True)

    def _gone(self, *, in_doubt: bool) -> tuple["Gone", WaveGoodbye]:
        gone = Gone(pokes=self.pokes, heard=self.heard, in_doubt=in_doubt)
        return gone, WaveGoodbye(door=self.door)


class Gone(FinalState):
    ignores = (Ignores(LetIn, Settled, why="it was given up before, or it has its answer"),)

    kind: Literal[Stage.GONE] = Stage.GONE
    pokes: tuple[int, ...]
    heard: str
    in_doubt: bool


VisitState = Annotated[Knocking | Listening | Resting | Paying | Gone, Field(discriminator="kind")]
VisitEvent = Arrive | Poke | LetIn | Called | Rested | Settled
visit = Machine[VisitState, VisitEvent](name="visit", version=1)
