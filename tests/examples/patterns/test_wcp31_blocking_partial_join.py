"""Blocking Partial Join: one forecast in each turn, at the second well; who comes again waits for the next turn."""

from itertools import product
from typing import Self

from examples.patterns.wcp31_blocking_partial_join import (
    NEEDED,
    Closed,
    CloseSeason,
    Forecasting,
    ForecastMade,
    MakeForecast,
    MeasureWell,
    Measuring,
    OpenSeason,
    Well,
    blocking_partial_join,
)
from telic import Defer, Ignore, Machine, NoIntent, transition
from telic.testing import begin, suite
from telic.verify import always, sometimes

EVENT = OpenSeason | MeasureWell | CloseSeason | ForecastMade


def keeps_what_comes_again(world):
    return all(one.well not in world.state.missing for one in world.deferred)


BLOCKED = always("who has come is kept, and nobody else", keeps_what_comes_again)

TestPartialJoin = suite(
    blocking_partial_join,
    check=[BLOCKED, sometimes("two are kept", lambda world: len(world.deferred) == 2)],
    worlds=66,
)


def forecasts(machine, wells):
    """How many forecasts there were after each of these measurements; one is made before the next measurement."""
    season, made, found = begin(machine, OpenSeason()), 0, []
    for well in wells:
        season.when(MeasureWell(well=well))
        while season.snapshot.open:
            season.expect(MakeForecast).answer(ForecastMade())
            made += 1
        found.append(made)
    return found


def expected(wells):
    """One for each turn that is over, and one more if enough are ahead."""
    counts = [[wells[:number].count(one) for one in Well] for number in range(1, len(wells) + 1)]
    return [min(one) + (sum(number > min(one) for number in one) >= NEEDED) for one in counts]


SEASONS = [season for length in range(1, 6) for season in product(Well, repeat=length)]


def test_each_turn_goes_on_at_its_second_well_and_no_measurement_is_lost():
    assert [forecasts(blocking_partial_join, one) for one in SEASONS] == [expected(one) for one in SEASONS]


class Forgetful(Measuring):
    @transition
    def join(
        self, event: MeasureWell
    ) -> tuple[Self, NoIntent | Ignore] | tuple["ForecastingForgetfully", MakeForecast]:
        after, out = super().join(event)
        if isinstance(out, Defer):
            return self, Ignore("it has been measured")
        return (after, out) if isinstance(out, NoIntent) else (ForecastingForgetfully(missing=after.missing), out)


class ForecastingForgetfully(Forecasting):
    @transition
    def note(self, event: MeasureWell) -> tuple[Self, NoIntent | Ignore] | tuple[Forgetful, NoIntent]:
        if event.well not in self.missing:
            return self, Ignore("it has been measured")
        return self.evolve(missing=self.missing.without(event.well)).reset_or_not()

    @transition
    def file(self, event: ForecastMade) -> tuple[Self, NoIntent] | tuple[Forgetful, NoIntent]:
        return self.evolve(made=True).reset_or_not()

    def reset_or_not(self):
        return (Forgetful(), NoIntent()) if self.made and not self.missing else (self, NoIntent())


def test_a_measurement_that_is_lost_is_noticed():
    forgetful = Machine[Forgetful | ForecastingForgetfully | Closed, EVENT](name="forgetful")
    assert [forecasts(forgetful, one) for one in SEASONS] != [expected(one) for one in SEASONS]


class Counting(Measuring):
    @transition
    def join(self, event: MeasureWell) -> tuple[Self, NoIntent] | tuple["ForecastingCounted", MakeForecast]:
        missing = self.missing.without(next(iter(self.missing)))
        if len(Well) - len(missing) < NEEDED:
            return self.evolve(missing=missing), NoIntent()
        return ForecastingCounted(missing=missing), MakeForecast()


class ForecastingCounted(Forecasting):
    @transition
    def note(self, event: MeasureWell) -> tuple[Self, NoIntent] | tuple[Counting, NoIntent]:
        return self.evolve(missing=self.missing.without(*self.missing)).reset_or_not()

    @transition
    def file(self, event: ForecastMade) -> tuple[Self, NoIntent] | tuple[Counting, NoIntent]:
        return self.evolve(made=True).reset_or_not()

    def reset_or_not(self):
        return (Counting(), NoIntent()) if self.made and not self.missing else (self, NoIntent())


def test_a_join_that_takes_one_well_for_two_is_noticed():
    counting = Machine[Counting | ForecastingCounted | Closed, EVENT](name="counting")
    assert forecasts(counting, (Well.HILL, Well.HILL)) == [0, 1]
    assert expected((Well.HILL, Well.HILL)) == [0, 0]
