"""WCP30 Structured Partial Join: it goes on when so many branches have ended; after the last one, all may begin anew.

Three laboratories test the water of a lake. After two results a flag is hoisted; the third is only noted, and then
another sample may be taken. What may never be here: a second flag for one sample.
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

NEEDED = 2


class LakeKind(StrEnum):
    EXAMINING = "examining"
    FLAGGING = "flagging"
    EXAMINED = "examined"
    CLOSED = "closed"


class Laboratory(TypedId):
    """Names one laboratory."""


LABORATORIES = FrozenSet((Laboratory("city"), Laboratory("state"), Laboratory("lake")))


class TakeSample(Command): ...


class EndSeason(Command): ...


class WaterExamined(Fact):
    laboratory: Laboratory


class FlagHoisted(Fact): ...


class ExamineWater(Intent[WaterExamined]):
    laboratory: Laboratory


class HoistFlag(Intent[FlagHoisted]): ...


class Examining(State):
    kind: Literal[LakeKind.EXAMINING] = LakeKind.EXAMINING
    missing: FrozenSet[Laboratory] = LABORATORIES

    @classmethod
    @start
    def sample(cls, event: TakeSample) -> tuple[Self, Many[ExamineWater]]:
        return cls(), Many.of(ExamineWater(laboratory=one) for one in LABORATORIES)

    @transition
    def join(self, event: WaterExamined) -> tuple[Self, NoIntent] | tuple[Flagging, HoistFlag]:
        missing = self.missing.without(event.laboratory)
        if len(LABORATORIES) - len(missing) < NEEDED:
            return self.evolve(missing=missing), NoIntent()
        return Flagging(missing=missing), HoistFlag()


class Flagging(State):
    kind: Literal[LakeKind.FLAGGING] = LakeKind.FLAGGING
    missing: FrozenSet[Laboratory]
    hoisted: bool = False

    @transition
    def note(self, event: WaterExamined) -> tuple[Self, NoIntent] | tuple[Examined, NoIntent]:
        return self.evolve(missing=self.missing.without(event.laboratory)).reset_or_not()

    @transition
    def hoist(self, event: FlagHoisted) -> tuple[Self, NoIntent] | tuple[Examined, NoIntent]:
        return self.evolve(hoisted=True).reset_or_not()

    def reset_or_not(self) -> tuple[Self, NoIntent] | tuple[Examined, NoIntent]:
        return (Examined(), NoIntent()) if self.hoisted and not self.missing else (self, NoIntent())


class Examined(State):
    kind: Literal[LakeKind.EXAMINED] = LakeKind.EXAMINED
    settles = (ExamineWater, HoistFlag)

    @transition
    def sample(self, event: TakeSample) -> tuple[Examining, Many[ExamineWater]]:
        return Examining(), Many.of(ExamineWater(laboratory=one) for one in LABORATORIES)

    @transition
    def close(self, event: EndSeason) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Closed(FinalState):
    kind: Literal[LakeKind.CLOSED] = LakeKind.CLOSED


structured_partial_join = Machine[
    Examining | Flagging | Examined | Closed,
    TakeSample | EndSeason | WaterExamined | FlagHoisted,
](name="structured_partial_join", version=1)
