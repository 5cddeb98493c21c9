"""Static Partial Join for Multiple Instances: one operation, with the second donor, of all that were named."""

import pytest

from examples.patterns.wcp34_static_partial_join_for_multiple_instances import (
    NEEDED,
    Closed,
    Donor,
    DonorAgreed,
    Operating,
    OperationPerformed,
    PerformOperation,
    Phoning,
    PlanOperation,
    static_partial_join_for_multiple_instances,
)
from telic import FrozenSet, Machine, NoIntent, transition
from telic.testing import begin, suite
from telic.verify import Domain, Verdict, ended, eventually, explore
from tests.examples.patterns.stories import stories

EVENT = PlanOperation | DonorAgreed | OperationPerformed
DONORS = [Donor(name) for name in ("a", "b", "c")]


def named(*numbers):
    return Domain().field(PlanOperation, "donors", *(FrozenSet(DONORS[:number]) for number in numbers))


TestPartialJoin = suite(
    static_partial_join_for_multiple_instances,
    domain=named(1, 2, 3),
    check=[eventually("the case is closed", ended)],
    worlds=15,
)


def joins(story):
    """Say whether it is performed with the second to agree, once, and closed when all have ended."""
    agreed = [place for place, word in enumerate(story) if word.startswith("DonorAgreed")]
    begun = sorted(word.split()[1] for word in story if word.startswith("PhoneDonor"))
    performed = [place for place, word in enumerate(story) if word == "PerformOperation"]
    return performed == [agreed[NEEDED - 1] + 1] and sorted(story[place].split()[1] for place in agreed) == begun


@pytest.mark.parametrize("number", [2, 3])
def test_so_many_of_those_that_were_named_are_enough_and_the_others_end_without_effect(number):
    told = stories(static_partial_join_for_multiple_instances, domain=named(number))
    assert all(map(joins, told))
    assert {sum(word.startswith("DonorAgreed") for word in story) for story in told} == {number}


@pytest.mark.parametrize("number", [0, 1])
def test_fewer_than_are_needed_are_refused(number):
    plan = begin(static_partial_join_for_multiple_instances, PlanOperation(donors=FrozenSet(DONORS[:number])))
    plan.then_rejected(f"expected 2 donors, got {number}; do name more")


class PhoningAll(Phoning):
    @transition
    def join(self, event: DonorAgreed) -> tuple["PhoningAll", NoIntent] | tuple[Operating, PerformOperation]:
        left = self.left.without(event.donor)
        return (self.evolve(left=left), NoIntent()) if left else (Operating(left=left), PerformOperation())


class OperatingAgain(Operating):
    @transition
    def finish(self, event: OperationPerformed) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()

    @transition
    def thank(self, event: DonorAgreed) -> tuple["OperatingAgain", NoIntent]:
        return self.evolve(left=self.left.without(event.donor)), NoIntent()


class PhoningThenAgain(Phoning):
    @transition
    def join(self, event: DonorAgreed) -> tuple["PhoningThenAgain", NoIntent] | tuple[OperatingAgain, PerformOperation]:
        left, agreed = self.left.without(event.donor), self.agreed + 1
        if agreed < NEEDED:
            return self.evolve(left=left, agreed=agreed), NoIntent()
        return OperatingAgain(left=left), PerformOperation()


def test_a_join_that_waits_for_all_is_noticed():
    patient = Machine[PhoningAll | Operating | Closed, EVENT](name="patient")
    assert not any(map(joins, stories(patient, domain=named(3))))


def test_an_end_before_all_have_ended_is_noticed():
    early = Machine[PhoningThenAgain | OperatingAgain | Closed, EVENT](name="early")
    assert explore(early, domain=named(3)).check("false claim").verdict is Verdict.REFUTED
