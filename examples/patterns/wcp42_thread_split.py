"""WCP42 Thread Split: so many threads begin in one and the same branch, and each goes through it by itself.

A sheet is printed and cut into three labels; from then on each label is dried and glued on, at its own pace. What may
never be here: a copy of the branch for each label.
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


class LabelsKind(StrEnum):
    PRINTING = "printing"
    LABELLING = "labelling"
    LABELLED = "labelled"


class Label(TypedId):
    """Names one label."""


LABELS = FrozenSet(Label(f"l-{number}") for number in range(3))


class OrderLabels(Command): ...


class SheetPrinted(Fact): ...


class LabelDried(Fact):
    label: Label


class LabelGlued(Fact):
    label: Label


class PrintSheet(Intent[SheetPrinted]): ...


class DryLabel(Intent[LabelDried]):
    label: Label


class GlueLabel(Intent[LabelGlued]):
    label: Label


class Printing(State):
    kind: Literal[LabelsKind.PRINTING] = LabelsKind.PRINTING

    @classmethod
    @start
    def order(cls, event: OrderLabels) -> tuple[Self, PrintSheet]:
        return cls(), PrintSheet()

    @transition
    def split(self, event: SheetPrinted) -> tuple[Labelling, Many[DryLabel]]:
        return Labelling(), Many.of(DryLabel(label=one) for one in LABELS)


class Labelling(State):
    kind: Literal[LabelsKind.LABELLING] = LabelsKind.LABELLING
    left: FrozenSet[Label] = LABELS

    @transition
    def glue(self, event: LabelDried) -> tuple[Self, GlueLabel]:
        return self, GlueLabel(label=event.label)

    @transition
    def finish(self, event: LabelGlued) -> tuple[Self, NoIntent] | tuple[Labelled, NoIntent]:
        left = self.left.without(event.label)
        return (self.evolve(left=left), NoIntent()) if left else (Labelled(), NoIntent())


class Labelled(FinalState):
    kind: Literal[LabelsKind.LABELLED] = LabelsKind.LABELLED
    settles = (DryLabel, GlueLabel)


thread_split = Machine[
    Printing | Labelling | Labelled,
    OrderLabels | SheetPrinted | LabelDried | LabelGlued,
](name="thread_split", version=1)
