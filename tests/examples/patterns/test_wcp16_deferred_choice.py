"""Deferred Choice: all branches are offered, the first event takes one, and the others are gone with it."""

from examples.patterns.wcp16_deferred_choice import (
    Accepted,
    AcceptOffer,
    ApplicantTold,
    Closed,
    DrawUpLease,
    FlatAdvertised,
    FlatId,
    FlatLet,
    Gone,
    Lapsed,
    LeaseDrawnUp,
    Offered,
    OfferFlat,
    OfferLapsed,
    TellApplicant,
    deferred_choice,
)
from telic import Deadline, Ignores, Machine, NoIntent, Topic, transition
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, explore, is_
from tests.examples.patterns.stories import stories

FLAT = Domain().each(FlatId, FlatId("f-1"))
BRANCHES = {"DrawUpLease", "TellApplicant", "AdvertiseFlat"}
EVENT = OfferFlat | AcceptOffer | FlatLet | OfferLapsed | LeaseDrawnUp | ApplicantTold | FlatAdvertised


def all_or_none(world):
    """All three are offered as long as nothing has come, and none afterwards."""
    return {*world.waits} == ({"AcceptOffer", "FlatLet", "OfferLapsed"} if is_(Offered)(world) else set())


OFFERED = always("all are offered, then none", all_or_none)

TestDeferredChoice = suite(
    deferred_choice, domain=FLAT, check=[OFFERED, eventually("it is over in the end", ended)], worlds=5
)


def test_the_event_outside_chooses_and_each_of_them_can():
    chosen = {tuple(word for word in story if word in BRANCHES) for story in stories(deferred_choice, domain=FLAT)}
    assert chosen == {(branch,) for branch in BRANCHES}


def test_nothing_is_begun_before_the_choice():
    told = stories(deferred_choice, domain=FLAT)
    assert {story[:2] for story in told} == {
        ("OfferFlat f-1", "AcceptOffer"),
        ("OfferFlat f-1", "FlatLet f-1"),
        ("OfferFlat f-1", "OfferLapsed"),
    }


class AcceptedAndOffered(Accepted):
    """Goes on waiting for what has not been chosen, and goes there, too."""

    flat: FlatId

    def waits(self) -> tuple[Topic[FlatLet]]:
        return (Topic(fact=FlatLet, name="flats", key=self.flat),)

    @transition
    def give_away(self, event: FlatLet) -> tuple["GoneTwice", TellApplicant]:
        return GoneTwice(), TellApplicant()

    @transition
    def close(self, event: LeaseDrawnUp) -> tuple["ClosedTwice", NoIntent]:
        return ClosedTwice(), NoIntent()


class GoneTwice(Gone):
    ignores = (Ignores(LeaseDrawnUp, why="the flat is gone"),)

    @transition
    def close(self, event: ApplicantTold) -> tuple["ClosedTwice", NoIntent]:
        return ClosedTwice(), NoIntent()


class ClosedTwice(Closed):
    ignores = (Ignores(LeaseDrawnUp, why="the flat is gone"),)


class OfferedStill(Offered):
    @transition
    def accept(self, event: AcceptOffer) -> tuple[AcceptedAndOffered, DrawUpLease]:
        return AcceptedAndOffered(flat=self.flat), DrawUpLease()

    @transition
    def give_away(self, event: FlatLet) -> tuple[GoneTwice, TellApplicant]:
        return GoneTwice(), TellApplicant()

    @transition
    def lapse(self, event: OfferLapsed) -> tuple[ClosedTwice, NoIntent]:
        return ClosedTwice(), NoIntent()


STILL_OFFERED = Machine[
    OfferedStill | AcceptedAndOffered | GoneTwice | ClosedTwice,
    OfferFlat | AcceptOffer | FlatLet | OfferLapsed | LeaseDrawnUp | ApplicantTold,
](name="still_offered")


def test_a_branch_that_stays_open_beside_the_chosen_one_is_noticed():
    assert [one.name for one in explore(STILL_OFFERED, domain=FLAT, check=[OFFERED]).failures] == [OFFERED.name]
    assert any(BRANCHES - {"AdvertiseFlat"} <= {*story} for story in stories(STILL_OFFERED, domain=FLAT))


class OfferedUntilLapsed(Offered):
    """Decides by itself who may choose: only the deadline."""

    def waits(self) -> tuple[Deadline[OfferLapsed]]:
        return (Deadline(at=self.until, event=OfferLapsed()),)


def test_a_choice_that_is_not_offered_is_noticed():
    decided = Machine[OfferedUntilLapsed | Accepted | Gone | Lapsed | Closed, EVENT](name="decided")
    assert OFFERED.name in [one.name for one in explore(decided, domain=FLAT, check=[OFFERED]).failures]
