"""A small machine with one place for each change that a mutant makes, and what it uses of another module."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Never

from pydantic import AwareDatetime, Field

from telic import (
    Batch,
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    Ignores,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    start,
    transition,
)
from tests.verify.gauge import is_full

FEE = 3


class K(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    BROKEN = "broken"


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Build(Command): ...


class Pass(Command):
    coins: int


class Smash(Command): ...


class Rusted(Fact): ...


class Rang(Fact): ...


class Ring(Intent[Rang]):
    colour: Colour = Colour.RED


class Count(Intent[Never]): ...


class Gate(State):
    kind: Literal[K.OPEN] = K.OPEN
    guests: int = 0
    until: AwareDatetime

    @classmethod
    @start
    def build(cls, event: Build, ctx: Context) -> tuple["Gate", NoIntent]:
        return cls(until=ctx.now + timedelta(days=9)), NoIntent()

    @transition
    def pass_through(
        self, event: Pass
    ) -> tuple["Shut", Batch[Ring | Count]] | tuple["Gate", Count] | tuple["Gate", Reject]:
        """Let one more guest in."""
        if event.coins < FEE or not event.coins:
            return self, Reject("too little")
        if is_full(self.guests):
            return Shut(), Ring(colour=Colour.GREEN) & Count()
        return self.evolve(guests=self.guests + 1), Count()

    @transition
    def smash(self, event: Smash) -> tuple["Broken", NoIntent] | tuple["Shut", NoIntent]:
        return (Broken() if self.guests else Shut()), NoIntent()

    @transition
    def rust(self, event: Rusted) -> tuple["Broken", NoIntent]:
        return Broken(), NoIntent()

    def waits(self) -> tuple[Deadline[Rusted]]:
        return (Deadline(at=self.until, event=Rusted()),)


class Shut(FinalState):
    kind: Literal[K.SHUT] = K.SHUT
    ignores = (Ignores(Rang, Smash, why="shut"),)


class Broken(FinalState):
    kind: Literal[K.BROKEN] = K.BROKEN
    settles = (Ring,)


States = Annotated[Gate | Shut | Broken, Field(discriminator="kind")]
gate = Machine[States, Build | Pass | Smash | Rusted | Rang](name="gate")
