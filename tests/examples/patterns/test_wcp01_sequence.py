"""Sequence: what comes second never begins before what comes first has ended."""

from typing import Self

from examples.patterns.wcp01_sequence import (
    BakeCake,
    Baking,
    CakeBaked,
    CakeDecorated,
    DecorateCake,
    OrderCake,
    Ready,
    sequence,
)
from telic import Batch, Machine, NoIntent, start, transition
from telic.testing import suite
from telic.verify import ended, eventually
from tests.examples.patterns.stories import in_order, stories

TestSequence = suite(sequence, check=[eventually("the cake gets ready", ended)], worlds=3)


def one_after_the_other(story):
    return in_order(story, "BakeCake", "CakeBaked", "DecorateCake", "CakeDecorated")


def test_there_is_one_story_and_it_is_told_in_order():
    assert stories(sequence) == {("OrderCake", "BakeCake", "CakeBaked", "DecorateCake", "CakeDecorated", "Ready")}
    assert all(map(one_after_the_other, stories(sequence)))


class BothDone(Ready):
    settles = (BakeCake, DecorateCake)


class BakingAndDecorating(Baking):
    baked: bool = False

    @classmethod
    @start
    def order(cls, event: OrderCake) -> tuple[Self, Batch[BakeCake | DecorateCake]]:
        return cls(), BakeCake() & DecorateCake()

    @transition
    def decorate(self, event: CakeBaked) -> tuple[Self, NoIntent] | tuple[BothDone, NoIntent]:
        return self._after()

    @transition
    def finish(self, event: CakeDecorated) -> tuple[Self, NoIntent] | tuple[BothDone, NoIntent]:
        return self._after()

    def _after(self):
        return (BothDone(), NoIntent()) if self.baked else (self.evolve(baked=True), NoIntent())


def test_decorating_while_baking_is_noticed():
    both_at_once = Machine[BakingAndDecorating | BothDone, OrderCake | CakeBaked | CakeDecorated](name="both_at_once")
    assert not any(map(one_after_the_other, stories(both_at_once)))
