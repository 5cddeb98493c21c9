"""WCP25 Cancel Region: some activities of an instance are called off together, begun or not, and all others go on.

For a jubilee a hall is booked, food is ordered, and a band is hired, but not before it has been heard. If the party is
called off, food and band are, too; the hall is needed all the same. What may never be here: a party that half goes on.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Batch,
    Command,
    Fact,
    FinalState,
    FrozenSet,
    Ignores,
    Intent,
    Machine,
    NoIntent,
    State,
    Withdraw,
    start,
    transition,
)


class JubileeKind(StrEnum):
    PREPARING = "preparing"
    HAVING_HALL = "having_hall"
    WITHOUT_PARTY = "without_party"
    READY = "ready"


class Treat(StrEnum):
    FOOD = "food"
    BAND = "band"


class PlanJubilee(Command): ...


class CallOffParty(Command): ...


class HallBooked(Fact): ...


class FoodOrdered(Fact): ...


class BandHeard(Fact): ...


class BandHired(Fact): ...


class BookHall(Intent[HallBooked]): ...


class OrderFood(Intent[FoodOrdered]): ...


class HearBand(Intent[BandHeard]): ...


class HireBand(Intent[BandHired]): ...


PARTY = Withdraw(every=OrderFood) & Withdraw(every=HearBand) & Withdraw(every=HireBand)


class Party(State):
    missing: FrozenSet[Treat] = FrozenSet(Treat)

    @transition
    def hire(self, event: BandHeard) -> tuple[Self, HireBand]:
        return self, HireBand()


class Preparing(Party):
    kind: Literal[JubileeKind.PREPARING] = JubileeKind.PREPARING

    @classmethod
    @start
    def plan(cls, event: PlanJubilee) -> tuple[Self, Batch[BookHall | OrderFood | HearBand]]:
        return cls(), BookHall() & OrderFood() & HearBand()

    @transition
    def note(self, event: FoodOrdered | BandHired) -> tuple[Self, NoIntent]:
        treat = Treat.FOOD if isinstance(event, FoodOrdered) else Treat.BAND
        return self.evolve(missing=self.missing.without(treat)), NoIntent()

    @transition
    def have_hall(self, event: HallBooked) -> tuple[HavingHall, NoIntent] | tuple[Ready, NoIntent]:
        return (HavingHall(missing=self.missing), NoIntent()) if self.missing else (Ready(), NoIntent())

    @transition
    def call_off(self, event: CallOffParty) -> tuple[WithoutParty, Batch[Withdraw]]:
        return WithoutParty(), PARTY


class HavingHall(Party):
    kind: Literal[JubileeKind.HAVING_HALL] = JubileeKind.HAVING_HALL

    @transition
    def note(self, event: FoodOrdered | BandHired) -> tuple[Self, NoIntent] | tuple[Ready, NoIntent]:
        missing = self.missing.without(Treat.FOOD if isinstance(event, FoodOrdered) else Treat.BAND)
        return (self.evolve(missing=missing), NoIntent()) if missing else (Ready(), NoIntent())

    @transition
    def call_off(self, event: CallOffParty) -> tuple[Ready, Batch[Withdraw]]:
        return Ready(), PARTY


class Partyless(State):
    ignores = (Ignores(FoodOrdered, BandHeard, BandHired, why="the party was called off"),)


class WithoutParty(Partyless):
    kind: Literal[JubileeKind.WITHOUT_PARTY] = JubileeKind.WITHOUT_PARTY

    @transition
    def have_hall(self, event: HallBooked) -> tuple[Ready, NoIntent]:
        return Ready(), NoIntent()


class Ready(Partyless, FinalState):
    kind: Literal[JubileeKind.READY] = JubileeKind.READY
    settles = (BookHall,)
    ignores = (Ignores(HallBooked, why="the hall is not called off, so it is booked by now"),)


cancel_region = Machine[
    Preparing | HavingHall | WithoutParty | Ready,
    PlanJubilee | CallOffParty | HallBooked | FoodOrdered | BandHeard | BandHired,
](name="cancel_region", version=1)
