"""Multi-Merge: each arrival is followed by filing of its own, whatever becomes of the other."""

from itertools import pairwise
from typing import Self

from examples.patterns.wcp08_multi_merge import (
    CAMERA,
    WITNESS,
    CameraRead,
    FileStatement,
    Gathered,
    Gathering,
    OpenCase,
    StatementFiled,
    WitnessHeard,
    multi_merge,
)
from telic import Machine, NoIntent, transition
from telic.testing import suite
from telic.verify import ended, eventually, explore, sometimes
from tests.examples.patterns.stories import stories

EVENT = OpenCase | WitnessHeard | CameraRead | StatementFiled
ARRIVALS = {"WitnessHeard": "FileStatement witness", "CameraRead": "FileStatement camera"}
BOTH = [FileStatement(statement=CAMERA), FileStatement(statement=WITNESS)]


def both_being_filed(world):
    return sorted(world.open, key=repr) == BOTH


OVERLAP = sometimes("both are being filed", both_being_filed)

TestMultiMerge = suite(multi_merge, check=[OVERLAP, eventually("all is filed", ended)], worlds=9)


def follows_each(story):
    """Say whether each arrival is followed at once by its own filing, and nothing else is filed."""
    after = {one: following for one, following in pairwise(story) if one in ARRIVALS}
    filed = sorted(word for word in story if word.startswith("FileStatement"))
    return after == ARRIVALS and filed == sorted(ARRIVALS.values())


def test_each_arrival_is_followed_by_its_own_activity():
    assert all(map(follows_each, stories(multi_merge)))


class GatheringFirst(Gathering):
    arrived: bool = False

    @transition
    def merge(self, event: WitnessHeard | CameraRead) -> tuple[Self, FileStatement] | tuple[Self, NoIntent]:
        if self.arrived:
            return self, NoIntent()
        return self.evolve(arrived=True), super().merge(event)[1]


def test_a_merge_that_fires_for_the_first_only_is_noticed():
    first = Machine[GatheringFirst | Gathered, EVENT](name="first")
    assert not any(map(follows_each, stories(first)))


class GatheringInTurn(Gathering):
    """Files one statement at a time: what comes meanwhile has to wait."""

    waiting: bool = False
    filing: bool = False

    @transition
    def merge(self, event: WitnessHeard | CameraRead) -> tuple[Self, FileStatement] | tuple[Self, NoIntent]:
        if self.filing:
            return self.evolve(waiting=True), NoIntent()
        return self.evolve(filing=True), super().merge(event)[1]

    @transition
    def finish(
        self, event: StatementFiled
    ) -> tuple[Self, FileStatement] | tuple[Self, NoIntent] | tuple[Gathered, NoIntent]:
        unfiled = self.unfiled.without(event.statement)
        if not unfiled:
            return Gathered(), NoIntent()
        after = self.evolve(unfiled=unfiled, filing=self.waiting, waiting=False)
        return (after, FileStatement(statement=next(iter(unfiled)))) if self.waiting else (after, NoIntent())


def test_a_merge_that_files_one_after_the_other_is_noticed():
    in_turn = Machine[GatheringInTurn | Gathered, EVENT](name="in_turn")
    assert not all(map(follows_each, stories(in_turn)))
    assert [check.name for check in explore(in_turn, check=[OVERLAP]).failures] == ["both are being filed"]
