"""Simple Merge: whichever branch was taken, the same activity follows it, at once and once."""

from typing import Self

import pytest

from examples.patterns.wcp05_simple_merge import (
    HandInParcel,
    MeasureParcel,
    Measuring,
    ParcelMeasured,
    ParcelScanned,
    ParcelSorted,
    ScanParcel,
    Sorted,
    Sorting,
    SortParcel,
    simple_merge,
)
from telic import Batch, Machine, NoIntent, start, transition
from telic.kernel.errors import DefinitionError
from telic.testing import suite
from telic.verify import Domain, Verdict, ended, eventually, explore
from tests.examples.patterns.stories import stories

EVENT = HandInParcel | ParcelScanned | ParcelMeasured | ParcelSorted

TestSimpleMerge = suite(simple_merge, check=[eventually("the parcel is sorted", ended)], worlds=4)


def test_each_branch_is_followed_by_the_same_activity():
    assert stories(simple_merge) == {
        ("HandInParcel", "ScanParcel", "ParcelScanned", "SortParcel", "ParcelSorted", "Sorted"),
        ("HandInParcel", "MeasureParcel", "ParcelMeasured", "SortParcel", "ParcelSorted", "Sorted"),
    }


@pytest.mark.parametrize(("bulky", "branch"), [(True, "MeasureParcel"), (False, "ScanParcel")])
def test_the_branch_is_chosen_before(bulky, branch):
    [story] = stories(simple_merge, domain=Domain().field(HandInParcel, "bulky", bulky))
    assert story[1] == branch


class MeasuringForTwo(Measuring):
    arrived: int = 0

    @transition
    def merge(self, event: ParcelScanned | ParcelMeasured) -> tuple[Self, NoIntent] | tuple[Sorting, SortParcel]:
        return (Sorting(), SortParcel()) if self.arrived else (self.evolve(arrived=1), NoIntent())


def test_a_merge_that_waits_for_the_branch_not_taken_is_noticed():
    synchronizing = Machine[MeasuringForTwo | Sorting | Sorted, EVENT](name="synchronizing")
    assert explore(synchronizing).check("stuck").verdict is Verdict.REFUTED
    assert all("SortParcel" not in story for story in stories(synchronizing))


class MeasuringBothWays(Measuring):
    @classmethod
    @start
    def hand_in(cls, event: HandInParcel) -> tuple[Self, Batch[ScanParcel | MeasureParcel]]:
        return cls(), ScanParcel() & MeasureParcel()


def test_a_merge_after_branches_that_are_both_taken_cannot_be_defined():
    with pytest.raises(DefinitionError, match="expected a way to Sorting on which no MeasureParcel is open"):
        Machine[MeasuringBothWays | Sorting | Sorted, EVENT](name="both_ways")
