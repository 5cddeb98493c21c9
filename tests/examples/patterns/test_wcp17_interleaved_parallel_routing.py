"""Interleaved Parallel Routing: each once, one at a time, weight before dose, in any order else."""

from itertools import permutations

from examples.patterns.wcp17_interleaved_parallel_routing import (
    BringDog,
    ChooseNext,
    Choosing,
    DogTreated,
    Over,
    TreatDog,
    Treating,
    Treatment,
    interleaved_parallel_routing,
)
from telic import Machine, NoIntent, Reject, transition
from telic.testing import begin, suite
from telic.verify import always, ended, eventually, weak
from tests.examples.patterns.stories import possible, stories

EVENT = BringDog | ChooseNext | DogTreated

TestInterleaving = suite(
    interleaved_parallel_routing,
    check=[
        always("one at a time", lambda world: len(world.open) <= 1),
        eventually("the visit is over, if the vet goes on", ended, fair=weak(ChooseNext)),
    ],
    worlds=13,
)


def allowed():
    """The orders that weigh before they vaccinate."""
    return {one for one in permutations(Treatment) if one.index(Treatment.WEIGH) < one.index(Treatment.VACCINATE)}


def orders(told):
    """The orders in which treatments begin."""
    return {tuple(Treatment(word.split()[1]) for word in story if word.startswith("TreatDog")) for story in told}


def one_at_a_time(story):
    """Say whether whatever begins has ended before the next begins."""
    turns = [word.split()[0] for word in story if word.startswith(("TreatDog", "DogTreated"))]
    return turns == ["TreatDog", "DogTreated"] * len(Treatment)


def test_every_order_that_is_allowed_can_be_chosen_and_no_other():
    told = stories(interleaved_parallel_routing, visits=2)
    assert orders(told) == allowed()
    assert len(allowed()) == 3


def test_no_two_are_carried_out_at_a_time():
    assert all(map(one_at_a_time, stories(interleaved_parallel_routing, visits=2)))
    for world, events in possible(interleaved_parallel_routing):
        assert ("ChooseNext" in events) == (not ended(world) and not world.open)


def test_what_is_done_or_too_early_is_rejected():
    visit = begin(interleaved_parallel_routing, BringDog())
    visit.when(ChooseNext(treatment=Treatment.VACCINATE)).then_rejected("the dose depends on the weight")
    weighed = visit.when(ChooseNext(treatment=Treatment.WEIGH)).expect(TreatDog).answer(DogTreated())
    weighed.when(ChooseNext(treatment=Treatment.WEIGH)).then_rejected("weigh is done already")


class ChoosingFreely(Choosing):
    @transition
    def choose(self, event: ChooseNext) -> tuple["TreatingFreely", TreatDog] | tuple["ChoosingFreely", Reject]:
        if event.treatment in self.done:
            return self, Reject("done already")
        return TreatingFreely(done=self.done, treatment=event.treatment), TreatDog(treatment=event.treatment)


class TreatingFreely(Treating):
    @transition
    def finish(self, event: DogTreated) -> tuple[ChoosingFreely, NoIntent] | tuple[Over, NoIntent]:
        done = self.done.put(self.treatment)
        return (ChoosingFreely(done=done), NoIntent()) if len(done) < len(Treatment) else (Over(), NoIntent())


def test_an_order_that_must_not_be_is_noticed():
    free = Machine[ChoosingFreely | TreatingFreely | Over, EVENT](name="free")
    assert orders(stories(free)) == {*permutations(Treatment)}


class ChoosingForgetfully(Choosing):
    @transition
    def choose(
        self, event: ChooseNext
    ) -> tuple["TreatingForgetfully", TreatDog] | tuple["ChoosingForgetfully", Reject]:
        if event.treatment is Treatment.VACCINATE and Treatment.WEIGH not in self.done:
            return self, Reject("too early")
        return TreatingForgetfully(done=self.done, treatment=event.treatment), TreatDog(treatment=event.treatment)


class TreatingForgetfully(Treating):
    @transition
    def finish(self, event: DogTreated) -> tuple[ChoosingForgetfully, NoIntent] | tuple[Over, NoIntent]:
        done = self.done.put(self.treatment)
        return (ChoosingForgetfully(done=done), NoIntent()) if len(done) < len(Treatment) else (Over(), NoIntent())


def test_a_treatment_that_is_given_twice_is_noticed():
    forgetful = Machine[ChoosingForgetfully | TreatingForgetfully | Over, EVENT](name="forgetful")
    told = stories(forgetful, visits=2)
    assert orders(told) > allowed()
    assert not all(map(one_at_a_time, told))
