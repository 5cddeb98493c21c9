"""Policies of attempts: pure values whose delays depend on the key alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from telic import Retry


@given(st.integers(1, 60), st.floats(1, 10), st.floats(0, 1), st.text(min_size=1))
def test_delays_stay_below_the_longest_and_depend_on_the_key_alone(attempt, factor, jitter, key):
    policy = Retry(max_attempts=100, factor=factor, jitter=jitter)
    delay = policy.delay(attempt, key)
    assert timedelta(0) <= delay <= policy.max_delay
    assert delay == policy.delay(attempt, key)


def test_delays_grow_by_the_factor_up_to_the_longest():
    policy = Retry(max_attempts=9, base_delay=timedelta(seconds=1), factor=3, max_delay=timedelta(seconds=10), jitter=0)
    assert [policy.delay(attempt, "k").total_seconds() for attempt in (1, 2, 3, 4, 8)] == [1, 3, 9, 10, 10]
    even = policy.evolve(factor=1)
    assert [even.delay(attempt, "k").total_seconds() for attempt in (1, 8)] == [1, 1]


def test_the_last_attempt_has_no_delay():
    assert Retry(max_attempts=1).delay(1, "k") is None


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"max_attempts": 0}, "expected max_attempts of at least 1, got 0"),
        ({"base_delay": timedelta(seconds=-1)}, "expected base_delay of at least 0 s"),
        ({"factor": 0.5}, "expected factor of at least 1, got 0.5"),
        ({"max_delay": timedelta(0)}, "expected max_delay not below base_delay, got 0:00:00"),
        ({"attempt_timeout": timedelta(0)}, "expected attempt_timeout above 0 s, got 0:00:00"),
        ({"jitter": 2}, "expected jitter between 0 and 1, got 2.0"),
    ],
)
def test_a_policy_that_could_never_act_is_refused(wrong, text):
    with pytest.raises(ValidationError, match=text):
        Retry(**wrong)
