"""WCP37 Acyclic Synchronizing Merge: it waits for each branch that is under way, as the branches themselves tell it.

Of a damaged house the walls are examined, and the roof and the cellar where need be. An expert may find that a part is
not insured, and leave; when all who went have come back or left, it is settled. What may never be here: a wait for
somebody who never went, or will not come.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Command,
    Fact,
    FinalState,
    FrozenSet,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)


class ClaimKind(StrEnum):
    EXAMINING = "examining"
    SETTLING = "settling"
    SETTLED = "settled"


class Part(TypedId):
    """Names one part of a house."""


WALLS, ROOF, CELLAR = Part("walls"), Part("roof"), Part("cellar")


class ReportDamage(Command):
    roof: bool
    cellar: bool


class PartExamined(Fact):
    part: Part


class PartUninsured(Fact):
    part: Part


class ClaimSettled(Fact): ...


class ExaminePart(Intent[PartExamined | PartUninsured]):
    part: Part


class SettleClaim(Intent[ClaimSettled]):
    parts: FrozenSet[Part]


class Examining(State):
    kind: Literal[ClaimKind.EXAMINING] = ClaimKind.EXAMINING
    under_way: FrozenSet[Part]
    examined: FrozenSet[Part] = FrozenSet()

    @classmethod
    @start
    def report(cls, event: ReportDamage) -> tuple[Self, Many[ExaminePart]]:
        damage = ((WALLS, True), (ROOF, event.roof), (CELLAR, event.cellar))
        damaged = FrozenSet(part for part, done in damage if done)
        return cls(under_way=damaged), Many.of(ExaminePart(part=one) for one in damaged)

    @transition
    def come_back(self, event: PartExamined) -> tuple[Self, NoIntent] | tuple[Settling, SettleClaim]:
        return self.evolve(examined=self.examined.put(event.part)).without(event.part)

    @transition
    def leave(self, event: PartUninsured) -> tuple[Self, NoIntent] | tuple[Settling, SettleClaim]:
        return self.without(event.part)

    def without(self, part: Part) -> tuple[Self, NoIntent] | tuple[Settling, SettleClaim]:
        under_way = self.under_way.without(part)
        if under_way:
            return self.evolve(under_way=under_way), NoIntent()
        return Settling(), SettleClaim(parts=self.examined)


class Settling(State):
    kind: Literal[ClaimKind.SETTLING] = ClaimKind.SETTLING
    settles = (ExaminePart,)

    @transition
    def close(self, event: ClaimSettled) -> tuple[Settled, NoIntent]:
        return Settled(), NoIntent()


class Settled(FinalState):
    kind: Literal[ClaimKind.SETTLED] = ClaimKind.SETTLED


acyclic_synchronizing_merge = Machine[
    Examining | Settling | Settled,
    ReportDamage | PartExamined | PartUninsured | ClaimSettled,
](name="acyclic_synchronizing_merge", version=1)
