"""Every single fault of a household holds, and what a fault breaks is found; lives are in the short form."""

import asyncio

import pytest

from telic.kernel.errors import StoreFailed
from tests.chaos import beds, enumerated, faults
from tests.chaos.drivers import BOOKS, WatchedMemoryStore
from tests.chaos.households import HOUSEHOLDS
from tests.chaos.lives import LIFE, SHORT_LIFE
from tests.chaos.points import Fault, Kind, Points


@pytest.mark.timeout(300)
@pytest.mark.parametrize("story", HOUSEHOLDS, ids=lambda one: one.name)
def test_every_single_fault_of_a_household_holds_in_memory(story):
    tally = asyncio.run(faults.every_single_fault(story, beds.InMemory()))
    assert [str(one) for one in tally.findings] == []
    assert tally.faults == tally.runs - 1 > tally.points


@pytest.mark.timeout(300)
@pytest.mark.parametrize("story", HOUSEHOLDS, ids=lambda one: one.name)
def test_one_in_five_of_the_single_faults_of_a_household_holds_in_a_file(story, tmp_path):
    tally = asyncio.run(faults.every_single_fault(story, beds.InFile(tmp_path), step=5))
    assert [str(one) for one in tally.findings] == []
    assert tally.faults == tally.runs - 1 > tally.points / 5


def test_the_first_fault_of_a_pair_is_followed_by_each_other():
    tally = asyncio.run(faults.every_pair_of_faults(SHORT_LIFE, beds.InMemory(), 3, 1000))  # the fourth of them
    assert tally.findings == ()
    assert tally.runs > 2 * tally.points / 3
    assert tally.faults == 2 * (tally.runs - 2) + 1  # but for the run without any, and the one with the first alone


def told_in_memory(store_type, *happen):
    """Tell the life once, on a store of some type, with these faults."""

    async def told():
        points = Points()
        async with Bed(store_type).made(points) as bed:
            return await faults.Teller(LIFE, bed, points).told(*happen)

    return asyncio.run(told())


class Bed(beds.InMemory):
    def __init__(self, store_type):
        self._type = store_type

    def store(self, machine):
        return self._type(machine, self._points)


class Splitting(WatchedMemoryStore):
    """Saves the state first, and then what is to be done."""

    def __init__(self, machine, points):
        super().__init__(machine, points)
        self._books()
        self._saved = []

    async def save(self, commit):
        await super().save(commit)
        note = super()._noted

        async def noted():
            if self._saved:
                note(self._saved.pop())

        await self.points.around("books", noted, lambda: StoreFailed("save", "expected an answer, got none"))

    def _noted(self, commit):
        self._saved.append(commit)


def faults_of(store_type, where, kind):
    seen = told_in_memory(store_type).points
    return [Fault(at, kind) for at, point in enumerate(seen) if point.where == where]


def test_a_story_without_faults_has_no_findings():
    told = told_in_memory(WatchedMemoryStore)
    assert told.verdict.findings == ()
    assert told.happened == ()


def test_a_store_that_splits_a_commit_is_found_and_the_finding_names_the_fault():
    first = faults_of(Splitting, "books", Kind.REFUSED)[0]
    findings = told_in_memory(Splitting, first).verdict.findings
    assert {one.invariant for one in findings} == {"I8", "I9"}
    assert {one.where.partition(" after ")[2] for one in findings} == {
        f"point {first.at} (books) raises, and nothing was done"
    }


def test_operations_of_a_store_in_memory_are_all_points():
    assert {"load", "save", "claim", "settle", "change_task", "put_start", "heard", "purge"} <= set(BOOKS)


def test_the_outcome_of_an_enumeration_counts_faults_and_runs():
    outcome = enumerated.single_faults(beds.InMemory(), [LIFE], step=10)
    assert outcome.ok
    assert outcome.blows == outcome.details["runs"] - 1
    assert outcome.verdict.figures["instances"] == outcome.details["runs"]
    assert outcome.scenario.startswith("one in 10 of the single faults at ")
