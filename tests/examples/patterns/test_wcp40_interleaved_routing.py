"""Interleaved Routing: each part once, one at a time, in every order."""

from itertools import permutations
from typing import Self

from examples.patterns.wcp40_interleaved_routing import (
    BringCar,
    ChoosePart,
    Choosing,
    ExaminePart,
    Examining,
    Part,
    PartExamined,
    Passed,
    interleaved_routing,
)
from telic import Machine, NoIntent, transition
from telic.testing import begin, suite
from telic.verify import always, ended, eventually, weak
from tests.examples.patterns.stories import possible, stories

EVENT = BringCar | ChoosePart | PartExamined

TestInterleaving = suite(
    interleaved_routing,
    check=[
        always("one at a time", lambda world: len(world.open) <= 1),
        eventually("the car has passed, if the engineer goes on", ended, fair=weak(ChoosePart)),
    ],
    worlds=20,
)


def orders(machine):
    """The orders in which parts are examined."""
    return {tuple(word.split()[1] for word in story if word.startswith("ExaminePart")) for story in stories(machine)}


def test_every_order_can_be_chosen_and_each_has_every_part_once():
    assert orders(interleaved_routing) == {*permutations(Part)}


def test_nothing_can_be_chosen_while_one_is_examined():
    for world, events in possible(interleaved_routing):
        assert ("ChoosePart" in events) == (not ended(world) and not world.open)
    for story in stories(interleaved_routing):
        turns = [word.split()[0] for word in story if word.startswith(("ExaminePart", "PartExamined"))]
        assert turns == ["ExaminePart", "PartExamined"] * len(Part)


def test_what_is_done_is_not_done_again():
    car = begin(interleaved_routing, BringCar()).when(ChoosePart(part=Part.LIGHTS))
    car.expect(ExaminePart).answer(PartExamined())
    car.when(ChoosePart(part=Part.LIGHTS)).then_rejected("lights is examined already")


class ExaminingBriefly(Examining):
    @transition
    def finish(self, event: PartExamined) -> tuple["ChoosingBriefly", NoIntent] | tuple[Passed, NoIntent]:
        return (ChoosingBriefly(left=self.left), NoIntent()) if len(self.left) > 1 else (Passed(), NoIntent())


class ChoosingBriefly(Choosing):
    @transition
    def choose(self, event: ChoosePart) -> tuple[ExaminingBriefly, ExaminePart] | tuple[Self, NoIntent]:
        if event.part not in self.left:
            return self, NoIntent()
        return ExaminingBriefly(left=self.left.without(event.part)), ExaminePart(part=event.part)


def test_a_part_that_is_left_out_is_noticed():
    brief = Machine[ChoosingBriefly | ExaminingBriefly | Passed, EVENT](name="brief")
    assert orders(brief) != {*permutations(Part)}


class ChoosingInOrder(Choosing):
    @transition
    def choose(self, event: ChoosePart) -> tuple["ExaminingInOrder", ExaminePart] | tuple[Self, NoIntent]:
        if event.part != next(iter(self.left)):
            return self, NoIntent()
        return ExaminingInOrder(left=self.left.without(event.part)), ExaminePart(part=event.part)


class ExaminingInOrder(Examining):
    @transition
    def finish(self, event: PartExamined) -> tuple[ChoosingInOrder, NoIntent] | tuple[Passed, NoIntent]:
        return (ChoosingInOrder(left=self.left), NoIntent()) if self.left else (Passed(), NoIntent())


def test_an_order_that_is_laid_down_is_noticed():
    strict = Machine[ChoosingInOrder | ExaminingInOrder | Passed, EVENT](name="strict")
    assert len(orders(strict)) == 1
