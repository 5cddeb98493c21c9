"""Cancelling Partial Join: with the second offer it goes on, and nobody else calculates any longer."""

from typing import Self

from examples.patterns.wcp32_cancelling_partial_join import (
    NEEDED,
    PRINTERS,
    Asking,
    AskOffer,
    CompareOffers,
    Comparing,
    OfferMade,
    OffersCompared,
    Ordered,
    PlanPoster,
    cancelling_partial_join,
)
from telic import Batch, FrozenSet, Machine, NoIntent, Withdraw, transition
from telic.testing import suite
from telic.verify import always, ended, eventually, explore, is_, sometimes
from tests.examples.patterns.stories import stories

EVENT = PlanPoster | OfferMade | OffersCompared


def not_beyond_its_state(world):
    return is_(Asking)(world) or all(one in world.withdrawn for one in world.open if isinstance(one, AskOffer))


def compares_two(world):
    return all(len(one.offers) == NEEDED for one in world.open if isinstance(one, CompareOffers))


STOPPED = always("nobody calculates for nothing", not_beyond_its_state)
TWO = always("two offers are compared", compares_two)

TestPartialJoin = suite(
    cancelling_partial_join,
    check=[
        STOPPED,
        TWO,
        sometimes("one is called off", lambda world: len(world.withdrawn) == len(PRINTERS) - NEEDED),
        eventually("the poster is ordered", ended),
    ],
    worlds=14,
)


def joins(story):
    """Say whether with the second offer it goes on, once, and whoever is left is called off in that step."""
    offers = [place for place, word in enumerate(story) if word.startswith("OfferMade")]
    if len(offers) < NEEDED:
        return False
    second = offers[NEEDED - 1]
    first = {story[place].split()[1] for place in offers[:NEEDED]}
    off = {word.split()[-1] for word in story[second:] if word.startswith("withdraw AskOffer")}
    return off == {*PRINTERS} - first and story[second + 2] == "CompareOffers" and story.count("CompareOffers") == 1


def test_the_second_goes_on_whichever_it_is_and_the_others_are_called_off():
    told = stories(cancelling_partial_join)
    assert all(map(joins, told))
    assert {word for story in told for word in story if word.startswith("withdraw")} == {
        f"withdraw AskOffer {one}" for one in PRINTERS
    }


class AskingOn(Asking):
    @transition
    def join(self, event: OfferMade) -> tuple[Self, NoIntent] | tuple[Comparing, CompareOffers]:
        offers = self.offers.put(event.printer)
        if len(offers) < NEEDED:
            return self.evolve(offers=offers), NoIntent()
        return Comparing(), CompareOffers(offers=offers)


class AskingOne(Asking):
    @transition
    def join(self, event: OfferMade) -> tuple[Comparing, Batch[Withdraw | CompareOffers]]:
        return Comparing(), Withdraw(every=AskOffer) & CompareOffers(offers=FrozenSet((event.printer,)))


def wrong(state):
    machine = Machine[state | Comparing | Ordered, EVENT](name="wrong")
    assert not any(map(joins, stories(machine)))
    return [one.name for one in explore(machine, check=[STOPPED, TWO]).failures]


def test_a_join_that_calls_nobody_off_is_noticed():
    assert wrong(AskingOn) == [STOPPED.name]


def test_a_join_that_waits_for_one_only_is_noticed():
    assert wrong(AskingOne) == [TWO.name]
