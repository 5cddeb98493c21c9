"""Rates: how many permits there are, when the next one comes, and what is given back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from telic.kernel.rates import Rate

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
US = timedelta(microseconds=1)
NARROW = Rate(count=3, per=timedelta(microseconds=100), burst=2)


@st.composite
def rates(draw):
    count = draw(st.integers(1, 9))
    return Rate(count=count, per=timedelta(microseconds=draw(st.integers(count, 300))), burst=draw(st.integers(1, 5)))


# Some are begun and some are not, and what was not is given back at once, late, or never.
GAPS = st.one_of(st.sampled_from([0, 0, 2000]), st.integers(0, 120))
USES = st.lists(st.tuples(GAPS, st.integers(0, 7), st.sampled_from([0, 2, 7]), st.booleans()), max_size=40)


@given(rates(), USES)
def test_no_stretch_of_time_has_more_than_the_rate_says(rate, uses):
    spent, now, begun, unused = None, NOW, [], []
    for gap, most, used, at_once in uses:
        now += gap * US
        permits = rate.taken(spent, most, now)
        spent = permits.spent
        assert 0 <= permits.granted <= most
        begun += [now] * min(used, permits.granted)
        unused.append((permits, permits.granted - min(used, permits.granted)))
        while spent is not None and unused and at_once:
            permits, left = unused.pop()
            spent = rate.returned(spent, permits, left, now)
    for first in begun:
        assert sum(first <= one < first + rate.per for one in begun) <= rate.count + rate.burst - 1


@given(rates(), USES)
def test_the_next_permit_is_there_at_its_moment_and_not_before(rate, uses):
    spent, now = None, NOW
    for gap, most, _, _ in uses:
        now += gap * US
        permits = rate.taken(spent, most, now)
        spent = permits.spent
        if permits.granted < most:
            assert rate.taken(spent, 9, permits.again - US).granted == 0
            assert rate.taken(spent, 9, permits.again).granted == 1


@given(rates(), st.integers(0, 9), st.integers(0, 9), st.integers(0, 400))
def test_what_is_given_back_at_once_is_as_if_it_had_not_been_taken(rate, before, most, gap):
    spent = rate.taken(None, before, NOW).spent
    now = NOW + gap * US
    permits = rate.taken(spent, most, now)
    after = rate.returned(permits.spent, permits, permits.granted, now) if permits.spent is not None else None
    assert rate.taken(after, 99, now) == rate.taken(spent, 99, now)


def test_permits_come_one_after_the_other_unless_there_is_a_burst():
    even, burst = Rate(count=10), Rate(count=10, burst=5)
    assert (even.spacing, burst.spacing) == (timedelta(milliseconds=100),) * 2
    assert even.taken(None, 7, NOW) == (1, NOW + even.spacing, NOW + even.spacing)
    assert burst.taken(None, 7, NOW) == (5, NOW + 5 * even.spacing, NOW + even.spacing)


def test_nothing_is_written_where_nothing_is_taken():
    assert NARROW.taken(None, 0, NOW).spent is None
    assert NARROW.taken(NOW - SECOND, 0, NOW).spent == NOW - SECOND
    assert NARROW.taken(NOW + timedelta(microseconds=68), 3, NOW) == (0, NOW + 68 * US, NOW + 34 * US)


def test_a_spacing_is_rounded_up():
    assert NARROW.spacing == timedelta(microseconds=34)
    assert Rate(count=10_000_000).spacing == timedelta(microseconds=1)


def test_what_was_paid_off_is_not_given_back():
    permits = NARROW.taken(None, 2, NOW)
    assert NARROW.returned(permits.spent, permits, 2, NOW + 40 * US) == permits.spent - 28 * US
    assert NARROW.returned(permits.spent, permits, 2, NOW + SECOND) == permits.spent
    none = NARROW.taken(None, 0, NOW)
    assert NARROW.returned(NOW, none, 1, NOW) == NOW


def test_a_rate_that_is_spent_beyond_reason_begins_anew():
    """The clock has gone back by an hour, or the rate was once in a day."""
    strayed = NARROW.taken(NOW + timedelta(hours=1), 5, NOW)
    assert strayed == (0, NOW + 68 * US, NOW + 34 * US)
    near = NOW + timedelta(seconds=59)
    assert NARROW.taken(near, 5, NOW).spent == near


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"count": 0}, "expected count of at least 1, got 0"),
        ({"count": 1, "per": timedelta(0)}, "expected per above 0 s and up to 366 days, got 0:00:00"),
        ({"count": 1, "per": timedelta(days=367)}, "expected per above 0 s and up to 366 days, got 367 days, 0:00:00"),
        ({"count": 1, "burst": 0}, "expected burst of at least 1, got 0"),
        ({"count": 1, "burst": 10**12}, "expected a burst that is made up for within 366 days, got 1000000000000"),
    ],
)
def test_a_rate_that_permits_nothing_is_refused(wrong, text):
    with pytest.raises(ValidationError, match=text):
        Rate(**wrong)
