"""WCP29 Cancelling Discriminator: the first branch goes on, and the others are called off at once.

Three drivers are asked; the first to accept gets the ride, and nobody else is asked any longer. What may never be
here: a second taxi.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Batch,
    Command,
    Fact,
    FinalState,
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    Withdraw,
    start,
    transition,
)


class RideKind(StrEnum):
    ASKING = "asking"
    DRIVING = "driving"
    OVER = "over"


class Driver(TypedId):
    """Names one driver."""


DRIVERS = (Driver("ada"), Driver("ben"), Driver("cat"))


class CallTaxi(Command): ...


class RideAccepted(Fact):
    driver: Driver


class RideDriven(Fact): ...


class AskDriver(Intent[RideAccepted]):
    driver: Driver


class DriveGuest(Intent[RideDriven]):
    driver: Driver


class Asking(State):
    kind: Literal[RideKind.ASKING] = RideKind.ASKING

    @classmethod
    @start
    def call(cls, event: CallTaxi) -> tuple[Self, Many[AskDriver]]:
        return cls(), Many.of(AskDriver(driver=one) for one in DRIVERS)

    @transition
    def take_first(self, event: RideAccepted) -> tuple[Driving, Batch[Withdraw | DriveGuest]]:
        return Driving(), Withdraw(every=AskDriver) & DriveGuest(driver=event.driver)


class Taken(State):
    ignores = (Ignores(RideAccepted, why="another driver was first"),)


class Driving(Taken):
    kind: Literal[RideKind.DRIVING] = RideKind.DRIVING

    @transition
    def finish(self, event: RideDriven) -> tuple[Over, NoIntent]:
        return Over(), NoIntent()


class Over(Taken, FinalState):
    kind: Literal[RideKind.OVER] = RideKind.OVER


cancelling_discriminator = Machine[
    Asking | Driving | Over,
    CallTaxi | RideAccepted | RideDriven,
](name="cancelling_discriminator", version=1)
