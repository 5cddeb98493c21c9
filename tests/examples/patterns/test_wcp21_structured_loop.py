"""Structured Loop: as many rounds as the condition says, tested before (cups) or after (sugar)."""

import re
from typing import Self

import pytest

from examples.patterns.wcp21_structured_loop import (
    SPOONS_MAX,
    AddSugar,
    BrewCup,
    Brewing,
    CupBrewed,
    MakeTea,
    Served,
    SugarAdded,
    Sweetening,
    structured_loop,
)
from telic import Machine, NoIntent, start, transition
from telic.testing import suite
from telic.verify import Domain, ended, eventually
from tests.examples.patterns.stories import stories

EVENT = MakeTea | CupBrewed | SugarAdded

TestStructuredLoop = suite(structured_loop, check=[eventually("tea is served", ended)], worlds=8)


def told(machine, cups):
    return {" ".join(story) for story in stories(machine, domain=Domain().field(MakeTea, "cups", cups), visits=2)}


def loops(machine, cups):
    """Say whether so many cups are brewed, one after the other, and then one to three spoons are added."""
    form = re.compile(rf"MakeTea( BrewCup CupBrewed){{{cups}}}( AddSugar SugarAdded){{1,{SPOONS_MAX}}} Served")
    return all(form.fullmatch(story) for story in told(machine, cups))


@pytest.mark.parametrize("cups", range(5))
def test_each_loop_has_as_many_rounds_as_its_condition_says(cups):
    assert loops(structured_loop, cups)
    assert {story.count("AddSugar") for story in told(structured_loop, cups)} == {*range(1, SPOONS_MAX + 1)}


def test_a_loop_that_is_tested_before_may_have_no_round():
    assert all("BrewCup" not in story for story in told(structured_loop, 0))


class BrewingFirst(Brewing):
    @classmethod
    @start
    def make(cls, event: MakeTea) -> tuple[Self, BrewCup]:
        return cls(missing=max(event.cups, 1)), BrewCup()

    @transition
    def repeat(self, event: CupBrewed) -> tuple[Self, BrewCup] | tuple[Sweetening, AddSugar]:
        left = self.missing - 1
        return (self.evolve(missing=left), BrewCup()) if left else (Sweetening(), AddSugar())


def test_a_test_after_the_round_in_place_of_before_is_noticed():
    after = Machine[BrewingFirst | Sweetening | Served, EVENT](name="after")
    assert [loops(after, cups) for cups in range(5)] == [False, True, True, True, True]


class SweeteningAnew(Sweetening):
    @transition
    def repeat(self, event: SugarAdded) -> tuple["BrewingAnew", BrewCup] | tuple[Served, NoIntent]:
        if event.sweet_enough or self.spoons == SPOONS_MAX:
            return Served(), NoIntent()
        return (BrewingAnew(missing=1), BrewCup())


class BrewingAnew(Brewing):
    @classmethod
    @start
    def make(cls, event: MakeTea) -> tuple["BrewingAnew", BrewCup] | tuple[SweeteningAnew, AddSugar]:
        return (cls(missing=event.cups), BrewCup()) if event.cups else (SweeteningAnew(), AddSugar())

    @transition
    def repeat(self, event: CupBrewed) -> tuple["BrewingAnew", BrewCup] | tuple[SweeteningAnew, AddSugar]:
        left = self.missing - 1
        return (self.evolve(missing=left), BrewCup()) if left else (SweeteningAnew(), AddSugar())


def test_a_second_way_into_the_loop_is_noticed():
    anew = Machine[BrewingAnew | SweeteningAnew | Served, EVENT](name="anew")
    assert not loops(anew, 1)
