"""Blocking Discriminator: one lamp in each round, at the first report; who reports again waits for the next."""

from itertools import product
from typing import Self

import pytest

from examples.patterns.wcp28_blocking_discriminator import (
    BeginNight,
    EndNight,
    LampLit,
    LightLamp,
    Over,
    Quiet,
    Reported,
    ReportRound,
    Watchman,
    blocking_discriminator,
)
from telic import FrozenSet, Ignore, Machine, NoIntent, transition
from telic.testing import begin, suite
from telic.verify import always

EVENT = BeginNight | ReportRound | EndNight | LampLit


def keeps_what_comes_again(world):
    """Whatever is kept comes from a watchman who has reported in this round."""
    return all(one.watchman not in world.state.missing for one in world.deferred)


BLOCKED = always("who has reported is kept, and nobody else", keeps_what_comes_again)

TestDiscriminator = suite(blocking_discriminator, check=[BLOCKED], worlds=21)


def lamps(machine, reports):
    """How often the lamp was lit after each of these reports; it burns before the next one."""
    night, lit, found = begin(machine, BeginNight()), 0, []
    for watchman in reports:
        night.when(ReportRound(watchman=watchman))
        while night.snapshot.open:
            night.expect(LightLamp).answer(LampLit())
            lit += 1
        found.append(lit)
    return found


def expected(reports):
    """A lamp for each round that has begun: those that all have ended, and one more if somebody is ahead."""
    counts = [[reports[:number].count(one) for one in Watchman] for number in range(1, len(reports) + 1)]
    return [min(one) + (max(one) > min(one)) for one in counts]


NIGHTS = [night for length in range(1, 7) for night in product(Watchman, repeat=length)]


def test_each_round_goes_on_at_its_first_report_and_no_report_is_lost():
    assert [lamps(blocking_discriminator, night) for night in NIGHTS] == [expected(night) for night in NIGHTS]


class ReportedForgetfully(Reported):
    @transition
    def take(self, event: ReportRound) -> tuple[Self, NoIntent | Ignore] | tuple["QuietForgetfully", NoIntent]:
        if event.watchman not in self.missing:
            return self, Ignore("he has reported")
        return self.evolve(missing=self.missing.without(event.watchman)).reset_or_not()

    @transition
    def note(self, event: LampLit) -> tuple[Self, NoIntent] | tuple["QuietForgetfully", NoIntent]:
        return self.evolve(lit=True).reset_or_not()

    def reset_or_not(self):
        return (QuietForgetfully(), NoIntent()) if self.lit and not self.missing else (self, NoIntent())


class QuietForgetfully(Quiet):
    @transition
    def take_first(self, event: ReportRound) -> tuple[ReportedForgetfully, LightLamp]:
        return ReportedForgetfully(missing=FrozenSet(Watchman).without(event.watchman)), LightLamp()


class ReportedImpatiently(Reported):
    @transition
    def take(self, event: ReportRound) -> tuple[Self, NoIntent]:
        return self, NoIntent()

    @transition
    def note(self, event: LampLit) -> tuple["QuietImpatiently", NoIntent]:
        return QuietImpatiently(), NoIntent()


class QuietImpatiently(Quiet):
    @transition
    def take_first(self, event: ReportRound) -> tuple[ReportedImpatiently, LightLamp]:
        return ReportedImpatiently(missing=FrozenSet(Watchman).without(event.watchman)), LightLamp()


@pytest.mark.parametrize(
    "states", [(QuietForgetfully, ReportedForgetfully), (QuietImpatiently, ReportedImpatiently)], ids=["lost", "early"]
)
def test_a_report_that_is_lost_and_a_round_that_ends_early_is_noticed(states):
    wrong = Machine[states[0] | states[1] | Over, EVENT](name="wrong")
    assert [lamps(wrong, night) for night in NIGHTS] != [expected(night) for night in NIGHTS]
