"""Claims: the first one has it, and it may come back; explored in a ride that drivers are offered."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from telic import Deadline, Fact, FrozenSet, TypedId
from telic.patterns import AnsweredAlready, BadDefinition, Claim, HeldAlready, NobodyLeft, NotAsked, Taken
from telic.testing import suite
from telic.verify import Domain, always, sometimes
from tests.patterns import crowds as c

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class DriverId(TypedId): ...


class Late(Fact): ...


ADA, BEN, CYD = map(DriverId, ("ada", "ben", "cyd"))
Rides = Claim[DriverId]


def test_a_claim_of_nobody_or_of_somebody_twice_is_refused():
    for people, problem in (
        ((), "expected at least one person, got none; do ask somebody"),
        ((ADA, BEN, ADA), "expected each once, got ada twice; do ask once"),
    ):
        with pytest.raises(ValueError, match="^claim: ") as caught:
            Rides.of(*people)
        assert str(caught.value) == f"claim: {problem}"
        assert Rides.over(people) == BadDefinition(what="claim", problem=problem)
    with pytest.raises(ValidationError, match="expected at least one person"):
        Rides(asked=FrozenSet())
    with pytest.raises(ValidationError, match="expected a holder who is asked, got DriverId"):
        Rides(asked=FrozenSet([ADA]), holder=BEN)


def test_the_first_one_has_it():
    claim = Rides.of(ADA, BEN)
    taken = claim.take("ben", NOON)
    assert taken == Taken(BEN, claim.evolve(holder=BEN))
    assert type(taken.by) is DriverId
    assert [taken.claim.take(who, NOON) for who in ("ada", "ben")] == [HeldAlready(holder="ben")] * 2


def test_somebody_who_is_not_asked_or_has_said_no_does_not_get_it():
    claim = Rides.of(ADA, BEN).decline("ada")
    assert [claim.take("ada", NOON), claim.decline("ada")] == [AnsweredAlready(who="ada")] * 2
    assert [claim.take("cyd", NOON), claim.decline("cyd")] == [NotAsked(who="cyd", asked=("ben",))] * 2


def test_when_all_have_said_no_nobody_is_left():
    claim = Rides.of(ADA, BEN).decline("ada")
    assert claim.decline("ben") == NobodyLeft(Rides(asked=FrozenSet(), declined=FrozenSet([ADA, BEN])))


def test_whoever_holds_it_may_give_it_back():
    taken = Rides.of(ADA, BEN, keep=HOUR).take("ada", NOON).claim
    assert taken.release() == Rides.of(ADA, BEN, keep=HOUR)
    back = taken.decline("ada")
    assert (back.holder, back.until, back.asked, back.declined) == (None, None, FrozenSet([BEN]), FrozenSet([ADA]))
    assert taken.decline("ben").holder == ADA


def test_it_may_be_kept_for_a_time():
    claim = Rides.of(ADA, keep=HOUR)
    assert claim.deadline(Late()) == ()
    assert claim.take("ada", NOON).claim.deadline(Late(), key="k") == (Deadline(at=NOON + HOUR, event=Late(), key="k"),)
    assert Rides.of(ADA).take("ada", NOON).claim.deadline(Late()) == ()


moves = st.lists(st.tuples(st.sampled_from(["take", "decline", "release"]), st.sampled_from([ADA, BEN, CYD])))


@given(moves)
def test_one_at_most_has_it_and_nobody_is_forgotten(came):
    claim = Rides.of(ADA, BEN)
    for move, who in came:
        outcome = (
            claim.release() if move == "release" else (claim.take(who, NOON) if move == "take" else claim.decline(who))
        )
        if isinstance(outcome, Taken):
            assert claim.holder is None
            assert outcome.by == outcome.claim.holder == who
        if isinstance(outcome, (Claim, Taken, NobodyLeft)):
            claim = outcome if isinstance(outcome, Claim) else outcome.claim
        assert sorted([*claim.asked, *claim.declined]) == [ADA, BEN]


DRIVERS = Domain().field(c.OfferRide, "drivers", FrozenSet(map(c.DriverId, "ab"))).actors("a", "b", "c")
TestRide = suite(
    c.ride,
    domain=DRIVERS,
    check=[
        sometimes("it comes back", lambda world: isinstance(world.state, c.RideOffered) and world.state.claim.declined),
        always(
            "who has it is asked", lambda world: getattr(getattr(world.state, "claim", None), "holder", None) != "c"
        ),
    ],
    worlds=9,
)
