"""Structured Partial Join: one flag for each sample, at the second result; the sample is over with the third."""

from typing import Self

import pytest

from examples.patterns.wcp30_structured_partial_join import (
    LABORATORIES,
    NEEDED,
    Closed,
    EndSeason,
    Examined,
    ExamineWater,
    Examining,
    Flagging,
    FlagHoisted,
    HoistFlag,
    TakeSample,
    WaterExamined,
    structured_partial_join,
)
from telic import Machine, Many, NoIntent, transition
from telic.testing import suite
from telic.verify import Verdict, explore, is_, leads_to
from tests.examples.patterns.stories import stories

EVENT = TakeSample | EndSeason | WaterExamined | FlagHoisted

TestPartialJoin = suite(
    structured_partial_join,
    check=[leads_to("each sample comes to its end", is_(Examining), is_(Examined))],
    worlds=13,
)


def samples(story):
    """A story, cut where it begins anew."""
    words, found = [*story], []
    for word in words:
        if word == "TakeSample":
            found.append([])
        found[-1].append(word)
    return found


def joins(one):
    """Say whether the flag is hoisted with the second result, once, and all results come in one sample."""
    results = [place for place, word in enumerate(one) if word.startswith("WaterExamined")]
    flags = [place for place, word in enumerate(one) if word == "HoistFlag"]
    return flags == [results[NEEDED - 1] + 1] and sorted(one[place].split()[1] for place in results) == [*LABORATORIES]


def test_it_goes_on_with_the_second_result_whichever_it_is_and_the_third_has_no_effect():
    told = stories(structured_partial_join)
    assert all(joins(one) for story in told for one in samples(story))
    last = {[word for word in story if word.startswith("WaterExamined")][-1] for story in told}
    assert last == {f"WaterExamined {one}" for one in LABORATORIES}


def test_it_can_begin_anew_when_all_have_ended():
    told = [story for story in stories(structured_partial_join, visits=2) if len(samples(story)) == 2]
    assert told
    assert all(joins(one) for story in told for one in samples(story))


def with_need(need):
    """The machine with a join that waits for so many."""

    class ExaminedSo(Examined):
        @transition
        def sample(self, event: TakeSample) -> tuple["ExaminingSo", Many[ExamineWater]]:
            return ExaminingSo(), Many.of(ExamineWater(laboratory=one) for one in LABORATORIES)

    class FlaggingSo(Flagging):
        @transition
        def note(self, event: WaterExamined) -> tuple[Self, NoIntent] | tuple[ExaminedSo, NoIntent]:
            return self.evolve(missing=self.missing.without(event.laboratory)).reset_or_not()

        @transition
        def hoist(self, event: FlagHoisted) -> tuple[Self, NoIntent] | tuple[ExaminedSo, NoIntent]:
            return self.evolve(hoisted=True).reset_or_not()

        def reset_or_not(self):
            return (ExaminedSo(), NoIntent()) if self.hoisted and not self.missing else (self, NoIntent())

    class ExaminingSo(Examining):
        @transition
        def join(self, event: WaterExamined) -> tuple[Self, NoIntent] | tuple[FlaggingSo, HoistFlag]:
            missing = self.missing.without(event.laboratory)
            if len(LABORATORIES) - len(missing) < need:
                return self.evolve(missing=missing), NoIntent()
            return FlaggingSo(missing=missing), HoistFlag()

    return Machine[ExaminingSo | FlaggingSo | ExaminedSo | Closed, EVENT](name=f"need_{need}")


@pytest.mark.parametrize("need", [1, 2, 3])
def test_a_join_that_waits_for_one_or_for_all_is_noticed(need):
    assert {joins(one) for story in stories(with_need(need)) for one in samples(story)} == {need == NEEDED}


class FlaggingImpatiently(Flagging):
    @transition
    def note(self, event: WaterExamined) -> tuple[Self, NoIntent]:
        return self.evolve(missing=self.missing.without(event.laboratory)), NoIntent()

    @transition
    def hoist(self, event: FlagHoisted) -> tuple["ExaminedImpatiently", NoIntent]:
        return ExaminedImpatiently(), NoIntent()


class ExaminedImpatiently(Examined):
    @transition
    def sample(self, event: TakeSample) -> tuple["ExaminingImpatiently", Many[ExamineWater]]:
        return ExaminingImpatiently(), Many.of(ExamineWater(laboratory=one) for one in LABORATORIES)


class ExaminingImpatiently(Examining):
    @transition
    def join(self, event: WaterExamined) -> tuple[Self, NoIntent] | tuple[FlaggingImpatiently, HoistFlag]:
        missing = self.missing.without(event.laboratory)
        if len(LABORATORIES) - len(missing) < NEEDED:
            return self.evolve(missing=missing), NoIntent()
        return FlaggingImpatiently(missing=missing), HoistFlag()


def test_a_reset_before_all_have_ended_is_noticed():
    impatient = Machine[ExaminingImpatiently | FlaggingImpatiently | ExaminedImpatiently | Closed, EVENT](name="early")
    assert explore(impatient).check("false claim").verdict is Verdict.REFUTED
