"""Somebody who calls once, to all or to the first, and two who may hear it."""

from enum import StrEnum
from typing import Literal

from telic import Command, Fact, FinalState, Ignores, Machine, NoIntent, State, Topic, start, transition
from telic.kernel.messages import Publish, Reach


class Kind(StrEnum):
    CALLING = "calling"
    CALLED = "called"
    LISTENING = "listening"
    HEARD = "heard"
    DEAF = "deaf"


class Go(Command): ...


class Sit(Command): ...


class Turn(Command): ...


class Called(Fact): ...


class CallAll(Publish[Called]): ...


class CallOne(Publish[Called], reach=Reach.FIRST_WAITER): ...


class Done(FinalState):
    kind: Literal[Kind.CALLED] = Kind.CALLED


class CallingAll(State):
    kind: Literal[Kind.CALLING] = Kind.CALLING

    @classmethod
    @start
    def begin(cls, event: Go) -> tuple["CallingAll", NoIntent]:
        return cls(), NoIntent()

    @transition
    def call(self, event: Turn) -> tuple[Done, CallAll]:
        return Done(), CallAll(fact=Called(), name="calls")


class CallingOne(State):
    kind: Literal[Kind.CALLING] = Kind.CALLING

    @classmethod
    @start
    def begin(cls, event: Go) -> tuple["CallingOne", NoIntent]:
        return cls(), NoIntent()

    @transition
    def call(self, event: Turn) -> tuple[Done, CallOne]:
        return Done(), CallOne(fact=Called(), name="calls")


class Heard(FinalState):
    kind: Literal[Kind.HEARD] = Kind.HEARD


class Deaf(FinalState):
    kind: Literal[Kind.DEAF] = Kind.DEAF
    ignores = (Ignores(Called, why="nobody listens any more"),)


class Listening(State):
    kind: Literal[Kind.LISTENING] = Kind.LISTENING

    @classmethod
    @start
    def begin(cls, event: Sit) -> tuple["Listening", NoIntent]:
        return cls(), NoIntent()

    @transition
    def hear(self, event: Called) -> tuple[Heard, NoIntent]:
        return Heard(), NoIntent()

    @transition
    def leave(self, event: Turn) -> tuple[Deaf, NoIntent]:
        return Deaf(), NoIntent()

    def waits(self) -> tuple[Topic[Called]]:
        return (Topic(fact=Called, name="calls"),)


to_all = Machine[CallingAll | Done, Go | Turn](name="caller")
to_one = Machine[CallingOne | Done, Go | Turn](name="caller")
left = Machine[Listening | Heard | Deaf, Sit | Turn | Called](name="left")
right = Machine[Listening | Heard | Deaf, Sit | Turn | Called](name="right")
