"""Explicit Termination: whoever finds the dog ends the search, well done, and nothing of it goes on."""

from typing import Literal

import pytest

from examples.patterns.wcp43_explicit_termination import (
    CallTaken,
    Found,
    HangPosters,
    MissDog,
    ParkSearched,
    PostersHung,
    Searching,
    SearchKind,
    SearchPark,
    TakeCall,
    explicit_termination,
)
from telic import Batch, FinalState, Ignores, Machine, NoIntent, Withdraw, transition
from telic.kernel.errors import DefinitionError
from telic.kernel.snapshot import Status
from telic.testing import given, suite
from telic.verify import always, ended, eventually, sometimes, strong
from tests.examples.patterns.stories import possible, stories

EVENT = MissDog | ParkSearched | PostersHung | CallTaken
LATE = {SearchPark: ParkSearched(found=True), HangPosters: PostersHung(), TakeCall: CallTaken(found=True)}

TestTermination = suite(
    explicit_termination,
    check=[
        always("nothing is called off before", lambda world: not world.withdrawn),
        sometimes("all is under way", lambda world: len(world.open) == 2),
        eventually("it ends, if somebody finds the dog", ended, fair=strong(ParkSearched, found=True)),
    ],
    worlds=3,
)


def found(machine):
    """The dog is found: by each who can find it, in each world."""
    flows = []
    for world in [one for one, _ in possible(machine) if not ended(one)]:
        finding = [(SearchPark, ParkSearched(found=True)), (TakeCall, CallTaken(found=True))]
        for intent, event in finding:
            if any(isinstance(one, intent) for one in world.open):
                flows.append(given(machine, world.state, open=world.open).when(event))
    assert flows
    return flows


def ends_all(machine):
    """Say whether the instance is over then, and all that is still open has been taken back."""
    return all(
        flow.snapshot.status is Status.ENDED and all(one.withdrawn for one in flow.snapshot.open.values())
        for flow in found(machine)
    )


def test_the_nominated_end_ends_all_of_it_and_counts_as_done():
    assert ends_all(explicit_termination)
    assert {len(flow.snapshot.open) for flow in found(explicit_termination)} == {1}
    assert {story[-2:] for story in stories(explicit_termination)} == {
        ("ParkSearched", "Found"),
        ("CallTaken", "Found"),
    }


def test_what_comes_late_changes_nothing():
    for flow in found(explicit_termination):
        for opened in flow.snapshot.open.values():
            flow.deliver(opened, LATE[type(opened.intent)]).then_ignored("the dog has been found")
        assert (flow.state, len(flow.snapshot.open)) == (Found(), 0)


class SearchingOn(Searching):
    @transition
    def search(self, event: ParkSearched) -> tuple["SearchingOn", SearchPark] | tuple[Found, NoIntent]:
        return (Found(), NoIntent()) if event.found else (self, SearchPark())


class SearchingHalf(Searching):
    @transition
    def hear(self, event: CallTaken) -> tuple["SearchingHalf", TakeCall] | tuple[Found, Batch[Withdraw]]:
        half = Withdraw(every=HangPosters) & Withdraw(every=TakeCall)
        return (Found(), half) if event.found else (self, TakeCall())


@pytest.mark.parametrize("state", [SearchingOn, SearchingHalf])
def test_a_search_that_goes_on_is_noticed(state):
    assert not ends_all(Machine[state | Found, EVENT](name="on"))


class FoundSilently(FinalState):
    kind: Literal[SearchKind.FOUND] = SearchKind.FOUND
    ignores = (Ignores(PostersHung, CallTaken, why="the dog has been found"),)


class SearchingSilently(Searching):
    @transition
    def search(self, event: ParkSearched) -> tuple["SearchingSilently", SearchPark] | tuple[FoundSilently, NoIntent]:
        return (FoundSilently(), NoIntent()) if event.found else (self, SearchPark())

    @transition
    def hear(self, event: CallTaken) -> tuple["SearchingSilently", TakeCall] | tuple[FoundSilently, NoIntent]:
        return (FoundSilently(), NoIntent()) if event.found else (self, TakeCall())


def test_an_end_that_does_not_account_for_what_is_open_is_noticed_where_it_is_defined():
    with pytest.raises(
        DefinitionError, match=r"expected ParkSearched \(an answer to SearchPark\) to be handled or ignored"
    ):
        Machine[SearchingSilently | FoundSilently, EVENT](name="silent")
