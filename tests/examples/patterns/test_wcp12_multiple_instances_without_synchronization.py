"""Multiple Instances without Synchronization: each car has its fine, and the round waits for none."""

from typing import Literal, Self

import pytest

from examples.patterns.wcp12_multiple_instances_without_synchronization import (
    FineSent,
    FinishRound,
    Plate,
    Reported,
    Reporting,
    ReportWritten,
    RoundKind,
    Sending,
    Sent,
    StartFine,
    WriteReport,
    multiple_instances_without_synchronization,
    parking_fine,
)
from telic import Batch, FinalState, Machine, Many, NoIntent, State, start, transition
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, explore, sometimes
from tests.examples.patterns.stories import stories

CARS = tuple(Plate(name) for name in ("a", "b"))
ROUNDS = Domain().field(FinishRound, "plates", (), CARS[:1], CARS)

TestRound = suite(
    multiple_instances_without_synchronization,
    domain=ROUNDS,
    check=[eventually("the round is reported", ended)],
    worlds=5,
)
TestFine = suite(parking_fine, domain=Domain().each(Plate, CARS[0]), check=[eventually("it is sent", ended)], worlds=2)


def fines(world, kind):
    return [one.state.plate for one in world.others.values() if isinstance(one.state, kind)]


def each_car_at_most_once(world):
    plates = fines(world, Sending | Sent)
    return len(plates) == len({*plates})


def over_before_its_fines(world):
    return ended(world) and sorted(fines(world, Sending)) == [*CARS]


def at_once(world):
    return not ended(world) and sorted(fines(world, Sending)) == [*CARS]


def after_a_fine(world):
    return not ended(world) and fines(world, Sent) == [CARS[0]]


INDEPENDENT = [
    always("each car is fined once", each_car_at_most_once),
    sometimes("both fines run at once", at_once),
    sometimes("a fine is over before the round", after_a_fine),
    sometimes("the round is over before its fines", over_before_its_fines),
]


def test_the_instances_run_beside_the_round_and_beyond_its_end():
    explore(multiple_instances_without_synchronization, parking_fine, domain=ROUNDS, check=INDEPENDENT).assert_ok()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_as_many_begin_as_there_are_cars(number):
    told = stories(
        multiple_instances_without_synchronization, domain=ROUNDS.field(FinishRound, "plates", CARS[:number])
    )
    assert {sum(word.startswith("StartFine") for word in story) for story in told} == {number}


class ReportedLast(FinalState):
    kind: Literal[RoundKind.REPORTED] = RoundKind.REPORTED
    settles = (StartFine, WriteReport)


class ReportingLast(State):
    kind: Literal[RoundKind.REPORTING] = RoundKind.REPORTING
    left: int

    @classmethod
    @start
    def finish(cls, event: FinishRound) -> tuple[Self, Batch[Many[StartFine] | WriteReport]]:
        begun = Many.of(StartFine(plate=one) for one in event.plates)
        return cls(left=1 + len(event.plates)), begun & WriteReport()

    @transition
    def join(self, event: ReportWritten | FineSent) -> tuple[Self, NoIntent] | tuple[ReportedLast, NoIntent]:
        return (self.evolve(left=self.left - 1), NoIntent()) if self.left > 1 else (ReportedLast(), NoIntent())


def test_a_round_that_waits_for_its_fines_is_noticed():
    waiting = Machine[ReportingLast | ReportedLast, FinishRound | ReportWritten | FineSent](name="waiting")
    report = explore(waiting, parking_fine, domain=ROUNDS, check=INDEPENDENT)
    assert [one.name for one in report.failures] == ["the round is over before its fines"]


class ReportingOneByOne(Reporting):
    @classmethod
    @start
    def finish(cls, event: FinishRound) -> tuple[Self, Batch[Many[StartFine] | WriteReport]]:
        return cls(), Many.of(StartFine(plate=one) for one in event.plates[:1]) & WriteReport()


def test_a_round_that_forgets_a_car_is_noticed():
    one = Machine[ReportingOneByOne | Reported, FinishRound | ReportWritten | FineSent](name="one")
    report = explore(one, parking_fine, domain=ROUNDS, check=INDEPENDENT)
    assert {one.name for one in report.failures} == {
        "both fines run at once",
        "the round is over before its fines",
    }
