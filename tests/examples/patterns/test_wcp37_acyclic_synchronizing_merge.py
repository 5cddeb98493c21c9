"""Acyclic Synchronizing Merge: it is settled when all who went have come back or left, and not before."""

from typing import Self

import pytest

from examples.patterns.wcp37_acyclic_synchronizing_merge import (
    CELLAR,
    ROOF,
    WALLS,
    ClaimSettled,
    ExaminePart,
    Examining,
    PartExamined,
    PartUninsured,
    ReportDamage,
    SettleClaim,
    Settled,
    Settling,
    acyclic_synchronizing_merge,
)
from telic import FrozenSet, Machine, Many, NoIntent, start, transition
from telic.testing import begin, suite
from telic.verify import Verdict, ended, eventually, explore
from tests.examples.patterns.stories import stories

EVENT = ReportDamage | PartExamined | PartUninsured | ClaimSettled

TestMerge = suite(acyclic_synchronizing_merge, check=[eventually("it is settled", ended)], worlds=28)


def merges(story):
    """Say whether it goes on in the step with which the last one comes back or leaves, and once."""
    sent = {word.split()[1] for word in story if word.startswith("ExaminePart")}
    told = [place for place, word in enumerate(story) if word.startswith(("PartExamined", "PartUninsured"))]
    merged = [place for place, word in enumerate(story) if word == "SettleClaim"]
    return merged == [told[-1] + 1] and {story[place].split()[1] for place in told} == sent


def test_it_waits_for_all_who_went_whether_they_come_back_or_leave():
    told = stories(acyclic_synchronizing_merge)
    assert all(map(merges, told))
    for number in (1, 2, 3):
        ends = {
            sum(word.startswith("PartUninsured") for word in story)
            for story in told
            if sum(word.startswith("ExaminePart") for word in story) == number
        }
        assert ends == {*range(number + 1)}


def test_only_what_came_back_goes_on():
    claim = begin(acyclic_synchronizing_merge, ReportDamage(roof=True, cellar=True))
    claim.expect(ExaminePart, part=ROOF).answer(PartUninsured(part=ROOF))
    claim.expect(ExaminePart, part=CELLAR).answer(PartExamined(part=CELLAR))
    claim.expect(ExaminePart, part=WALLS).answer(PartExamined(part=WALLS))
    claim.then(Settling, intents=[SettleClaim(parts=FrozenSet((WALLS, CELLAR)))])


class ExaminingAlways(Examining):
    """Waits for three, whoever went."""

    @classmethod
    @start
    def report(cls, event: ReportDamage) -> tuple[Self, Many[ExaminePart]]:
        _, sent = Examining.report(event)
        return cls(under_way=FrozenSet((WALLS, ROOF, CELLAR))), sent


class ExaminingInsured(Examining):
    """Waits for those who have left."""

    @transition
    def leave(self, event: PartUninsured) -> tuple[Self, NoIntent]:
        return self, NoIntent()


@pytest.mark.parametrize("state", [ExaminingAlways, ExaminingInsured])
def test_a_wait_for_somebody_who_never_went_or_will_not_come_is_noticed(state):
    waiting = Machine[state | Settling | Settled, EVENT](name="waiting")
    assert explore(waiting).check("stuck").verdict is Verdict.REFUTED


class ExaminingFirst(Examining):
    def without(self, part):
        return Settling(), SettleClaim(parts=self.examined)


def test_a_merge_with_the_first_is_noticed():
    hasty = Machine[ExaminingFirst | Settling | Settled, EVENT](name="hasty")
    assert explore(hasty).check("false claim").verdict is Verdict.REFUTED
