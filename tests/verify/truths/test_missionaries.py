"""Missionaries and cannibals cross a river, two in a boat.

Numbers: the classic solution takes 11 crossings (TLA+ examples, MissionariesAndCannibals.cfg, stops at it);
16 states if people of a kind are not told apart, 64 if they are.
"""

from enum import StrEnum
from itertools import combinations

from telic import Command, FrozenSet, Machine, NoIntent, Reject, transition
from telic.verify import Domain, always, explore
from tests.verify.truths.models import Variables, moves_to


class Person(StrEnum):
    M1 = "m1"
    M2 = "m2"
    M3 = "m3"
    C1 = "c1"
    C2 = "c2"
    C3 = "c3"


class Cross(Command):
    boat: FrozenSet[Person]


def missionaries(people):
    return sum(one.startswith("m") for one in people)


def safe(people):
    return missionaries(people) == 0 or 2 * missionaries(people) >= len(people)


class River(Variables):
    east: FrozenSet[Person] = FrozenSet(Person)
    boat_is_east: bool = True

    @transition
    def cross(self, event: Cross) -> tuple["River", NoIntent | Reject]:
        here = self.east if self.boat_is_east else FrozenSet(Person) - self.east
        left, there = here - event.boat, (FrozenSet(Person) - here) | event.boat
        if not event.boat <= here or not safe(left) or not safe(there):
            return self, Reject("not enabled")
        return River(east=left if self.boat_is_east else there, boat_is_east=not self.boat_is_east), NoIntent()


river = Machine[River, Cross](name="river", perpetual=True, starts=(River,))


def test_the_crossing_takes_eleven_moves():
    boats = [Cross(boat=FrozenSet(some)) for size in (1, 2) for some in combinations(Person, size)]
    report = explore(
        river,
        starts=[River()],
        domain=Domain().of(Cross, boats),
        check=[always("someone is east", lambda world: len(world.state.east) > 0)],
    )
    states = [report.graph.shown(place).state for place in range(report.stats.worlds)]
    assert len(states) == 64
    assert len({(missionaries(one.east), len(one.east), one.boat_is_east) for one in states}) == 16
    assert moves_to(report, "someone is east") == 11
