"""Cancelling Partial Join for Multiple Instances: two finds are enough, and all other divers come up."""

from typing import Self

import pytest

from examples.patterns.wcp35_cancelling_partial_join_for_multiple_instances import (
    NEEDED,
    Diving,
    PartFound,
    Place,
    Salvaged,
    SalvageWreck,
    Salvaging,
    SearchWreck,
    SendDiver,
    WreckSalvaged,
    cancelling_partial_join_for_multiple_instances,
)
from telic import FrozenSet, Machine, NoIntent, transition
from telic.testing import begin, suite
from telic.verify import Domain, always, ended, eventually, explore, is_
from tests.examples.patterns.stories import stories

EVENT = SearchWreck | PartFound | WreckSalvaged
PLACES = [Place(name) for name in ("a", "b", "c", "d")]


def known(*numbers):
    return Domain().field(SearchWreck, "places", *(FrozenSet(PLACES[:number]) for number in numbers))


def not_beyond_its_state(world):
    return is_(Diving)(world) or all(one in world.withdrawn for one in world.open if isinstance(one, SendDiver))


STOPPED = always("nobody dives for nothing", not_beyond_its_state)

TestPartialJoin = suite(
    cancelling_partial_join_for_multiple_instances,
    domain=known(1, 2, 3, 4),
    check=[STOPPED, eventually("the wreck is salvaged", ended)],
    worlds=67,
)


def joins(story):
    """Say whether the second find goes on, once, and exactly those that are left are called off in that step."""
    finds = [place for place, word in enumerate(story) if word.startswith("PartFound")]
    second = finds[NEEDED - 1]
    sent = {word.split()[1] for word in story if word.startswith("SendDiver")}
    found = {story[place].split()[1] for place in finds[:NEEDED]}
    off = {word.split()[-1] for word in story[second:] if word.startswith("withdraw SendDiver")}
    return off == sent - found and story[second + 1 + len(off)] == "SalvageWreck" and story.count("SalvageWreck") == 1


@pytest.mark.parametrize("number", [2, 3])
def test_so_many_go_on_and_the_others_are_called_off(number):
    told = stories(cancelling_partial_join_for_multiple_instances, domain=known(number))
    assert all(map(joins, told))
    assert {sum(word.startswith("withdraw") for word in story) for story in told} == {number - NEEDED}


def test_fewer_than_are_needed_are_refused():
    search = begin(cancelling_partial_join_for_multiple_instances, SearchWreck(places=FrozenSet(PLACES[:1])))
    search.then_rejected("expected 2 places, got 1; do name more")


class DivingOn(Diving):
    @transition
    def join(self, event: PartFound) -> tuple[Self, NoIntent] | tuple[Salvaging, SalvageWreck]:
        found = self.found.put(event.place)
        if len(found) < NEEDED:
            return self.evolve(found=found), NoIntent()
        return Salvaging(), SalvageWreck(places=found)


def test_a_join_that_calls_nobody_off_is_noticed():
    lazy = Machine[DivingOn | Salvaging | Salvaged, EVENT](name="lazy")
    assert [one.name for one in explore(lazy, domain=known(1, 3), check=[STOPPED]).failures] == [STOPPED.name]
    assert not any(map(joins, stories(lazy, domain=known(3))))
