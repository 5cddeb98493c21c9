"""Scenarios side by side: all are told in the order of the list, whatever becomes of them or of their process."""

import multiprocessing
import os
import signal
import sys
import tempfile
from contextlib import closing

import pytest

from tests.chaos import beside
from tests.chaos.beside import FIGURES, Listed, ran
from tests.chaos.checker import Verdict
from tests.chaos.scenario import Outcome


@pytest.fixture(autouse=True)
def _folders(monkeypatch, tmp_path):
    """Folders of scenarios are within that of the test: one whose process is killed leaves its own behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def told(name, run=lambda: None):
    """A scenario that does something, and says in which process."""

    def scenario(where):
        assert where.is_dir()
        run()
        return Outcome(name, "-", 1, Verdict((), dict.fromkeys(FIGURES, 0)), 0.0, None, {"process": os.getpid()})

    return scenario


def raises():
    raise ValueError("broken")


def outcomes(*listed):
    return [outcome for _, outcome in ran(listed)]


def test_who_belongs_to_no_group_runs_in_this_process_one_after_another():
    one, two = outcomes(Listed("one", told("one")), Listed("two", told("two")))
    assert [one.scenario, two.scenario] == ["one", "two"]
    assert one.details == two.details == {"process": os.getpid()}


def test_a_group_with_one_lane_needs_no_process():
    listed = [Listed(name, told(name), "calls", "sqlite") for name in ("one", "two")]
    assert {one.details["process"] for one in outcomes(*listed)} == {os.getpid()}


def test_lanes_of_a_group_run_at_the_same_time_and_each_in_its_order():
    here, there = (multiprocessing.get_context("fork").Event() for _ in range(2))

    def meet(mine, other):
        mine.set()
        assert other.wait(60)

    first, second, third = outcomes(
        Listed("a", told("a", lambda: meet(here, there)), "calls", "sqlite"),
        Listed("b", told("b"), "calls", "sqlite"),
        Listed("c", told("c", lambda: meet(there, here)), "calls", "postgres"),
    )
    assert [one.ok for one in (first, second, third)] == [True] * 3
    assert first.details == second.details != third.details


def test_a_group_is_told_in_the_order_of_the_list_with_its_places():
    after = multiprocessing.get_context("fork").Event()
    listed = [
        Listed("slow", told("slow", lambda: after.wait(60)), "calls", "sqlite"),
        Listed("alone", told("alone")),
        Listed("quick", told("quick", after.set), "calls", "postgres"),
    ]
    assert [(place, one.scenario) for place, one in ran(listed)] == [(0, "slow"), (2, "quick"), (1, "alone")]


@pytest.mark.parametrize("group", ["", "calls"])
def test_what_raises_has_failed_with_its_traceback_and_the_others_are_run(group):
    first, second, third = outcomes(
        Listed("one", told("one", raises), group, "sqlite"),
        Listed("two", told("two"), group, "sqlite"),
        Listed("three", told("three"), group, "postgres"),
    )
    assert [first.ok, second.ok, third.ok] == [False, True, True]
    assert first.scenario == "one"
    assert "ValueError: broken" in first.problems[0]
    assert "in raises" in first.problems[0]


def test_all_of_a_lane_have_failed_whose_process_is_gone():
    first, second, third = outcomes(
        Listed("one", told("one", lambda: os.kill(os.getpid(), signal.SIGKILL)), "calls", "sqlite"),
        Listed("two", told("two"), "calls", "sqlite"),
        Listed("three", told("three"), "calls", "postgres"),
    )
    assert [first.ok, second.ok, third.ok] == [False, False, True]
    assert first.problems == second.problems == ("expected what came of it, got a process that ended with -9",)


def test_a_process_that_is_gone_is_noticed_though_a_child_holds_its_end_of_the_pipe(monkeypatch):
    monkeypatch.setattr(beside, "_LOOK_SECONDS", 0.01)
    released, release = os.pipe()

    def leave_a_child():
        if os.fork() == 0:
            os.close(release)
            os.read(released, 1)  # until the test is over
            os._exit(0)
        os.kill(os.getpid(), signal.SIGKILL)

    listed = [
        Listed("one", told("one", leave_a_child), "calls", "sqlite"),
        Listed("two", told("two"), "calls", "postgres"),
    ]
    assert [one.ok for one in outcomes(*listed)] == [False, True]
    os.close(release)
    os.close(released)


def test_no_process_is_left_when_the_run_is_broken_off(tmp_path):
    begun, never = (multiprocessing.get_context("fork").Event() for _ in range(2))

    def stay():
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(number))
        begun.set()
        try:
            never.wait()
        finally:
            (tmp_path / "cleared").touch()

    listed = [
        Listed("one", told("one", lambda: begun.wait(60)), "calls", "sqlite"),
        Listed("two", told("two", stay), "calls", "postgres"),
    ]
    with closing(ran(listed)) as running:
        place, _ = next(running)
        assert place == 0
    assert multiprocessing.active_children() == []
    assert (tmp_path / "cleared").exists()
