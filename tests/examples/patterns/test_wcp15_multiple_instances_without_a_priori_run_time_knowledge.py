"""Multiple Instances without a Priori Run-Time Knowledge: some are added while others run, and all are joined."""

from typing import Self

from examples.patterns.wcp15_multiple_instances_without_a_priori_run_time_knowledge import (
    Closed,
    FindingsWritten,
    Hearing,
    HearWitness,
    NameWitness,
    OpenInquiry,
    Witness,
    WitnessHeard,
    WriteFindings,
    Writing,
    multiple_instances_without_a_priori_run_time_knowledge,
)
from telic import Ignore, Machine, NoIntent, transition
from telic.testing import begin, suite
from telic.verify import Domain, Verdict, ended, eventually, explore
from tests.examples.patterns.stories import stories

EVENT = OpenInquiry | NameWitness | WitnessHeard | FindingsWritten
ADA, BEN, CAT = (Witness(name) for name in ("ada", "ben", "cat"))
WITNESSES = Domain().each(Witness, ADA, BEN, CAT)

TestInstances = suite(
    multiple_instances_without_a_priori_run_time_knowledge,
    domain=WITNESSES,
    check=[eventually("the inquiry is closed", ended)],
    worlds=21,
)


def joins_all(story):
    """Say whether whoever is named is heard, once and from then on, and the join fires once, after all."""
    named = [word.split()[1] for word in story if word.startswith(("OpenInquiry", "NameWitness"))]
    heard = [word.split()[1] for word in story[: story.index("WriteFindings")] if word.startswith("WitnessHeard")]
    begun = [word.split()[1] for word in story if word.startswith("HearWitness")]
    return begun == named and sorted(heard) == sorted(named) and story.count("WriteFindings") == 1


def grows_late(story):
    """Say whether an instance was added after another had ended."""
    heard = [place for place, word in enumerate(story) if word.startswith("WitnessHeard")]
    added = [place for place, word in enumerate(story) if word.startswith("NameWitness")]
    return bool(added) and min(heard) < max(added)


def test_all_that_were_added_are_joined():
    assert all(map(joins_all, stories(multiple_instances_without_a_priori_run_time_knowledge, domain=WITNESSES)))


def test_instances_are_added_before_and_after_others_have_ended_or_not_at_all():
    told = stories(multiple_instances_without_a_priori_run_time_knowledge, domain=WITNESSES)
    assert {grows_late(story) for story in told} == {True, False}
    numbers = {sum(word.startswith("HearWitness") for word in story) for story in told}
    assert numbers == {1, 2, 3}


def test_whoever_was_named_is_not_named_again():
    inquiry = begin(multiple_instances_without_a_priori_run_time_knowledge, OpenInquiry(witness=ADA))
    inquiry.when(NameWitness(witness=ADA)).then_rejected("ada has been named already")


class HearingTheFirst(Hearing):
    @transition
    def join(self, event: WitnessHeard) -> tuple[Self, NoIntent] | tuple[Writing, WriteFindings]:
        first = next(iter(self.named))
        return (Writing(), WriteFindings()) if event.witness == first else (self, NoIntent())


def test_a_join_that_counts_only_who_was_there_first_is_noticed():
    fixed = Machine[HearingTheFirst | Writing | Closed, EVENT](name="fixed")
    assert explore(fixed, domain=WITNESSES).check("false claim").verdict is Verdict.REFUTED


class HearingBeforehand(Hearing):
    @transition
    def add(self, event: NameWitness) -> tuple[Self, HearWitness] | tuple[Self, Ignore]:
        if len(self.unheard) < len(self.named) or event.witness in self.named:
            return self, Ignore("the hearing has begun")
        return super().add(event)


def test_a_number_that_stands_when_the_first_has_ended_is_noticed():
    early = Machine[HearingBeforehand | Writing | Closed, EVENT](name="early")
    told = stories(early, domain=WITNESSES)
    assert all(map(joins_all, told))
    assert not any(map(grows_late, told))
