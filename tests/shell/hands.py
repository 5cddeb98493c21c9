"""The machines of the tests of facts for the first who waits: a foreman with jobs, and hands that take one each."""

from enum import StrEnum
from typing import Literal

from telic import Command, Fact, Machine, NoIntent, State, start, transition
from telic.kernel.messages import Publish, Reach
from telic.kernel.waits import Topic


class Kind(StrEnum):
    GIVING = "giving"
    IDLE = "idle"
    BUSY = "busy"


class Give(Command):
    name: str = "dig"


class Job(Fact):
    name: str


class Offer(Publish[Job], reach=Reach.FIRST_WAITER): ...


class Giving(State):
    kind: Literal[Kind.GIVING] = Kind.GIVING

    @classmethod
    @start
    def begin(cls, event: Give) -> tuple["Giving", Offer]:
        return cls(), Offer(fact=Job(name=event.name), name="jobs")

    @transition
    def give(self, event: Give) -> tuple["Giving", Offer]:
        return self, Offer(fact=Job(name=event.name), name="jobs")


foreman = Machine[Giving, Give](name="foreman", perpetual=True)


class Hire(Command):
    key: str = ""


class Rest(Command): ...


class Busy(State):
    kind: Literal[Kind.BUSY] = Kind.BUSY
    done: tuple[str, ...]

    @transition
    def rest(self, event: Rest) -> tuple["Idle", NoIntent]:
        return Idle(done=self.done, key=""), NoIntent()


class Idle(State):
    kind: Literal[Kind.IDLE] = Kind.IDLE
    done: tuple[str, ...] = ()
    key: str

    @classmethod
    @start
    def begin(cls, event: Hire) -> tuple["Idle", NoIntent]:
        return cls(key=event.key), NoIntent()

    @transition
    def take(self, event: Job) -> tuple[Busy, NoIntent]:
        if event.name == "break":
            raise ValueError("no such tool")
        return Busy(done=(*self.done, event.name)), NoIntent()

    @transition
    def leave(self, event: Rest) -> tuple[Busy, NoIntent]:
        return Busy(done=self.done), NoIntent()

    def waits(self) -> tuple[Topic[Job]]:
        return (Topic(fact=Job, name="jobs", key=self.key),)


hands = Machine[Idle | Busy, Hire | Rest | Job](name="hands", perpetual=True)
others = Machine[Idle | Busy, Hire | Rest | Job](name="others", perpetual=True)
