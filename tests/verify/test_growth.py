"""What grows without an end is named, and what only moves to and fro is not."""

import pytest

from telic.verify import Bound, explore
from telic.verify.growth import growing_field
from tests.verify import small
from tests.verify.buggy import losing, unsound


def graph(machine, **asked):
    return explore(machine, **asked).graph


def named(case):
    return next(one for module in (losing, unsound) for one in module.CASES if str(one) == case).build(True)


@pytest.mark.parametrize(
    ("case", "field"),
    [
        ("a_number_without_an_end", "A.tries"),
        ("a_history_without_an_end", "A.seen"),
        ("a_map_within_a_part_without_an_end", "A.book.lines"),
        ("mail_without_an_end", "the number of open intents"),
        ("a_deadline_that_moves_away", "A.until"),
        ("news_that_the_end_drops", "the number of deferred events"),
    ],
)
def test_what_grows_is_named(case, field):
    assert growing_field(graph(named(case), bound=Bound(worlds=80)))[1] == field


def test_a_few_rounds_are_no_growth():
    assert growing_field(graph(small.counting(), bound=Bound(worlds=3))) is None


def test_where_there_is_no_world_nothing_grows():
    found = graph(small.counting())
    found.worlds.clear()
    assert growing_field(found) is None


def test_growth_is_never_more_than_a_hint():
    report = explore(named("a_number_without_an_end"), bound=Bound(worlds=80))
    assert str(report.check("unbounded growth").verdict) == "undetermined"
    assert report.failures == ()
