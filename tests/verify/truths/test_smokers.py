"""Cigarette smokers, each with one of three things, and a dealer of the other two; Patil (1971).

Numbers: TLA+ examples, CigaretteSmokers/CigaretteSmokers.cfg.
"""

from enum import StrEnum

from telic import Command, FrozenSet, Machine, NoIntent, Reject, transition
from telic.verify import always, explore
from tests.verify.truths.models import PROVED, Variables, size


class Thing(StrEnum):
    MATCHES = "matches"
    PAPER = "paper"
    TOBACCO = "tobacco"


class Light(Command): ...


class Stop(Command):
    lacking: Thing  # of the next offer


class Table(Variables):
    lacking: Thing | None = None  # in the dealer's offer, if there is one
    smokes: FrozenSet[Thing] = FrozenSet()

    @transition
    def light(self, _: Light) -> tuple["Table", NoIntent | Reject]:
        if self.lacking is None:
            return self, Reject("not enabled")
        return Table(smokes=self.smokes.put(self.lacking)), NoIntent()

    @transition
    def stop(self, event: Stop) -> tuple["Table", NoIntent | Reject]:
        if self.lacking is not None:
            return self, Reject("not enabled")
        return Table(lacking=event.lacking), NoIntent()


table = Machine[Table, Light | Stop](name="smokers", perpetual=True, starts=(Table,))


def test_at_most_one_smokes():
    report = explore(
        table,
        starts=[Table(lacking=thing) for thing in Thing],
        check=[always("at most one", lambda world: len(world.state.smokes) <= 1)],
    )
    assert size(report) == (6, 15, 2)
    assert report.check("at most one").verdict is PROVED
