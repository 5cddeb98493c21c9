"""The pictures in the docs are those that the code draws today."""

import re

import pytest

import telic.graph
from tests.bench.__main__ import pictures
from tests.bench.plots import charts
from tests.bench.report import BEGIN, END, anchor, as_tables, kept
from tests.docs.pictures import HOME, PICTURES
from tests.docs.test_pages import ROOT


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_is_drawn_today(name):
    assert (HOME / name).read_text(encoding="utf-8") == PICTURES[name](), "do run make pictures"


def test_no_picture_is_there_that_nobody_draws():
    parts = kept((ROOT / "docs/explanation/measured.json").read_text(encoding="utf-8"))
    measured = {chart.file for chart in charts(parts)}
    assert {path.name for path in HOME.iterdir()} - measured == set(PICTURES)


def test_the_page_of_what_was_measured_shows_the_figures_that_stand_beside_it():
    page = ROOT / "docs/explanation/measured.md"
    parts = kept(page.with_suffix(".json").read_text(encoding="utf-8"))
    shown = page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == as_tables(parts, pictures(parts, page))


def test_every_row_of_what_was_measured_has_a_name_of_its_own():
    parts = kept((ROOT / "docs/explanation/measured.json").read_text(encoding="utf-8"))
    names = [anchor(row.name) for part in parts for row in part.rows]
    assert [name for name in names if names.count(name) > 1] == []


def test_the_reference_names_everything_public_of_the_graph_and_nothing_else():
    text = (ROOT / "docs/reference/graph.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)) == sorted(telic.graph.__all__)
