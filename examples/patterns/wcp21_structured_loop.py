"""WCP21 Structured Loop: an activity is repeated while a condition holds, tested before each round or after it.

Tea is brewed cup by cup while cups are missing, perhaps none; then it is sweetened until it is sweet enough,
spoon by spoon, at least one and at most three. What may never be here: a way into a loop, or out of it, but one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field

from telic import Command, Fact, FinalState, Intent, Machine, NoIntent, State, start, transition

SPOONS_MAX = 3


class TeaKind(StrEnum):
    BREWING = "brewing"
    SWEETENING = "sweetening"
    SERVED = "served"


class MakeTea(Command):
    cups: Annotated[int, Field(ge=0, le=4)]


class CupBrewed(Fact): ...


class SugarAdded(Fact):
    sweet_enough: bool


class BrewCup(Intent[CupBrewed]): ...


class AddSugar(Intent[SugarAdded]): ...


class Brewing(State):
    kind: Literal[TeaKind.BREWING] = TeaKind.BREWING
    missing: int

    @classmethod
    @start
    def make(cls, event: MakeTea) -> tuple[Brewing, BrewCup] | tuple[Sweetening, AddSugar]:
        return cls.unless_enough(event.cups)

    @transition
    def repeat(self, event: CupBrewed) -> tuple[Brewing, BrewCup] | tuple[Sweetening, AddSugar]:
        return self.unless_enough(self.missing - 1)

    @classmethod
    def unless_enough(cls, missing: int) -> tuple[Brewing, BrewCup] | tuple[Sweetening, AddSugar]:
        return (cls(missing=missing), BrewCup()) if missing else (Sweetening(), AddSugar())


class Sweetening(State):
    kind: Literal[TeaKind.SWEETENING] = TeaKind.SWEETENING
    spoons: int = 1

    @transition
    def repeat(self, event: SugarAdded) -> tuple[Self, AddSugar] | tuple[Served, NoIntent]:
        if event.sweet_enough or self.spoons == SPOONS_MAX:
            return Served(), NoIntent()
        return self.evolve(spoons=self.spoons + 1), AddSugar()


class Served(FinalState):
    kind: Literal[TeaKind.SERVED] = TeaKind.SERVED


structured_loop = Machine[
    Brewing | Sweetening | Served,
    MakeTea | CupBrewed | SugarAdded,
](name="structured_loop", version=1)
