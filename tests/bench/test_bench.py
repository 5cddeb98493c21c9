"""The harness runs and reports; what it measures decides no test."""

import json

import pytest

from tests.bench import __main__ as bench
from tests.bench.measure import Row, at_least, at_most
from tests.bench.sqlite import CASES

TINY = bench.Scale(rounds=1, steps=6, single=3, held=(20,), journal=20, items=2)


def test_every_comparison_reports_its_ratios_and_writes_them(tmp_path, monkeypatch, capsys):
    path = tmp_path / "made" / "bench.json"
    monkeypatch.setattr(bench, "QUICK", TINY)
    monkeypatch.setattr("sys.argv", ["bench", "--quick", "--json", str(path)])
    bench.main()
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    assert len(rows) == 13 + len(CASES)
    assert all(row["median"] > 0 and row["ratios"] for row in rows)
    assert all(row["name"] in capsys.readouterr().out for row in rows[:1])


@pytest.mark.parametrize(
    ("goal", "ratio", "verdict"),
    [
        (at_most(2), 2.0, "met"),
        (at_most(2), 2.1, "missed"),
        (at_least(0.6), 0.6, "met"),
        (at_least(0.6), 0.5, "missed"),
    ],
)
def test_a_row_says_whether_its_median_reaches_the_goal(goal, ratio, verdict):
    assert Row("any", [9.0, ratio, 0.0], goal).verdict == verdict


def test_a_row_without_a_goal_has_no_verdict():
    assert Row("any", [1.0]).verdict == ""
