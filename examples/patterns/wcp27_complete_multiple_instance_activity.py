"""WCP27 Complete Multiple Instance Activity: all that has not ended is called off, and it goes on as if it had.

Jurors taste a wine. When all have given their points, or when the chair closes the tasting, the wine is ranked by
the points that were given. What may never be here: points that come later and still count.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field

from telic import (
    Batch,
    Command,
    Fact,
    FinalState,
    FrozenMap,
    FrozenSet,
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


class TastingKind(StrEnum):
    TASTING = "tasting"
    RANKING = "ranking"
    RANKED = "ranked"


class Juror(TypedId):
    """Names one juror."""


JURORS = FrozenSet((Juror("ada"), Juror("ben"), Juror("cat")))


class PourWine(Command): ...


class CloseTasting(Command): ...


class WineTasted(Fact):
    juror: Juror
    points: Annotated[int, Field(ge=1, le=2)]


class WineRanked(Fact): ...


class TasteWine(Intent[WineTasted]):
    juror: Juror


class RankWine(Intent[WineRanked]):
    points: FrozenMap[Juror, int]


class Tasting(State):
    kind: Literal[TastingKind.TASTING] = TastingKind.TASTING
    points: FrozenMap[Juror, int] = FrozenMap()

    @classmethod
    @start
    def pour(cls, event: PourWine) -> tuple[Self, Many[TasteWine]]:
        return cls(), Many.of(TasteWine(juror=one) for one in JURORS)

    @transition
    def note(self, event: WineTasted) -> tuple[Self, NoIntent] | tuple[Ranking, RankWine]:
        points = self.points.put(event.juror, event.points)
        if len(points) < len(JURORS):
            return self.evolve(points=points), NoIntent()
        return Ranking(), RankWine(points=points)

    @transition
    def close(self, event: CloseTasting) -> tuple[Ranking, Batch[Withdraw | RankWine]]:
        return Ranking(), Withdraw(every=TasteWine) & RankWine(points=self.points)


class Tasted(State):
    ignores = (Ignores(WineTasted, why="the tasting was closed"),)


class Ranking(Tasted):
    kind: Literal[TastingKind.RANKING] = TastingKind.RANKING

    @transition
    def finish(self, event: WineRanked) -> tuple[Ranked, NoIntent]:
        return Ranked(), NoIntent()


class Ranked(Tasted, FinalState):
    kind: Literal[TastingKind.RANKED] = TastingKind.RANKED


complete_multiple_instance_activity = Machine[
    Tasting | Ranking | Ranked,
    PourWine | CloseTasting | WineTasted | WineRanked,
](name="complete_multiple_instance_activity", version=1)
