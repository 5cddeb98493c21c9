"""WCP40 Interleaved Routing: activities are carried out once each, never two at a time, in whichever order is chosen.

At a car inspection brakes, lights and exhaust are tested by one engineer, who goes as it suits. What may never be
here: a second test while one is being made, or one that is left out.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Command,
    Fact,
    FinalState,
    FrozenSet,
    HumanTask,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    start,
    transition,
)


class InspectionKind(StrEnum):
    CHOOSING = "choosing"
    EXAMINING = "examining"
    PASSED = "passed"


class Part(StrEnum):
    BRAKES = "brakes"
    LIGHTS = "lights"
    EXHAUST = "exhaust"


class BringCar(Command): ...


class ChoosePart(Command):
    part: Part


class PartExamined(Fact): ...


class ExaminePart(Intent[PartExamined]):
    part: Part


class Choosing(State):
    kind: Literal[InspectionKind.CHOOSING] = InspectionKind.CHOOSING
    left: FrozenSet[Part] = FrozenSet(Part)

    @classmethod
    @start
    def bring(cls, event: BringCar) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    def waits(self) -> tuple[HumanTask[ChoosePart]]:
        return (HumanTask(answer=ChoosePart, title="What is next?", groups=("engineers",)),)

    @transition
    def choose(self, event: ChoosePart) -> tuple[Examining, ExaminePart] | tuple[Self, Reject]:
        if event.part not in self.left:
            return self, Reject(f"{event.part} is examined already")
        return Examining(left=self.left.without(event.part)), ExaminePart(part=event.part)


class Examining(State):
    kind: Literal[InspectionKind.EXAMINING] = InspectionKind.EXAMINING
    left: FrozenSet[Part]

    @transition
    def finish(self, event: PartExamined) -> tuple[Choosing, NoIntent] | tuple[Passed, NoIntent]:
        return (Choosing(left=self.left), NoIntent()) if self.left else (Passed(), NoIntent())


class Passed(FinalState):
    kind: Literal[InspectionKind.PASSED] = InspectionKind.PASSED


interleaved_routing = Machine[
    Choosing | Examining | Passed,
    BringCar | ChoosePart | PartExamined,
](name="interleaved_routing", version=1)
