"""Dynamic Partial Join for Multiple Instances: the bell is cast with the gift that makes them enough."""

from itertools import accumulate, product
from typing import Self

from examples.patterns.wcp36_dynamic_partial_join_for_multiple_instances import (
    PRICE,
    AskGift,
    BeginCollection,
    BellCast,
    Cast,
    CastBell,
    Casting,
    Collecting,
    GiftMade,
    Giver,
    NameGiver,
    dynamic_partial_join_for_multiple_instances,
)
from telic import Machine, NoIntent, transition
from telic.testing import begin, suite
from telic.verify import Domain, ended, is_, leads_to
from tests.examples.patterns.stories import stories

EVENT = BeginCollection | NameGiver | GiftMade | BellCast
GIVERS = [Giver(name) for name in ("a", "b", "c")]
NAMED = Domain().each(Giver, *GIVERS)

TestPartialJoin = suite(
    dynamic_partial_join_for_multiple_instances,
    domain=NAMED,
    check=[leads_to("it is cast when it is paid for", is_(Casting), ended)],
    worlds=42,
)


def cast_with(machine, amounts):
    """With the how-manieth gift the bell is cast, if with any; whoever gives is named when the gift before is there."""
    flow = begin(machine, BeginCollection(giver=GIVERS[0]))
    for number, amount in enumerate(amounts):
        if number:
            flow.when(NameGiver(giver=GIVERS[number]))
        flow.expect(AskGift).answer(GiftMade(giver=GIVERS[number], amount=amount))
        if any(isinstance(one.intent, CastBell) for one in flow.snapshot.open.values()):
            return number + 1
    return None


def expected(amounts):
    return next((number for number, total in enumerate(accumulate(amounts), 1) if total >= PRICE), None)


ALL_AMOUNTS = [*product((1, 2), repeat=3), (1,), (2,), (1, 1)]


def test_at_each_gift_it_is_decided_anew_whether_they_are_enough():
    found = [cast_with(dynamic_partial_join_for_multiple_instances, one) for one in ALL_AMOUNTS]
    assert found == [expected(one) for one in ALL_AMOUNTS]
    assert {*found} == {2, 3, None}


def test_more_are_asked_before_and_after_others_have_given_and_nobody_afterwards():
    told = stories(dynamic_partial_join_for_multiple_instances, domain=NAMED)
    assert {story.count("CastBell") for story in told} == {1}
    for story in told:
        assert not any(word.startswith("NameGiver") for word in story[story.index("CastBell") :])
    late = [any(word.startswith("GiftMade") for word in story[: named_last(story)]) for story in told]
    assert {*late} == {True, False}


def named_last(story):
    return max((place for place, word in enumerate(story) if word.startswith("NameGiver")), default=0)


def test_gifts_that_come_later_have_no_effect():
    flow = begin(dynamic_partial_join_for_multiple_instances, BeginCollection(giver=GIVERS[0]))
    flow.when(NameGiver(giver=GIVERS[1])).when(NameGiver(giver=GIVERS[2]))
    flow.when(NameGiver(giver=GIVERS[2])).then_rejected("c has been asked already")
    for giver in GIVERS[:2]:
        flow.expect(AskGift, giver=giver).answer(GiftMade(giver=giver, amount=2))
    assert flow.state == Casting()
    flow.when(NameGiver(giver=Giver("d"))).then_rejected()
    flow.expect(AskGift).answer(GiftMade(giver=GIVERS[2], amount=2)).then_ignored("it goes to the poor")


class CollectingFromTwo(Collecting):
    @transition
    def join(self, event: GiftMade) -> tuple[Self, NoIntent] | tuple[Casting, CastBell]:
        gifts = self.gifts.put(event.giver, event.amount)
        return (self.evolve(gifts=gifts), NoIntent()) if len(gifts) < 2 else (Casting(), CastBell())


def test_a_number_that_was_fixed_beforehand_is_noticed():
    fixed = Machine[CollectingFromTwo | Casting | Cast, EVENT](name="fixed")
    assert [cast_with(fixed, one) for one in ALL_AMOUNTS] != [expected(one) for one in ALL_AMOUNTS]
