"""WCP5 Simple Merge: what follows alternative branches begins when the one that was taken has ended.

A parcel is sorted once it has been measured: by the scanner, or by hand if it is bulky. What may
never be here: a parcel that is measured both ways.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Fact, FinalState, Intent, Machine, NoIntent, State, start, transition


class ParcelKind(StrEnum):
    MEASURING = "measuring"
    SORTING = "sorting"
    SORTED = "sorted"


class HandInParcel(Command):
    bulky: bool


class ParcelScanned(Fact): ...


class ParcelMeasured(Fact): ...


class ParcelSorted(Fact): ...


class ScanParcel(Intent[ParcelScanned]): ...


class MeasureParcel(Intent[ParcelMeasured]): ...


class SortParcel(Intent[ParcelSorted]): ...


class Measuring(State):
    kind: Literal[ParcelKind.MEASURING] = ParcelKind.MEASURING

    @classmethod
    @start
    def hand_in(cls, event: HandInParcel) -> tuple[Self, ScanParcel] | tuple[Self, MeasureParcel]:
        return (cls(), MeasureParcel()) if event.bulky else (cls(), ScanParcel())

    @transition
    def merge(self, event: ParcelScanned | ParcelMeasured) -> tuple[Sorting, SortParcel]:
        return Sorting(), SortParcel()


class Sorting(State):
    kind: Literal[ParcelKind.SORTING] = ParcelKind.SORTING
    settles = (ScanParcel, MeasureParcel)

    @transition
    def finish(self, event: ParcelSorted) -> tuple[Sorted, NoIntent]:
        return Sorted(), NoIntent()


class Sorted(FinalState):
    kind: Literal[ParcelKind.SORTED] = ParcelKind.SORTED


simple_merge = Machine[
    Measuring | Sorting | Sorted,
    HandInParcel | ParcelScanned | ParcelMeasured | ParcelSorted,
](name="simple_merge", version=1)
