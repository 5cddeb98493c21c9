"""Approved behaviour: kept in a file, held to it, and approved anew on demand."""

import json

import pytest

from telic.testing import assert_graph
from telic.testing.approval import ACCEPT, assert_behaviour
from telic.verify import explore
from tests.verify import small
from tests.verify.leaky import leaky, mended


@pytest.fixture
def approved(tmp_path):
    path = tmp_path / "till.graph.json"
    assert_graph(mended, path, accept=True)
    return path


def test_an_approved_machine_passes_and_its_file_is_readable(approved):
    assert_graph(mended, approved)
    data = json.loads(approved.read_text(encoding="utf-8"))
    assert (data["machine"], data["worlds"]) == ("till", 4)
    assert list(data["steps"]) == sorted(data["steps"])


def test_another_behaviour_is_told_step_by_step(approved):
    with pytest.raises(AssertionError) as caught:
        assert_graph(leaky, approved)
    assert str(caught.value).splitlines() == [
        "till behaves differently from till.graph.json:",
        "  - Held --Nudge--> Done",
        "do look at them, then approve them with pytest --telic-accept-graphs, or TELIC_ACCEPT_GRAPHS=1",
    ]


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(
        AssertionError, match=r"expected the approved behaviour of till in .*, got no such file; do look"
    ):
        assert_graph(mended, tmp_path / "none.json")


@pytest.mark.parametrize(("value", "accepts"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_the_environment_may_approve(monkeypatch, tmp_path, value, accepts):
    monkeypatch.setenv(ACCEPT, value)
    path = tmp_path / "till.graph.json"
    if accepts:
        assert_graph(mended, path)
    else:
        with pytest.raises(AssertionError, match="no such file"):
            assert_graph(mended, path)
    assert path.exists() is accepts


def test_what_is_said_in_the_call_stands_before_the_environment(monkeypatch, approved):
    monkeypatch.setenv(ACCEPT, "1")
    with pytest.raises(AssertionError, match="behaves differently"):
        assert_graph(leaky, approved, accept=False)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 1, "steps": {}}', '{"form": 9, "steps": {}}'])
def test_a_file_that_is_no_behaviour_is_told_with_its_name(tmp_path, text):
    path = tmp_path / "till.graph.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match=r"till\.graph\.json: .*do approve the behaviour anew"):
        assert_graph(mended, path)


def test_a_report_can_be_held_to_a_file_too(approved):
    assert_behaviour(explore(mended), approved)


def test_a_long_list_of_changes_is_cut(tmp_path):
    path = tmp_path / "m.graph.json"
    assert_graph(small.counting(), path, accept=True)
    data = json.loads(path.read_text(encoding="utf-8"))
    data["steps"] |= {f"A --Step{number}--> B": "0" for number in range(300)}
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(AssertionError) as caught:
        assert_graph(small.counting(), path)
    assert str(caught.value).splitlines()[-2] == "  … and 100 more"
