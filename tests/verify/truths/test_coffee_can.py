"""The coffee can: two beans out, one in, until one is left; Dijkstra and Scholten (1979).

Numbers: TLA+ examples, CoffeeCan/CoffeeCan100Beans.cfg.
"""

from enum import StrEnum
from functools import cache

from telic import Command, Machine, NoIntent, Reject, transition
from telic.verify import eventually, explore, leads_to, weak
from tests.verify.truths.models import PROVED, REFUTED, Variables, edges, size


class Beans(StrEnum):
    BLACK = "both black"
    WHITE = "both white"
    DIFFERENT = "different"
    NONE = "none: one is left"


class Pick(Command):
    beans: Beans


class Can(Variables):
    black: int
    white: int

    @transition
    def pick(self, event: Pick) -> tuple["Can", NoIntent | Reject]:
        black, white = self.black, self.white
        enabled, black_more, white_more = {
            Beans.BLACK: (black >= 2, -1, 0),
            Beans.WHITE: (white >= 2, 1, -2),
            Beans.DIFFERENT: (black >= 1 and white >= 1, -1, 0),
            Beans.NONE: (black + white == 1, 0, 0),
        }[event.beans]
        if not enabled:
            return self, Reject("not enabled")
        return Can(black=black + black_more, white=white + white_more), NoIntent()


can = Machine[Can, Pick](name="can", perpetual=True, starts=(Can,))


def left(world):
    return world.state.black + world.state.white == 1


def even(world):
    return world.state.white % 2 == 0


@cache
def explored(most):
    starts = [
        Can(black=black, white=white)
        for black in range(most + 1)
        for white in range(most + 1 - black)
        if black + white > 0
    ]
    return explore(
        can,
        starts=starts,
        check=[
            eventually("one is left", left, fair=weak(Pick)),
            eventually("one is left, lazily", left),
            leads_to("even: a black one", even, lambda world: left(world) and even(world), fair=weak(Pick)),
            leads_to(
                "odd: a white one",
                lambda world: not even(world),
                lambda world: left(world) and not even(world),
                fair=weak(Pick),
            ),
            leads_to("even: a white one", even, lambda world: left(world) and not even(world), fair=weak(Pick)),
        ],
    )


def test_the_can_has_the_published_size():
    assert size(explored(100)) == (5150, 20002, 1)


def test_one_bean_is_left_if_someone_goes_on_picking():
    report = explored(100)
    assert report.check("one is left").verdict is PROVED
    assert report.check("one is left, lazily").verdict is REFUTED


def test_the_last_bean_is_told_by_the_parity_of_the_white_ones():
    report = explored(100)
    assert report.check("even: a black one").verdict is PROVED
    assert report.check("odd: a white one").verdict is PROVED
    assert report.check("even: a white one").verdict is REFUTED


def test_each_pick_takes_one_bean_out():
    for before, after in edges(explored(100)):
        assert after == before or after.black + after.white == before.black + before.white - 1
        assert after.white % 2 == before.white % 2
