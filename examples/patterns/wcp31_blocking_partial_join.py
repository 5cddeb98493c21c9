"""WCP31 Blocking Partial Join: it goes on when so many branches have come; one that comes again waits until all have.

Three wells are measured again and again. After two measurements of a turn a forecast is made; with the third the
turn is over. What may never be here: a measurement that counts in a turn to which it does not belong.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Command,
    Defer,
    Fact,
    FinalState,
    FrozenSet,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    start,
    transition,
)

NEEDED = 2


class ValleyKind(StrEnum):
    MEASURING = "measuring"
    FORECASTING = "forecasting"
    CLOSED = "closed"


class Well(StrEnum):
    HILL = "hill"
    MEADOW = "meadow"
    MILL = "mill"


class OpenSeason(Command): ...


class MeasureWell(Command):
    well: Well


class CloseSeason(Command): ...


class ForecastMade(Fact): ...


class MakeForecast(Intent[ForecastMade]): ...


class Measuring(State):
    kind: Literal[ValleyKind.MEASURING] = ValleyKind.MEASURING
    missing: FrozenSet[Well] = FrozenSet(Well)
    settles = (MakeForecast,)

    @classmethod
    @start
    def open(cls, event: OpenSeason) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    @transition
    def join(self, event: MeasureWell) -> tuple[Self, NoIntent | Defer] | tuple[Forecasting, MakeForecast]:
        if event.well not in self.missing:
            return self, Defer()
        missing = self.missing.without(event.well)
        if len(Well) - len(missing) < NEEDED:
            return self.evolve(missing=missing), NoIntent()
        return Forecasting(missing=missing), MakeForecast()

    @transition
    def close(self, event: CloseSeason) -> tuple[Closed, NoIntent] | tuple[Self, Reject]:
        return (Closed(), NoIntent()) if len(self.missing) == len(Well) else (self, Reject("a turn has begun"))


class Forecasting(State):
    kind: Literal[ValleyKind.FORECASTING] = ValleyKind.FORECASTING
    missing: FrozenSet[Well]
    made: bool = False

    @transition
    def note(self, event: MeasureWell) -> tuple[Self, NoIntent | Defer] | tuple[Measuring, NoIntent]:
        if event.well not in self.missing:
            return self, Defer()
        return self.evolve(missing=self.missing.without(event.well)).reset_or_not()

    @transition
    def file(self, event: ForecastMade) -> tuple[Self, NoIntent] | tuple[Measuring, NoIntent]:
        return self.evolve(made=True).reset_or_not()

    def reset_or_not(self) -> tuple[Self, NoIntent] | tuple[Measuring, NoIntent]:
        return (Measuring(), NoIntent()) if self.made and not self.missing else (self, NoIntent())


class Closed(FinalState):
    kind: Literal[ValleyKind.CLOSED] = ValleyKind.CLOSED


blocking_partial_join = Machine[
    Measuring | Forecasting | Closed,
    OpenSeason | MeasureWell | CloseSeason | ForecastMade,
](name="blocking_partial_join", version=1)
