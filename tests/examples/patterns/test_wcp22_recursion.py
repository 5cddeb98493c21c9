"""Recursion: the smallest doll is painted first, and each of the others when what is inside of it is made."""

from enum import StrEnum
from typing import Literal, Self

import pytest

from examples.patterns.wcp22_recursion import (
    DollKind,
    DollMade,
    DollPainted,
    Made,
    MakeDoll,
    MakingInner,
    PaintDoll,
    recursion,
)
from telic import Batch, Command, FinalState, Ignores, Machine, NoIntent, State, start, transition
from telic.kernel.messages import Spawn
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, explore, sometimes

TestRecursion = suite(recursion, check=[eventually("it is made", ended)], worlds=5)


class ShopKind(StrEnum):
    WAITING = "waiting"
    SOLD = "sold"


class BuyDoll(Command):
    size: int


class StartDoll(Spawn[DollMade], machine=lambda: recursion):
    size: int

    def begin(self):
        return MakeDoll(size=self.size)


class Sold(FinalState):
    kind: Literal[ShopKind.SOLD] = ShopKind.SOLD


class Waiting(State):
    kind: Literal[ShopKind.WAITING] = ShopKind.WAITING

    @classmethod
    @start
    def buy(cls, event: BuyDoll) -> tuple[Self, StartDoll]:
        return cls(), StartDoll(size=event.size)

    @transition
    def sell(self, event: DollMade) -> tuple[Sold, NoIntent]:
        return Sold(), NoIntent()


shop = Machine[Waiting | Sold, BuyDoll | DollMade](name="shop")


def dolls(world):
    """The dolls that are being made, from the outermost to the innermost."""
    return [one.state for name, one in sorted(world.others.items()) if name != "shop"]


def one_inside_the_other(world):
    """Each waits for the one inside of it, but the innermost."""
    return all(isinstance(one, MakingInner) for one in dolls(world)[:-1])


NESTED = always("each waits for what is inside", one_inside_the_other)


@pytest.mark.parametrize("size", range(4))
def test_it_goes_as_deep_as_the_size_says_and_comes_back(size):
    report = explore(
        shop,
        recursion,
        domain=Domain().field(BuyDoll, "size", size),
        check=[
            NESTED,
            sometimes("all at once", lambda world: len(dolls(world)) == size + 1),
            always("none beyond", lambda world: len(dolls(world)) <= size + 1),
            eventually("the largest is sold", ended),
        ],
    )
    report.assert_ok()
    depths = {name.count("/") for place in range(len(report.graph.worlds)) for name in report.graph.shown(place).others}
    assert depths == {*range(size + 2)}


class StartInnerHastily(Spawn[DollMade], machine=lambda: hasty):
    size: int

    def begin(self):
        return MakeDoll(size=self.size)


class MadeHastily(Made):
    ignores = (Ignores(DollMade, why="what is inside comes later"),)


class PaintingHastily(State):
    kind: Literal[DollKind.PAINTING] = DollKind.PAINTING
    ignores = (Ignores(DollMade, why="what is inside comes later"),)

    @classmethod
    @start
    def make(cls, event: MakeDoll) -> tuple[Self, Batch[StartInnerHastily | PaintDoll]] | tuple[Self, PaintDoll]:
        return cls(), StartInnerHastily(size=event.size - 1) & PaintDoll() if event.size else PaintDoll()

    @transition
    def finish(self, event: DollPainted) -> tuple[MadeHastily, NoIntent]:
        return MadeHastily(), NoIntent()


hasty = Machine[PaintingHastily | MadeHastily, MakeDoll | DollMade | DollPainted](name="hasty")


class StartHastily(Spawn[DollMade], machine=lambda: hasty):
    size: int

    def begin(self):
        return MakeDoll(size=self.size)


class WaitingForHasty(Waiting):
    @classmethod
    @start
    def buy(cls, event: BuyDoll) -> tuple[Self, StartHastily]:
        return cls(), StartHastily(size=event.size)


def test_a_doll_that_does_not_wait_for_what_is_inside_is_noticed():
    hasty_shop = Machine[WaitingForHasty | Sold, BuyDoll | DollMade](name="shop")
    report = explore(hasty_shop, hasty, domain=Domain().field(BuyDoll, "size", 1), check=[NESTED])
    assert [one.name for one in report.failures] == [NESTED.name]
