"""The harness runs and reports; what it measures decides no test."""

import json
import sqlite3
from functools import partial

import pytest

from examples.loan.generator import generate, write_xes
from examples.loan.log import read_cases
from examples.loan.machine import loan
from telic import WorkflowId
from telic.stores.sqlite import SqliteDatabase
from tests.bench import __main__ as bench
from tests.bench import bank_log
from tests.bench.against_dbos import against_dbos
from tests.bench.measure import Rounds, Row, at_least, at_most, in_turns
from tests.bench.report import BEGIN, END, Part, anchor, as_json, as_tables, into_page, kept

TINY = bench.Scale(
    rounds=1,
    seconds=0,
    steps=6,
    single=3,
    items=2,
    held=(1000,),
    journals=(20,),
    claimed=120,
    open=20,
    asked=2,
    idle_seconds=0.1,
    crews=(2,),
    cases=3,
    dbos=0,
)


@pytest.mark.parametrize(
    "part", ["In memory", "On SQLite", "On PostgreSQL", "The worker", "Scale", "Size", "Exploration", "Start-up"]
)
def test_every_comparison_reports_its_ratios_and_writes_them(tmp_path, monkeypatch, capsys, part):
    path, page = tmp_path / "made" / "bench.json", tmp_path / "measured.md"
    page.write_text(f"# Measured\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(bench, "QUICK", TINY)
    monkeypatch.setattr("sys.argv", ["bench", "--quick", "--only", part, "--json", str(path), "--page", str(page)])
    bench.main()
    ((heading, _, rows),) = (one.values() for one in json.loads(path.read_text(encoding="utf-8")))
    assert len(rows) >= 2
    assert all(row["absent"] or (row["median"] > 0 and row["ratios"]) for row in rows)
    out, written = capsys.readouterr().out, page.read_text(encoding="utf-8")
    assert all(row["name"] in out and f"</a>{row['name']} |" in written for row in rows)
    assert part in heading
    assert "old" not in written
    assert written.endswith(f"{END}\nafter\n")


async def test_the_statements_of_a_log_by_hand_leave_the_same_file_as_telic(tmp_path):
    log, told = tmp_path / "log.xes.gz", tmp_path / "told"
    write_xes(log, generate(5, seed=3))
    cases = list(read_cases(log))
    async with SqliteDatabase(tmp_path / "raw.sqlite") as database:
        await database.store(loan).load(WorkflowId("nobody"))
    await bank_log._seconds(tmp_path / "telic.sqlite", cases)
    await bank_log._written_down(tmp_path / "told.sqlite", cases, told)
    bank_log._again(tmp_path / "raw.sqlite", told)
    files = [contents(tmp_path / f"{name}.sqlite") for name in ("telic", "told", "raw")]
    assert files[0] == files[1] == files[2]
    assert len(files[0]["telic_instance"]) == 5


def contents(path):
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in tables}
    connection.close()
    return found


async def test_a_log_is_measured_from_end_to_end_and_its_absence_is_reported(tmp_path):
    log = tmp_path / "log.xes.gz"
    write_xes(log, generate(6, seed=3))
    rows = [row async for row in bank_log.bank_log(log, cases=6, pieces=2)]
    assert [len(row.ratios) for row in rows] == [2, 1, 2, 1, 1]
    assert all(row.median > 0 for row in rows)
    (row,) = [row async for row in bank_log.bank_log(None, cases=6, pieces=2)]
    assert (row.verdict, row.absent) == ("not measured", "the log was not given; `make bench LOG=path` names it")


async def test_a_peer_that_is_not_installed_is_reported(monkeypatch):
    monkeypatch.setattr("sys.prefix", "/nowhere/3.11")
    rows = [row async for row in against_dbos("", 1)]
    assert [row.absent for row in rows[:3]] == ["there is no server"] * 3
    assert {row.absent for row in rows[3:]} == {
        "it is not installed; `make bench` installs it where its wheels can be had"
    }
    assert {row.verdict for row in rows} == {"not measured"}


def test_the_tables_say_what_is_met_missed_and_not_measured():
    parts = [
        Part(
            "Speed",
            {"load": 0.1},
            [Row("one", [2.0, 3.0, 4.0], at_least(2.5), load=0.25), Row("two", [2.0], at_least(2.5))],
        ),
        Part("Size", {"at": "noon"}, [Row("three", [], at_most(1), absent="it is gone"), Row("four", [1234.5])]),
    ]
    assert kept(as_json(parts)) == parts
    assert (
        as_tables(parts)
        == """\
Of 3 goals 1 are met, 1 missed, and 1 not measured.

Missed:
- [two](#row-two)

Not measured:
- [three](#row-three)

### Speed

| what is compared | median | spread | goal | | load |
|---|---|---|---|---|---|
| <a id="row-one"></a>one | 3.00 | 2.00 to 4.00 | at least 2.5 | met | 0.2 |
| <a id="row-two"></a>two | 2.00 |  | at least 2.5 | missed |  |

(load 0.1)

### Size

| what is compared | median | spread | goal | | load |
|---|---|---|---|---|---|
| <a id="row-three"></a>three | | | at most 1 | not measured: it is gone | |
| <a id="row-four"></a>four | 1,234 |  |  |  |  |

(at noon)"""
    )


def test_a_row_keeps_its_name_for_links_when_a_peer_has_a_new_version():
    assert anchor("SQLite, callers: 1 / DBOS 3.4.0") == anchor("SQLite, callers: 1 / DBOS 3.5.10")
    assert anchor("SQLite, callers: 1 / DBOS 3.4.0") != anchor("SQLite, callers: 10 / DBOS 3.4.0")


def test_rounds_go_on_until_their_time_is_used_but_no_fewer_and_no_more_than_is_said():
    assert list(Rounds(3).numbers()) == [0, 1, 2]
    assert list(Rounds(1, seconds=3600, most=4).numbers()) == [0, 1, 2, 3]
    assert list(Rounds(5, seconds=3600).at_most(2).numbers()) == [0, 1]


async def test_two_sides_take_turns_and_their_times_keep_their_places():
    for number, order in enumerate((["a", "b", "c"], ["c", "b", "a"])):
        begun: list[str] = []
        times = await in_turns(number, *(partial(begun.append, name) for name in "abc"))
        assert (begun, len(times)) == (order, 3)


def test_the_plan_fits_into_an_hour_and_that_of_a_short_run_into_five_minutes():
    minutes, seconds = zip(*bench.PLAN.values(), strict=True)
    assert set(bench.PLAN) <= set(bench.PARTS.values())
    assert sum(minutes) <= 60
    assert sum(seconds) <= 300
    assert "in all" in bench.plan(bench.PARTS, quick=True)


def test_a_short_run_does_not_mix_with_the_figures_of_a_long_one(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["bench", "--quick", "--page", "page.md"])
    with pytest.raises(SystemExit):
        bench.asked()
    assert "expected --json with --quick and --page" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["bench", "--quick"])
    short = bench.asked().json
    monkeypatch.setattr("sys.argv", ["bench"])
    assert bench.asked().json != short


def test_parts_that_are_not_run_stay_as_they_were(tmp_path, monkeypatch):
    path = tmp_path / "bench.json"
    path.write_text(as_json([Part("Exploration", {}, [Row("older", [7.0])])]), encoding="utf-8")
    monkeypatch.setattr(bench, "QUICK", TINY)
    monkeypatch.setattr("sys.argv", ["bench", "--quick", "--only", "In memory", "--json", str(path)])
    bench.main()
    memory, other = kept(path.read_text(encoding="utf-8"))
    assert len(memory.rows) == 3
    assert [row.name for row in other.rows] == ["older"]


def test_a_page_without_marks_is_left_as_it_is(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Nothing\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"expected '<!-- measured: begin -->' and '<!-- measured: end -->' in page.md"
    ):
        into_page(page, "")
    assert page.read_text(encoding="utf-8") == "# Nothing\n"


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
