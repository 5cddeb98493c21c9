"""Thread Merge: each two eggs become one box, whichever they are."""

from typing import Self

import pytest

from examples.patterns.wcp41_thread_merge import (
    EGGS,
    IN_BOX,
    Box,
    BoxPacked,
    CandleEgg,
    Candling,
    CollectEggs,
    EggCandled,
    PackBox,
    Packed,
    thread_merge,
)
from telic import Machine, NoIntent, transition
from telic.testing import suite
from telic.verify import always, ended, eventually
from tests.examples.patterns.stories import stories

EVENT = CollectEggs | EggCandled | BoxPacked


def threads(world):
    """How many threads there are before the merge and after it."""
    return sum(isinstance(one, CandleEgg) for one in world.open), sum(isinstance(one, PackBox) for one in world.open)


def none_too_many(world):
    before, after = threads(world)
    return before + IN_BOX * after <= len(EGGS)


TestThreadMerge = suite(
    thread_merge,
    check=[always("no thread too many", none_too_many), eventually("all is packed", ended)],
    worlds=29,
)


def merges(story):
    """Say whether with each second egg, and no other, one box begins."""
    candled, boxes = 0, []
    for place, word in enumerate(story):
        if word.startswith("EggCandled"):
            candled += 1
            merged = story[place + 1].startswith("PackBox")
            boxes += [story[place + 1]] if merged else []
            if merged != (candled % IN_BOX == 0):
                return False
    return candled == len(EGGS) and len({*boxes}) == len(EGGS) // IN_BOX


def test_so_many_threads_become_one_in_whichever_order_they_come():
    told = stories(thread_merge)
    assert all(map(merges, told))
    firsts = {tuple(word.split()[1] for word in story if word.startswith("EggCandled"))[:IN_BOX] for story in told}
    assert firsts == {(one, other) for one in EGGS for other in EGGS if one != other}


class CandlingOneByOne(Candling):
    @transition
    def merge(self, event: EggCandled) -> tuple[Self, PackBox]:
        more = self.evolve(candled=self.candled + 1)
        return more, PackBox(box=Box(f"b-{more.candled}"))

    @transition
    def finish(self, event: BoxPacked) -> tuple[Self, NoIntent] | tuple[Packed, NoIntent]:
        packed = self.packed + 1
        return (self.evolve(packed=packed), NoIntent()) if packed < len(EGGS) else (Packed(), NoIntent())


class CandlingAll(Candling):
    @transition
    def merge(self, event: EggCandled) -> tuple[Self, NoIntent] | tuple[Self, PackBox]:
        more = self.evolve(candled=self.candled + 1)
        return (more, PackBox(box=Box("b-1"))) if more.candled == len(EGGS) else (more, NoIntent())

    @transition
    def finish(self, event: BoxPacked) -> tuple[Packed, NoIntent]:
        return Packed(), NoIntent()


@pytest.mark.parametrize("state", [CandlingOneByOne, CandlingAll])
def test_a_box_for_each_or_one_for_all_is_noticed(state):
    assert not any(map(merges, stories(Machine[state | Packed, EVENT](name="wrong"))))
