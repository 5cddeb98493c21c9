"""What is drawn of the figures, and what happens where nobody can draw."""

import sys
from pathlib import Path

import pytest

from tests.bench.measure import Row, at_least
from tests.bench.plots import charts, drawn, pictured
from tests.bench.report import Part, as_tables

RATIOS = [Row("a / b", [1.0, 2.0, 4.0], at_least(1)), Row("bytes of a", [300.0]), Row("a / c", [], absent="gone")]
PARTS = [
    Part("In memory: a step (less is better)", {}, RATIOS),
    Part("Counted: a step", {}, [Row("a step: instructions", [98.3])]),
    Part("Nothing", {}, [Row("a / c", [], absent="gone")]),
]


def test_a_chart_has_the_ratios_of_a_part_or_all_rows_where_there_is_none():
    memory, counted = charts(PARTS)
    assert (memory.file, memory.title, [row.name for row in memory.rows]) == (
        "measured-in-memory.svg",
        "In memory: a step",
        ["a / b"],
    )
    assert (counted.file, [row.name for row in counted.rows]) == ("measured-counted.svg", ["a step: instructions"])


def test_a_part_with_very_many_rows_is_drawn_by_durability():
    rows = [
        Row(f"SQLite {word}, callers: {number} / raw", [1.0]) for word in ("FULL", "NORMAL") for number in range(20)
    ]
    full, normal = charts([Part("On SQLite", {}, rows)])
    assert (full.file, len(full.rows)) == ("measured-on-sqlite-full.svg", 20)
    assert (normal.file, len(normal.rows)) == ("measured-on-sqlite-normal.svg", 20)


def test_where_nobody_can_draw_that_is_said_and_old_pictures_stay(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.prefix", "/nowhere/3.11")
    (tmp_path / "measured-in-memory.svg").write_text("<svg/>", encoding="utf-8")
    assert "matplotlib is not installed" in drawn(PARTS, tmp_path)
    there = pictured(PARTS, tmp_path)
    assert there == {PARTS[0].heading: [("In memory: a step", "measured-in-memory.svg")]}
    assert "![In memory: a step](measured-in-memory.svg)" in as_tables(PARTS, there)


def test_a_picture_has_its_colours_for_light_and_for_dark_and_old_ones_go(tmp_path):
    if not (Path(sys.prefix).parent / f"{Path(sys.prefix).name}-matplotlib" / "bin" / "python").exists():
        pytest.skip("matplotlib is not installed beside; `make bench` installs it")
    (tmp_path / "measured-gone.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "order.svg").write_text("<svg/>", encoding="utf-8")
    assert drawn(PARTS, tmp_path) == ""
    assert {path.name for path in tmp_path.iterdir()} == {"measured-in-memory.svg", "measured-counted.svg", "order.svg"}
    text = (tmp_path / "measured-in-memory.svg").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    assert "a / b" in text
    assert "var(--met)" in text
    assert drawn(PARTS, tmp_path) == ""
    assert (tmp_path / "measured-in-memory.svg").read_text(encoding="utf-8") == text
