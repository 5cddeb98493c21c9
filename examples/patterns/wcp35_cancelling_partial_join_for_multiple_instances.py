"""WCP35 Cancelling Partial Join for Multiple Instances: so many go on, and the instances that are left are called off.

Divers look for the parts of a wreck, each in one place. When two have found something the salvage begins, and the
others come up. What may never be here: a diver who goes on for nobody.
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
    Many,
    NoIntent,
    Reject,
    State,
    TypedId,
    Withdraw,
    start,
    transition,
)

NEEDED = 2


class WreckKind(StrEnum):
    DIVING = "diving"
    SALVAGING = "salvaging"
    SALVAGED = "salvaged"


class Place(TypedId):
    """Names one place."""


class SearchWreck(Command):
    places: FrozenSet[Place]


class PartFound(Fact):
    place: Place


class WreckSalvaged(Fact): ...


class SendDiver(Intent[PartFound]):
    place: Place


class SalvageWreck(Intent[WreckSalvaged]):
    places: FrozenSet[Place]


class Diving(State):
    kind: Literal[WreckKind.DIVING] = WreckKind.DIVING
    found: FrozenSet[Place] = FrozenSet()

    @classmethod
    @start
    def search(cls, event: SearchWreck) -> tuple[Self, Many[SendDiver]] | tuple[None, Reject]:
        if len(event.places) < NEEDED:
            return None, Reject(f"expected {NEEDED} places, got {len(event.places)}; do name more")
        return cls(), Many.of(SendDiver(place=one) for one in event.places)

    @transition
    def join(self, event: PartFound) -> tuple[Self, NoIntent] | tuple[Salvaging, Batch[Withdraw | SalvageWreck]]:
        found = self.found.put(event.place)
        if len(found) < NEEDED:
            return self.evolve(found=found), NoIntent()
        return Salvaging(), Withdraw(every=SendDiver) & SalvageWreck(places=found)


class Found(State):
    ignores = (Ignores(PartFound, why="the salvage has begun"),)


class Salvaging(Found):
    kind: Literal[WreckKind.SALVAGING] = WreckKind.SALVAGING

    @transition
    def finish(self, event: WreckSalvaged) -> tuple[Salvaged, NoIntent]:
        return Salvaged(), NoIntent()


class Salvaged(Found, FinalState):
    kind: Literal[WreckKind.SALVAGED] = WreckKind.SALVAGED


cancelling_partial_join_for_multiple_instances = Machine[
    Diving | Salvaging | Salvaged,
    SearchWreck | PartFound | WreckSalvaged,
](name="cancelling_partial_join_for_multiple_instances", version=1)
