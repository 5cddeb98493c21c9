"""What the races find: two holders of one claim, a release that nobody heard, a fact that nobody brought."""

import pytest

from tests.chaos import races
from tests.chaos.places import SqliteFile, made

ROW = ("h-0", 2, 0, 0)


def invariants(claims, row=ROW):
    return [one.invariant for one in races._of_claims([["h-0", *one] for one in claims], [row])]


def test_claims_that_follow_each_other_are_in_order():
    assert invariants([(1, True, False), (2, True, False)]) == []


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ([(1, True, False), (2, False, False)], ["I3"]),
        ([(1, True, True), (2, True, False)], ["I5"]),
        ([(1, True, False), (1, True, False), (2, True, False)], ["I5"]),
        ([(2, True, False)], ["I3"]),
    ],
)
def test_whatever_must_not_be_is_found(claims, found):
    assert invariants(claims) == found


@pytest.mark.parametrize(("attempt", "crashes"), [(1, 0), (0, 1)])
def test_a_release_that_counts_is_found(attempt, crashes):
    assert invariants([(1, True, False), (2, True, False)], ("h-0", 2, attempt, crashes)) == ["I3"]


def test_a_publication_that_reaches_nobody_is_found(tmp_path, monkeypatch):
    async def nobody(place, turns): ...

    monkeypatch.setattr(races, "_feeding", nobody)
    place = made(SqliteFile(str(tmp_path / "run.db"), {"durability": "normal"}))
    outcome = races.published_and_waited(place, tmp_path, rounds=8)
    assert not outcome.ok
    assert outcome.verdict.stuck == 8
