"""Milestone: the change is possible exactly while the order is packed, and offered just then."""

from typing import Self

from examples.patterns.wcp18_milestone import (
    Address,
    ChangeAddress,
    CollectPayment,
    OrderPacked,
    OrderPaid,
    OrderShipped,
    Packing,
    PackOrder,
    Paying,
    PlaceOrder,
    ShipOrder,
    Shipped,
    Shipping,
    milestone,
)
from telic import HumanTask, Machine, NoIntent, transition
from telic.kernel.results import NoOpenTask
from telic.testing import begin, suite
from telic.verify import Domain, ended, eventually
from tests.examples.patterns.stories import possible, stories

EVENT = PlaceOrder | ChangeAddress | OrderPaid | OrderPacked | OrderShipped
HOME, WORK = Address("home"), Address("work")
ADDRESSES = Domain().each(Address, HOME, WORK)

TestMilestone = suite(milestone, domain=ADDRESSES, check=[eventually("it is shipped", ended)], worlds=8)


def exactly_at(state, machine):
    """Say whether the activity is offered, and possible, in this state and in no other."""
    told = possible(machine, domain=ADDRESSES)
    return all(
        ("ChangeAddress" in events) == ("ChangeAddress" in world.waits) == isinstance(world.state, state)
        for world, events in told
    )


def test_the_activity_is_possible_while_the_state_lasts_and_not_a_moment_longer():
    assert exactly_at(Packing, milestone)


def test_before_and_after_the_milestone_it_is_rejected():
    nobody_asks = NoOpenTask(command="ChangeAddress")
    paying = begin(milestone, PlaceOrder(address=HOME))
    paying.when(ChangeAddress(address=WORK)).then_rejected(nobody_asks)
    shipping = paying.expect(CollectPayment).answer(OrderPaid()).expect(PackOrder).answer(OrderPacked())
    shipping.when(ChangeAddress(address=WORK)).then_rejected(nobody_asks).assert_state(Shipping, address=HOME)


def test_it_may_be_done_or_left_and_the_order_goes_on():
    changed = {
        any(word.startswith("ChangeAddress") for word in story) for story in stories(milestone, domain=ADDRESSES)
    }
    assert changed == {True, False}


class Asked(Shipping):
    def waits(self) -> tuple[HumanTask[ChangeAddress]]:
        return (HumanTask(answer=ChangeAddress),)

    @transition
    def change_address(self, event: ChangeAddress) -> tuple[Self, NoIntent]:
        return self.evolve(address=event.address), NoIntent()


class PackingThenAsked(Packing):
    @transition
    def ship(self, event: OrderPacked) -> tuple[Asked, ShipOrder]:
        return Asked(address=self.address), ShipOrder(address=self.address)


class PayingThenAsked(Paying):
    @transition
    def pack(self, event: OrderPaid) -> tuple[PackingThenAsked, PackOrder]:
        return PackingThenAsked(address=self.address), PackOrder()


def test_a_change_beyond_the_milestone_is_noticed():
    late = Machine[PayingThenAsked | PackingThenAsked | Asked | Shipped, EVENT](name="late")
    assert not exactly_at(Packing, late)
