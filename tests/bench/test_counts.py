"""What is counted is compared with the record, and a step that has become dearer is told."""

import json
import sys

import pytest

from tests.bench import counts
from tests.bench.counting import MARK
from tests.bench.counts import RECORD, Counts, Uncounted, compared, read, rows, write

VERSIONS = {"python": "3.11.7"}


def test_a_step_is_dearer_by_more_than_three_in_a_hundred():
    before = Counts(VERSIONS, {"one": 1000, "two": 1000, "three": 1000})
    now = Counts(VERSIONS, {"one": 1029, "two": 1031, "three": 500, "four": 9})
    assert [dearer for _, dearer in compared(now, before)] == [False, True, False, False]
    assert [line.split()[-1] for line, _ in compared(now, before)] == ["+2.9%", "+3.1%", "-50.0%", "new"]


def test_a_step_with_a_server_may_differ_by_more_for_the_loop_wakes_when_it_answers():
    before = Counts(VERSIONS, {"a step on PostgreSQL": 1000})
    for instructions, expected in ((1149, False), (1151, True)):
        assert [dearer for _, dearer in compared(Counts(VERSIONS, {"a step on PostgreSQL": instructions}), before)] == [
            expected
        ]


def test_the_record_is_read_as_it_was_written(tmp_path):
    path, one = tmp_path / "counts.json", Counts(VERSIONS, {"one": 1000})
    assert read(path) == Counts({}, {})
    write(one, path)
    assert read(path) == one


def test_what_was_not_counted_this_time_stays_if_the_versions_are_the_same(tmp_path):
    path = tmp_path / "counts.json"
    write(Counts(VERSIONS, {"one": 1000, "two": 2000}), path)
    write(Counts(VERSIONS, {"one": 1001}), path)
    assert read(path).instructions == {"one": 1001, "two": 2000}
    write(Counts({"python": "3.12.0"}, {"one": 900}), path)
    assert read(path) == Counts({"python": "3.12.0"}, {"one": 900})


def test_rows_are_in_thousands():
    assert [(row.name, row.ratios) for row in rows(Counts(VERSIONS, {"a step": 98_317}))] == [
        ("a step: thousand instructions", [98.317])
    ]


def test_without_valgrind_nothing_is_counted_and_the_reason_is_given(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Uncounted, match="valgrind is not installed"):
        counts.count("")
    monkeypatch.setattr("sys.argv", ["counts"])
    monkeypatch.setattr(counts, "postgres_or_none", lambda: "")
    assert counts.main() == 2
    assert "not counted: valgrind is not installed" in capsys.readouterr().err


def test_what_was_counted_stands_between_the_marks(tmp_path, monkeypatch):
    """In the place of valgrind, a program that writes what callgrind writes."""
    stand_in = tmp_path / "valgrind"
    stand_in.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        f"assert '--dump-before={MARK}' in sys.argv\n"
        "out = next(word.partition('=')[2] for word in sys.argv if word.startswith('--callgrind-out-file='))\n"
        "for number, total in enumerate((5_000, 20_000, 300, 1_000), 1):\n"
        "    open(f'{out}.{number}', 'w').write(f'summary: 1\\ntotals: {total}\\n')\n"
        "print('200 a step')\nprint('10 another')\n",
        encoding="utf-8",
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert counts.count("").instructions == {"a step": 100, "another": 100}


def test_the_record_names_its_versions_and_every_piece_of_work():
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert {"python", "pydantic", "sqlite"} <= set(record["versions"])
    assert all(isinstance(one, int) and one > 0 for one in record["instructions"].values())
    assert {"the bare transition", "a step in memory", "a step on SQLite, 100 callers, inline"} <= set(
        record["instructions"]
    )
