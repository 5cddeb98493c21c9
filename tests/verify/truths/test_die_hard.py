"""Two jugs of 3 and 5 gallons, and 4 gallons to measure; from *Die Hard with a Vengeance*.

Numbers: TLA+ examples, DieHard/DieHard.cfg, which stops at the solution in 6 steps; 16 and 97 without a stop.
"""

from enum import StrEnum

from telic import Command, Machine, NoIntent, transition
from telic.verify import always, explore, sometimes
from tests.verify.truths.models import PROVED, Variables, moves_to, size


class Act(StrEnum):
    FILL_SMALL = "fill small"
    FILL_BIG = "fill big"
    EMPTY_SMALL = "empty small"
    EMPTY_BIG = "empty big"
    SMALL_TO_BIG = "small to big"
    BIG_TO_SMALL = "big to small"


class Do(Command):
    act: Act


class Jugs(Variables):
    small: int = 0
    big: int = 0

    @transition
    def do(self, event: Do) -> tuple["Jugs", NoIntent]:
        over, missing = min(self.small, 5 - self.big), min(self.big, 3 - self.small)
        small, big = {
            Act.FILL_SMALL: (3, self.big),
            Act.FILL_BIG: (self.small, 5),
            Act.EMPTY_SMALL: (0, self.big),
            Act.EMPTY_BIG: (self.small, 0),
            Act.SMALL_TO_BIG: (self.small - over, self.big + over),
            Act.BIG_TO_SMALL: (self.small + missing, self.big - missing),
        }[event.act]
        return Jugs(small=small, big=big), NoIntent()


jugs = Machine[Jugs, Do](name="jugs", perpetual=True, starts=(Jugs,))


def test_die_hard_has_the_published_size_and_its_solution_six_steps():
    report = explore(
        jugs,
        starts=[Jugs()],
        check=[
            always("never four", lambda world: world.state.big != 4),
            sometimes("four", lambda world: world.state.big == 4),
            always("no jug overflows", lambda world: 0 <= world.state.small <= 3 and 0 <= world.state.big <= 5),
        ],
    )
    assert size(report) == (16, 97, 8)
    assert moves_to(report, "never four") == 6
    assert report.check("four").verdict is PROVED and len(report.check("four").trace.moves) == 7
    assert report.check("no jug overflows").verdict is PROVED
