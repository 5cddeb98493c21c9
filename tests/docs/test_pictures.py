"""The pictures in the docs are those that the code draws today."""

import re

import pytest

import telic.graph
from tests.docs.pictures import HOME, PICTURES
from tests.docs.test_pages import ROOT


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_is_drawn_today(name):
    assert (HOME / name).read_text(encoding="utf-8") == PICTURES[name](), "do run make pictures"


def test_no_picture_is_there_that_nobody_draws():
    assert {path.name for path in HOME.iterdir()} == set(PICTURES)


def test_the_reference_names_everything_public_of_the_graph_and_nothing_else():
    text = (ROOT / "docs/reference/graph.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)) == sorted(telic.graph.__all__)
