"""Cancel Region: what belongs to the party is called off together, and the hall is not."""

from examples.patterns.wcp25_cancel_region import (
    PARTY,
    BandHeard,
    BandHired,
    BookHall,
    CallOffParty,
    FoodOrdered,
    HallBooked,
    HavingHall,
    HearBand,
    HireBand,
    OrderFood,
    PlanJubilee,
    Preparing,
    Ready,
    WithoutParty,
    cancel_region,
)
from telic import Batch, Machine, Withdraw, transition
from telic.testing import given, suite
from telic.verify import Verdict, always, ended, eventually, explore, is_, sometimes
from tests.examples.patterns.stories import possible, stories

EVENT = PlanJubilee | CallOffParty | HallBooked | FoodOrdered | BandHeard | BandHired
ANSWERS = {OrderFood: FoodOrdered, HearBand: BandHeard, HireBand: BandHired, BookHall: HallBooked}


def party_is_off(world):
    """Once it is called off, nothing of the party goes on, and the hall does."""
    going_on = [one for one in world.open if one not in world.withdrawn]
    return not is_(WithoutParty)(world) or going_on == [BookHall()]


def hall_goes_on(world):
    return BookHall() not in world.withdrawn


OFF = always("nothing of the party goes on, and the hall does", party_is_off)
HALL = always("the hall is never called off", hall_goes_on)

TestCancelRegion = suite(
    cancel_region,
    check=[
        OFF,
        HALL,
        sometimes("the band is called off before it was hired", lambda world: HearBand() in world.withdrawn),
        sometimes("the band is called off while it is hired", lambda world: HireBand() in world.withdrawn),
        eventually("the jubilee is ready", ended),
    ],
    worlds=27,
)


def called_off(machine):
    """Each world in which the party can be called off, after that."""
    worlds = [world for world, events in possible(machine) if "CallOffParty" in events]
    assert worlds
    return [given(machine, world.state, open=world.open).when(CallOffParty()) for world in worlds]


def calls_off_the_region(machine):
    """Say whether in each of them all is withdrawn that belongs to the region, and nothing else."""
    return all(
        one.withdrawn == (one.intent != BookHall())
        for flow in called_off(machine)
        for one in flow.snapshot.open.values()
    )


def test_the_region_is_called_off_wherever_it_stands_and_nothing_else():
    assert calls_off_the_region(cancel_region)
    assert {len(flow.snapshot.open) for flow in called_off(cancel_region)} == {1, 2, 3}


def test_nothing_begins_in_the_region_any_more_and_the_rest_goes_on():
    for story in (one for one in stories(cancel_region) if "CallOffParty" in one):
        after = story[story.index("CallOffParty") + 1 :]
        assert not {"OrderFood", "HearBand", "HireBand"} & {*after}
        assert "HallBooked" in story
        assert story[-1] == "Ready"


def test_what_comes_late_of_the_region_changes_nothing():
    for flow in called_off(cancel_region):
        before = flow.state
        for opened in [one for one in flow.snapshot.open.values() if one.withdrawn]:
            flow.deliver(opened, ANSWERS[type(opened.intent)]()).then_ignored("the party was called off")
        assert flow.state == before


class PreparingHalf(Preparing):
    @transition
    def call_off(self, event: CallOffParty) -> tuple[WithoutParty, Batch[Withdraw]]:
        return WithoutParty(), Withdraw(every=OrderFood) & Withdraw(every=HireBand)


class PreparingAll(Preparing):
    @transition
    def call_off(self, event: CallOffParty) -> tuple[WithoutParty, Batch[Withdraw]]:
        return WithoutParty(), PARTY & Withdraw(every=BookHall)


def with_first(state):
    return Machine[state | HavingHall | WithoutParty | Ready, EVENT](name="wrong")


def test_a_region_that_half_goes_on_is_noticed():
    half = with_first(PreparingHalf)
    assert not calls_off_the_region(half)
    assert [one.name for one in explore(half, check=[OFF, HALL]).failures] == [OFF.name]


def test_a_call_off_beyond_the_region_is_noticed():
    everything = with_first(PreparingAll)
    assert not calls_off_the_region(everything)
    report = explore(everything, check=[OFF, HALL])
    assert report.check("stuck").verdict is Verdict.REFUTED
    assert report.check(HALL.name).verdict is Verdict.REFUTED
