"""Complete Multiple Instance Activity: closed early, the wine is ranked by the points that are there by then."""

from typing import NamedTuple

from examples.patterns.wcp27_complete_multiple_instance_activity import (
    JURORS,
    CloseTasting,
    PourWine,
    Ranked,
    Ranking,
    RankWine,
    TasteWine,
    Tasting,
    WineRanked,
    WineTasted,
    complete_multiple_instance_activity,
)
from telic import Batch, FrozenMap, Machine, Withdraw, transition
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, explore, is_, sometimes
from tests.examples.patterns.stories import stories

EVENT = PourWine | CloseTasting | WineTasted | WineRanked
ONE_OPINION = Domain().field(WineTasted, "points", 1)


class Given(NamedTuple):
    """The points that were given before the tasting was over."""

    points: FrozenMap = FrozenMap()
    closed: bool = False

    def fold(self, event):
        if isinstance(event, WineTasted) and not self.closed:
            return self._replace(points=self.points.put(event.juror, event.points))
        return self._replace(closed=True) if isinstance(event, CloseTasting) else self


def ranked_by_what_was_there(world):
    return all(one.points == world.ghost.points for one in world.open if isinstance(one, RankWine))


def not_beyond_its_state(world):
    return is_(Tasting)(world) or all(one in world.withdrawn for one in world.open if isinstance(one, TasteWine))


BY_WHAT_WAS_THERE = always("it is ranked by what was there", ranked_by_what_was_there)
STOPPED = always("nobody tastes for nothing", not_beyond_its_state)
ASKED = [BY_WHAT_WAS_THERE, STOPPED]

TestCompleteInstances = suite(
    complete_multiple_instance_activity,
    ghost=Given(),
    check=[
        *ASKED,
        *(
            sometimes(f"with the points of {number}", lambda world, number=number: has_points_of(world, number))
            for number in range(4)
        ),
        eventually("the wine is ranked, if all taste", ended),
    ],
)


def has_points_of(world, number):
    return any(isinstance(one, RankWine) and len(one.points) == number for one in world.open)


def completes(story):
    """Say whether the activity is completed by the chair or the last juror, and goes on in that step, once."""
    by = story.index("CloseTasting") if "CloseTasting" in story else last_of(story)
    tasted = sum(word.startswith("WineTasted") for word in story[:by])
    off = sum(word.startswith("withdraw") for word in story[by:])
    next_words = [word for word in story[by + 1 :] if not word.startswith("withdraw")]
    return next_words[0] == "RankWine" and ("CloseTasting" not in story or tasted + off == len(JURORS))


def last_of(story):
    return max(place for place, word in enumerate(story) if word.startswith("WineTasted"))


def test_all_that_have_not_ended_are_called_off_and_it_goes_on_in_the_same_step():
    told = stories(complete_multiple_instance_activity, domain=ONE_OPINION)
    assert all(map(completes, told))
    assert {"CloseTasting" in story for story in told} == {True, False}


class TastingOn(Tasting):
    @transition
    def close(self, event: CloseTasting) -> tuple[Ranking, RankWine]:
        return Ranking(), RankWine(points=self.points)


class TastingForNothing(Tasting):
    @transition
    def close(self, event: CloseTasting) -> tuple[Ranking, Batch[Withdraw | RankWine]]:
        return Ranking(), Withdraw(every=TasteWine) & RankWine(points=FrozenMap())


def wrong(state):
    machine = Machine[state | Ranking | Ranked, EVENT](name="wrong")
    return [one.name for one in explore(machine, domain=ONE_OPINION, ghost=Given(), check=ASKED).failures]


def test_a_tasting_that_goes_on_is_noticed():
    assert wrong(TastingOn) == [STOPPED.name]


def test_points_that_are_forgotten_are_noticed_as_an_activity_that_was_cancelled_is_noticed():
    assert wrong(TastingForNothing) == [BY_WHAT_WAS_THERE.name]
