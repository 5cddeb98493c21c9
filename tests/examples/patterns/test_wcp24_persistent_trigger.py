"""Persistent Trigger: a key that is handed in early is kept, and taken when it is asked for."""

from examples.patterns.wcp24_persistent_trigger import (
    AwaitingKey,
    DepositReturned,
    FlatInspected,
    HandInKey,
    InspectFlat,
    Inspecting,
    MovedOut,
    MoveOut,
    Returning,
    persistent_trigger,
)
from telic import Ignore, Machine, Reject, transition
from telic.testing import begin, suite
from telic.verify import ended, eventually, weak
from tests.examples.patterns.stories import stories

EVENT = MoveOut | HandInKey | FlatInspected | DepositReturned

TestPersistentTrigger = suite(
    persistent_trigger, check=[eventually("it is over, if the key comes", ended, fair=weak(HandInKey))], worlds=6
)


def once_both_are_there(story):
    """Say whether the deposit is returned in the step with which inspection and key are there, and once."""
    both = max(story.index("FlatInspected"), story.index("HandInKey"))
    return story[both + 1] == "ReturnDeposit" and story.count("ReturnDeposit") == 1


def early(machine):
    """Whether the key comes before it is asked for, of each story."""
    return {story.index("HandInKey") < story.index("FlatInspected") for story in stories(machine)}


def test_the_key_sets_off_the_return_whether_it_comes_early_or_in_time():
    assert all(map(once_both_are_there, stories(persistent_trigger)))
    assert early(persistent_trigger) == {True, False}


def test_an_early_key_is_kept_until_the_inspection_is_over():
    move = begin(persistent_trigger, MoveOut())
    move.when(HandInKey()).then_deferred()
    assert [one.event for one in move.snapshot.parked] == [HandInKey()]
    move.expect(InspectFlat).answer(FlatInspected())
    assert (move.state, move.snapshot.parked) == (Returning(), ())


class InspectingForgetfully(Inspecting):
    @transition
    def keep(self, event: HandInKey) -> tuple["InspectingForgetfully", Ignore]:
        return self, Ignore("nobody is there to take it")


class InspectingStrictly(Inspecting):
    @transition
    def keep(self, event: HandInKey) -> tuple["InspectingStrictly", Reject]:
        return self, Reject("come back later")


def test_a_key_that_has_to_be_handed_in_again_is_noticed():
    for wrong in (InspectingForgetfully, InspectingStrictly):
        assert early(Machine[wrong | AwaitingKey | Returning | MovedOut, EVENT](name="wrong")) == {False}
