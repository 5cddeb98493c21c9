"""A cat moves each night to a box next to hers; each morning one box is opened.

Numbers: TLA+ examples, Moving_Cat_Puzzle/CatOddBoxes.cfg and CatEvenBoxes.cfg.
"""

import pytest

from telic import Command, Machine, NoIntent, Reject, transition
from telic.verify import Domain, eventually, explore, weak
from tests.verify.truths.models import PROVED, REFUTED, Variables, size


class Night(Command):
    step: int


class Boxes(Variables):
    boxes: int
    cat: int
    seen: int
    right: bool

    @transition
    def night(self, event: Night) -> tuple["Boxes", NoIntent | Reject]:
        cat, following = self.cat + event.step, self.seen + (1 if self.right else -1)
        if not 1 <= cat <= self.boxes:
            return self, Reject("not enabled")
        if 2 <= following <= self.boxes - 1:
            return self.evolve(cat=cat, seen=following), NoIntent()
        return self.evolve(cat=cat, right=not self.right), NoIntent()


puzzle = Machine[Boxes, Night](name="cat", perpetual=True, starts=(Boxes,))


def caught(world):
    return world.state.cat == world.state.seen


@pytest.mark.parametrize(("boxes", "published"), [(5, (30, 78, 1)), (6, (48, 128, 1))])
def test_the_cat_is_caught_if_she_has_to_move(boxes, published):
    starts = [
        Boxes(boxes=boxes, cat=cat, seen=seen, right=right)
        for cat in range(1, boxes + 1)
        for seen in range(2, boxes)
        for right in (False, True)
    ]
    report = explore(
        puzzle,
        starts=starts,
        domain=Domain().field(Night, "step", -1, 1),
        check=[eventually("caught", caught, fair=weak(Night)), eventually("caught asleep", caught)],
    )
    assert size(report) == published
    assert report.check("caught").verdict is PROVED
    assert report.check("caught asleep").verdict is REFUTED
    assert report.check("caught asleep").trace.stays
