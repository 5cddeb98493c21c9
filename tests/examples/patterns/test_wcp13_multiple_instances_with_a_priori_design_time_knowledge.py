"""Multiple Instances with a Priori Design-Time Knowledge: three sign, always, and then the deed is filed."""

from typing import Self

from examples.patterns.wcp13_multiple_instances_with_a_priori_design_time_knowledge import (
    OFFICERS,
    DeedFiled,
    DeedSigned,
    Filed,
    FileDeed,
    Filing,
    PresentDeed,
    SignDeed,
    Signing,
    multiple_instances_with_a_priori_design_time_knowledge,
)
from telic import Machine, NoIntent, start, transition
from telic.testing import suite
from telic.verify import Verdict, ended, eventually, explore
from tests.examples.patterns.stories import stories

EVENT = PresentDeed | DeedSigned | DeedFiled

TestInstances = suite(
    multiple_instances_with_a_priori_design_time_knowledge, check=[eventually("it is filed", ended)], worlds=9
)


def joins_three(story):
    """Say whether all three begin in the first step, and the join fires once, after all three."""
    begun = story[1:4] == tuple(f"SignDeed {one}" for one in OFFICERS)
    signed = {f"DeedSigned {one}" for one in OFFICERS}
    return begun and story.count("FileDeed") == 1 and signed <= {*story[: story.index("FileDeed")]}


def test_three_begin_at_once_and_are_joined_in_any_order():
    told = stories(multiple_instances_with_a_priori_design_time_knowledge)
    assert all(map(joins_three, told))
    assert len({story[4:7] for story in told}) == 6


class SigningByTwo(Signing):
    @transition
    def join(self, event: DeedSigned) -> tuple[Self, NoIntent] | tuple[Filing, FileDeed]:
        missing = self.missing.without(event.officer)
        return (self.evolve(missing=missing), NoIntent()) if len(missing) > 1 else (Filing(), FileDeed())


def test_a_join_that_is_content_with_two_is_noticed():
    two = Machine[SigningByTwo | Filing | Filed, EVENT](name="two")
    assert explore(two).check("false claim").verdict is Verdict.REFUTED


class SigningInTurn(Signing):
    @classmethod
    @start
    def present(cls, event: PresentDeed) -> tuple[Self, SignDeed]:
        return cls(), SignDeed(officer=next(iter(OFFICERS)))

    @transition
    def join(self, event: DeedSigned) -> tuple[Self, SignDeed] | tuple[Filing, FileDeed]:
        missing = self.missing.without(event.officer)
        if not missing:
            return Filing(), FileDeed()
        return self.evolve(missing=missing), SignDeed(officer=next(iter(missing)))


def test_instances_one_after_the_other_are_noticed():
    in_turn = Machine[SigningInTurn | Filing | Filed, EVENT](name="in_turn")
    assert not any(map(joins_three, stories(in_turn)))
