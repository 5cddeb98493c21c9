"""Multiple Instances with a Priori Run-Time Knowledge: as many as were read, all at once, then the join."""

from typing import Self

import pytest

from examples.patterns.wcp14_multiple_instances_with_a_priori_run_time_knowledge import (
    Closed,
    CloseParcel,
    Closing,
    Item,
    ItemPacked,
    OrderRead,
    Packing,
    PackItem,
    PackOrder,
    ParcelClosed,
    Reading,
    multiple_instances_with_a_priori_run_time_knowledge,
)
from telic import FrozenSet, Machine, Many, NoIntent, transition
from telic.testing import suite
from telic.verify import Domain, Verdict, ended, eventually, explore
from tests.examples.patterns.stories import stories

EVENT = PackOrder | OrderRead | ItemPacked | ParcelClosed
ITEMS = [Item(name) for name in ("a", "b", "c")]
ORDERS = Domain().each(Item, *ITEMS)

TestInstances = suite(
    multiple_instances_with_a_priori_run_time_knowledge,
    domain=ORDERS,
    check=[eventually("the parcel is closed", ended)],
    worlds=10,
)


def read(*items):
    return Domain().field(OrderRead, "items", FrozenSet(items))


def joins(story, items):
    """Say whether all begin in the step in which they are known, and the join fires once, after all."""
    known = story.index("OrderRead") + 1
    begun = story[known : known + len(items)] == tuple(f"PackItem {one}" for one in items)
    packed = {f"ItemPacked {one}" for one in items}
    return (
        begun
        and story.count("CloseParcel") == 1
        and packed == {*story[known + len(items) : story.index("CloseParcel")]}
    )


@pytest.mark.parametrize(("number", "orders"), [(0, 1), (1, 1), (2, 2), (3, 6)])
def test_as_many_begin_as_the_order_has_items_and_are_joined_in_any_order(number, orders):
    items = ITEMS[:number]
    told = stories(multiple_instances_with_a_priori_run_time_knowledge, domain=read(*items))
    assert all(joins(story, items) for story in told)
    assert len(told) == orders


class PackingTwo(Packing):
    @transition
    def join(self, event: ItemPacked) -> tuple[Self, NoIntent] | tuple[Closing, CloseParcel]:
        missing = self.missing.without(event.item)
        return (self.evolve(missing=missing), NoIntent()) if len(missing) > 1 else (Closing(), CloseParcel())


class ReadingForTwo(Reading):
    @transition
    def divide(self, event: OrderRead) -> tuple[PackingTwo, Many[PackItem]] | tuple[Closing, CloseParcel]:
        if not event.items:
            return Closing(), CloseParcel()
        return PackingTwo(missing=event.items), Many.of(PackItem(item=one) for one in event.items)


def test_a_join_that_leaves_one_out_is_noticed():
    two = Machine[ReadingForTwo | PackingTwo | Closing | Closed, EVENT](name="two")
    assert explore(two, domain=ORDERS).check("false claim").verdict is Verdict.REFUTED


class ReadingTwice(Reading):
    @transition
    def divide(self, event: OrderRead) -> tuple[Packing, Many[PackItem]]:
        return Packing(missing=event.items), Many.of(PackItem(item=one) for one in event.items)


def test_an_order_without_items_that_is_waited_for_is_noticed():
    endless = Machine[ReadingTwice | Packing | Closing | Closed, EVENT](name="endless")
    assert explore(endless, domain=ORDERS).check("stuck").verdict is Verdict.REFUTED
    assert not any(joins(story, []) for story in stories(endless, domain=read()))


class ReadingTheFirst(Reading):
    @transition
    def divide(self, event: OrderRead) -> tuple[Packing, Many[PackItem]] | tuple[Closing, CloseParcel]:
        if not event.items:
            return Closing(), CloseParcel()
        first = FrozenSet([*event.items][:1])
        return Packing(missing=first), Many.of(PackItem(item=one) for one in first)


def test_a_fixed_number_is_noticed():
    fixed = Machine[ReadingTheFirst | Packing | Closing | Closed, EVENT](name="fixed")
    assert [all(joins(story, ITEMS[:n]) for story in stories(fixed, domain=read(*ITEMS[:n]))) for n in range(4)] == [
        *(True, True),
        *(False, False),
    ]
