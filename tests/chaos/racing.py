"""The machines of the races: one that waits for a fact, and one whose effect is claimed and given back."""

from enum import StrEnum
from typing import Annotated, Literal, Never

from pydantic import Field

from telic import Command, Fact, FinalState, Intent, Machine, NoIntent, State, TypedId, start, transition
from telic.kernel.waits import Topic

CALLS = "calls"
"""The name of the topic that a listener waits for."""


class Key(TypedId): ...


class Ear(StrEnum):
    LISTENING = "listening"
    REACHED = "reached"


class Listen(Command):
    key: Key


class Reached(Fact): ...


class Listening(State):
    kind: Literal[Ear.LISTENING] = Ear.LISTENING
    key: Key

    @classmethod
    @start
    def listen(cls, event: Listen) -> tuple["Listening", NoIntent]:
        return cls(key=event.key), NoIntent()

    @transition
    def reached(self, event: Reached) -> tuple["Done", NoIntent]:
        return Done(), NoIntent()

    def waits(self) -> tuple[Topic[Reached]]:
        return (Topic(fact=Reached, name=CALLS, key=self.key),)


class Done(FinalState):
    kind: Literal[Ear.REACHED] = Ear.REACHED


listener = Machine[Annotated[Listening | Done, Field(discriminator="kind")], Listen | Reached](name="listener")


class Hand(StrEnum):
    LENT = "lent"


class Lend(Command): ...


class Hold(Intent[Never]): ...


class Lent(FinalState):
    kind: Literal[Hand.LENT] = Hand.LENT

    @classmethod
    @start
    def lend(cls, event: Lend) -> tuple["Lent", Hold]:
        return cls(), Hold()


lender = Machine[Lent, Lend](name="lender")
