"""Structured Synchronizing Merge: the talk begins once, after as many results as there were tests."""

from itertools import product
from typing import Self

import pytest

from examples.patterns.wcp07_structured_synchronizing_merge import (
    Discussed,
    DiscussFindings,
    Discussing,
    Examining,
    FindingsDiscussed,
    LabTest,
    OrderTests,
    ResultFound,
    RunTest,
    structured_synchronizing_merge,
)
from telic import FrozenSet, Machine, Many, NoIntent, start, transition
from telic.testing import suite
from telic.verify import Verdict, ended, eventually, explore
from tests.examples.patterns.stories import stories

EVENT = OrderTests | ResultFound | FindingsDiscussed
ALL = FrozenSet(LabTest(name) for name in ("blood", "heart", "lung"))

TestMerge = suite(structured_synchronizing_merge, check=[eventually("it is discussed", ended)], worlds=9)


def merges(story):
    """Say whether the talk begins once, and when each test that was begun has its result."""
    if story.count("DiscussFindings") != 1:
        return False
    before = story[: story.index("DiscussFindings")]
    begun = {word.split()[1] for word in story if word.startswith("RunTest ")}
    return begun == {word.split()[1] for word in before if word.startswith("ResultFound ")}


def test_the_merge_fires_once_and_after_each_branch_that_was_begun():
    assert all(map(merges, stories(structured_synchronizing_merge)))


@pytest.mark.parametrize(("smoker", "over_fifty"), [*product((True, False), repeat=2)])
def test_it_waits_for_one_two_or_three(smoker, over_fifty):
    begun = {f"RunTest {test}" for test in OrderTests(smoker=smoker, over_fifty=over_fifty).tests()}
    told = [
        story
        for story in stories(structured_synchronizing_merge)
        if begun == {*story} & {f"RunTest {one}" for one in ALL}
    ]
    assert len(told) == {1: 1, 2: 2, 3: 6}[1 + smoker + over_fifty]


class ExaminingAll(Examining):
    @classmethod
    @start
    def order(cls, event: OrderTests) -> tuple[Self, Many[RunTest]]:
        return cls(running=ALL), Many.of(RunTest(test=one) for one in event.tests())


def test_a_merge_that_waits_for_what_was_never_begun_is_noticed():
    rigid = Machine[ExaminingAll | Discussing | Discussed, EVENT](name="rigid")
    assert explore(rigid).check("stuck").verdict is Verdict.REFUTED
    assert not all(map(merges, stories(rigid)))


class ExaminingBlood(Examining):
    @transition
    def merge(self, event: ResultFound) -> tuple[Self, NoIntent] | tuple[Discussing, DiscussFindings]:
        return (Discussing(), DiscussFindings()) if event.test == "blood" else (self, NoIntent())


def test_a_merge_that_looks_at_one_branch_only_is_noticed():
    hasty = Machine[ExaminingBlood | Discussing | Discussed, EVENT](name="hasty")
    assert explore(hasty).check("false claim").verdict is Verdict.REFUTED
