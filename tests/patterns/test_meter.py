"""Meters: so many in so much time; explored in a door whose code may be asked for twice an hour."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from telic import Deadline, Fact
from telic.kernel.rates import Rate
from telic.patterns import Meter, TooSoon
from telic.testing import suite
from telic.verify import is_, sometimes
from tests.patterns import timed as t

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Room(Fact): ...


def test_more_than_the_rate_is_too_soon():
    meter = Meter(rate=Rate(count=2, per=2 * MINUTE, burst=2)).take(NOON).take(NOON)
    assert meter.take(NOON) == TooSoon(seconds=60)
    assert meter.take(NOON + MINUTE / 2) == TooSoon(seconds=30)
    assert isinstance(meter.take(NOON + MINUTE), Meter)


def test_a_state_may_wait_for_room():
    meter = Meter(rate=Rate(count=1, per=MINUTE))
    assert meter.at(NOON) == NOON
    assert meter.take(NOON).deadline(NOON, Room(), key="k") == (Deadline(at=NOON + MINUTE, event=Room(), key="k"),)
    assert meter.take(NOON).at(NOON + 5 * MINUTE) == NOON + 5 * MINUTE


@given(st.lists(st.integers(0, 90), max_size=20), st.integers(1, 3), st.integers(1, 3))
def test_in_no_span_are_there_more_than_the_rate_allows(gaps, count, burst):
    meter, now, taken = Meter(rate=Rate(count=count, per=MINUTE, burst=burst)), NOON, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        outcome = meter.take(now)
        if isinstance(outcome, TooSoon):
            assert isinstance(meter.take(now + timedelta(seconds=outcome.seconds)), Meter)
            continue
        meter, taken = outcome, [*taken, now]
    for first in taken:
        assert sum(first <= one < first + MINUTE for one in taken) <= count + burst - 1


TestDoor = suite(t.door, check=[sometimes("somebody gets in", is_(t.DoorOpened))], worlds=6)
