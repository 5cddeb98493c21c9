"""Instants come when the clocks of their zone say so, also on the days when these are changed."""

import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from telic.kernel.errors import MissingExtra
from telic.shell.recurrence import Cron, Every

HOUR = timedelta(hours=1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def instants(recurrence, start, end):
    found, last = [], start
    while (last := recurrence.after(last)) <= end:
        found.append(last)
    return found


def test_cron_gives_the_instants_of_its_zone_in_utc():
    daily = Cron("30 7 * * *", "Europe/Zurich")
    assert daily.after(at("2026-01-10T06:00")) == at("2026-01-10T06:30")
    assert daily.after(at("2026-01-10T06:30")) == at("2026-01-11T06:30")
    assert daily.after(at("2026-07-10T00:00")) == at("2026-07-10T05:30")
    assert daily.after(at("2026-07-10T00:00")).tzinfo is UTC


def test_what_falls_into_the_hour_that_is_skipped_comes_once_right_after_it():
    # In Zurich, 02:00 becomes 03:00 on 29 March 2026, at 01:00 UTC.
    found = instants(Cron("30 2 * * *", "Europe/Zurich"), at("2026-03-28T00:00"), at("2026-03-31T00:00"))
    assert found == [at("2026-03-28T01:30"), at("2026-03-29T01:00"), at("2026-03-30T00:30")]


def test_what_falls_into_the_hour_that_is_repeated_comes_once():
    # In Zurich, 03:00 becomes 02:00 on 25 October 2026, at 01:00 UTC.
    found = instants(Cron("30 2 * * *", "Europe/Zurich"), at("2026-10-24T00:00"), at("2026-10-27T00:00"))
    assert found == [at("2026-10-24T00:30"), at("2026-10-25T00:30"), at("2026-10-26T01:30")]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_what_comes_every_hour_comes_every_hour_whatever_the_clocks_do(day):
    start = at(f"{day}T00:00") - 12 * HOUR
    found = instants(Cron("0 * * * *", "Europe/Zurich"), start, start + 36 * HOUR)
    assert len(found) == 36
    assert {later - earlier for earlier, later in pairwise(found)} == {HOUR}


def test_a_zone_of_half_an_hour_is_heeded():
    assert Cron("0 2 * * *", "Australia/Lord_Howe").after(at("2026-06-01T00:00")) == at("2026-06-01T15:30")


def test_an_instant_that_never_comes_is_refused_or_none():
    with pytest.raises(ValueError, match="expected a cron expression, got '0 0 31 2'"):
        Cron("0 0 31 2")


def test_an_expression_that_is_none_is_refused_where_it_is_written():
    with pytest.raises(ValueError, match="expected a cron expression, got 'daily'"):
        Cron("daily")


@pytest.mark.parametrize("zone", ["Europe/Zurch", "", "../etc"])
def test_a_zone_that_is_none_is_refused_where_it_is_written(zone):
    with pytest.raises(ValueError) as error:
        Cron("0 9 * * *", zone)
    assert str(error.value) == f"expected the name of a time zone, got {zone!r}; do name one, such as 'UTC'"


def test_without_the_library_the_line_to_install_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cronsim", None)
    with pytest.raises(MissingExtra) as error:
        Cron("0 9 * * *")
    assert str(error.value) == "Cron needs an extra that is not installed; do pip install 'telic[schedules]'"


def test_every_keeps_its_distance_from_its_anchor():
    every = Every(6 * HOUR, at("2026-01-01T01:00"))
    assert every.after(at("2026-03-01T06:59")) == at("2026-03-01T07:00")
    assert every.after(at("2026-03-01T07:00")) == at("2026-03-01T13:00")
    assert every.after(at("2025-12-31T18:00")) == at("2025-12-31T19:00")


def test_every_needs_a_distance():
    with pytest.raises(ValueError, match="expected a step above zero, got 0:00:00"):
        Every(timedelta(0)).after(at("2026-01-01T00:00"))


def test_a_recurrence_shows_what_it_is():
    assert str(Cron("0 9 * * *", "Europe/Zurich")) == "cron 0 9 * * * Europe/Zurich"
    assert repr(Cron("0 9 * * *")) == "Cron('0 9 * * *', 'UTC')"
    assert str(Every(HOUR)) == "every 3600 s from 1970-01-01T00:00:00+00:00"
