"""General Synchronizing Merge: it is printed when no page can come any more, and then at once."""

from typing import Self

from examples.patterns.wcp38_general_synchronizing_merge import (
    BOTH,
    BookPrinted,
    GivenUp,
    MakeBook,
    MakePages,
    Making,
    OtherLacking,
    PagesDropped,
    PagesMade,
    PrintBook,
    Printed,
    Printing,
    general_synchronizing_merge,
)
from telic import Machine, NoIntent, transition
from telic.testing import suite
from telic.verify import Verdict, always, explore, is_
from tests.examples.patterns.stories import stories

EVENT = MakeBook | PagesMade | PagesDropped | OtherLacking | BookPrinted


def knows_what_can_come(world):
    """What is under way, as the state has it, is what is open; and it waits for nothing else."""
    making = {one.branch for one in world.open if isinstance(one, MakePages)}
    return making == {*world.state.under_way} != set() if is_(Making)(world) else not making


TestMerge = suite(
    general_synchronizing_merge,
    check=[
        always("it knows what can still come", knows_what_can_come),
    ],
    worlds=10,
)


def merges(story):
    """Say whether it goes on, or is given up, in the step with which the last branch ends; and in no other."""
    under_way, begun = set(), story.index("MakeBook")
    for place, word in enumerate(story):
        name, _, branch = word.partition(" ")
        if name == "MakePages":
            under_way.add(branch)
        elif name in ("PagesMade", "PagesDropped"):
            under_way.discard(branch)
            goes_on = story[place + 1] in ("PrintBook", "GivenUp")
            if goes_on != (not under_way):
                return False
    return begun == 0


def test_it_goes_on_when_nothing_can_come_any_more_and_not_before():
    assert all(map(merges, stories(general_synchronizing_merge)))


def test_a_branch_may_run_again_or_for_the_first_time_before_the_merge():
    told = stories(general_synchronizing_merge)
    again = [story for story in told if any(word.startswith("OtherLacking") for word in story)]
    assert again
    assert all(sum(word.startswith("MakePages") for word in story) > 1 for story in again)
    assert {story[-1] for story in told} == {"Printed", "GivenUp"}


class MakingHastily(Making):
    @transition
    def arrive(self, event: PagesMade) -> tuple[Printing, PrintBook]:
        return Printing(), PrintBook(pages=self.arrived.put(event.branch))


class MakingStrictly(Making):
    @transition
    def arrive(self, event: PagesMade) -> tuple[Self, NoIntent] | tuple[Printing, PrintBook]:
        under_way, arrived = self.under_way.without(event.branch), self.arrived.put(event.branch)
        if arrived != BOTH:
            return self.evolve(under_way=under_way, arrived=arrived), NoIntent()
        return Printing(), PrintBook(pages=arrived)


def with_merge(state):
    return explore(Machine[state | Printing | Printed | GivenUp, EVENT](name="wrong"))


def test_a_merge_with_the_first_that_comes_is_noticed():
    assert with_merge(MakingHastily).check("false claim").verdict is Verdict.REFUTED


def test_a_wait_for_what_cannot_come_is_noticed():
    assert with_merge(MakingStrictly).check("stuck").verdict is Verdict.REFUTED
