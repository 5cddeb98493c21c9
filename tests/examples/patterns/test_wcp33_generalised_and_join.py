"""Generalised AND-Join: as many bicycles as there are frames and wheels for; what comes early is kept."""

from itertools import product

from examples.patterns.wcp33_generalised_and_join import (
    BicycleMounted,
    Closed,
    CloseShop,
    DeliverFrame,
    DeliverWheels,
    Empty,
    HavingFrame,
    HavingWheels,
    MountBicycle,
    Mounting,
    OpenShop,
    generalised_and_join,
)
from telic import Ignore, Machine, NoIntent, transition
from telic.testing import begin, suite
from telic.verify import always, is_, leads_to, weak

EVENT = OpenShop | DeliverFrame | DeliverWheels | CloseShop | BicycleMounted


def keeps_its_own_kind(world):
    """A frame that is there is not kept beside a need for one, nor are wheels."""
    if is_(HavingFrame)(world):
        return all(isinstance(one, DeliverFrame) for one in world.deferred)
    if is_(HavingWheels)(world):
        return all(isinstance(one, DeliverWheels) for one in world.deferred)
    return is_(Mounting)(world) or not world.deferred


KEPT = always("nothing is kept that could be used", keeps_its_own_kind)

TestAndJoin = suite(
    generalised_and_join,
    check=[
        KEPT,
        leads_to("a frame comes to be used", is_(HavingFrame), is_(Mounting), fair=weak(DeliverWheels)),
        leads_to("wheels come to be used", is_(HavingWheels), is_(Mounting), fair=weak(DeliverFrame)),
    ],
    worlds=15,
)

DELIVERIES = [
    delivered for length in range(1, 7) for delivered in product((DeliverFrame, DeliverWheels), repeat=length)
]


def bicycles(machine, delivered, *, at_once):
    """How many there are after these deliveries, mounted after each of them or when all are there."""
    shop, mounted = begin(machine, OpenShop()), 0
    for number, delivery in enumerate(delivered, 1):
        shop.when(delivery())
        while shop.snapshot.open and (at_once or number == len(delivered)):
            shop.expect(MountBicycle).answer(BicycleMounted())
            mounted += 1
    return mounted


def as_many_as_can_be(delivered):
    return min(delivered.count(DeliverFrame), delivered.count(DeliverWheels))


def test_there_are_as_many_as_can_be_in_whichever_order_things_come():
    for at_once in (True, False):
        assert all(bicycles(generalised_and_join, one, at_once=at_once) == as_many_as_can_be(one) for one in DELIVERIES)


class HavingOneFrameOnly(HavingFrame):
    @transition
    def keep(self, event: DeliverFrame) -> tuple["HavingOneFrameOnly", Ignore]:
        return self, Ignore("there is one")

    @transition
    def join(self, event: DeliverWheels) -> tuple["MountingOnly", MountBicycle]:
        return MountingOnly(), MountBicycle()


class EmptyOnly(Empty):
    @transition
    def take_frame(self, event: DeliverFrame) -> tuple[HavingOneFrameOnly, NoIntent]:
        return HavingOneFrameOnly(), NoIntent()

    @transition
    def take_wheels(self, event: DeliverWheels) -> tuple["HavingWheelsOnly", NoIntent]:
        return HavingWheelsOnly(), NoIntent()


class HavingWheelsOnly(HavingWheels):
    @transition
    def join(self, event: DeliverFrame) -> tuple["MountingOnly", MountBicycle]:
        return MountingOnly(), MountBicycle()


class MountingOnly(Mounting):
    @transition
    def reset(self, event: BicycleMounted) -> tuple[EmptyOnly, NoIntent]:
        return EmptyOnly(), NoIntent()


def test_a_join_that_forgets_what_comes_early_is_noticed():
    forgetful = Machine[EmptyOnly | HavingOneFrameOnly | HavingWheelsOnly | MountingOnly | Closed, EVENT](name="one")
    assert not all(bicycles(forgetful, one, at_once=True) == as_many_as_can_be(one) for one in DELIVERIES)
