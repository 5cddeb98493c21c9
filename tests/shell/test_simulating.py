"""Many runs of one story, and the least that breaks it."""

import pickle

import pytest

from telic.shell.fate import Fault, FaultKind
from telic.shell.simulating import SimulationFailed, every_fault, simulate

KINDS = (FaultKind.CRASH, FaultKind.FAIL)


def story(breaks):
    """A story of ten points that breaks when this is true of what has happened."""

    def play(fate):
        fate.begin()
        for number in range(10):
            fate.decide(f"point {number}", KINDS)
        if breaks({(one.at, one.kind) for one in fate.happened}):
            raise ValueError("broken")

    return play


def test_runs_that_hold_are_counted():
    report = simulate(story(lambda happened: False), seeds=range(50), share=0.2)
    assert report.passed
    assert report.runs == 50
    assert str(report) == f"50 runs with {report.faults} faults: all held"
    report.check()


def test_faults_that_do_not_matter_are_left_out():
    report = simulate(story(lambda happened: (4, FaultKind.CRASH) in happened), share=0.5, most=10, seeds=range(100))
    fate, _, removed = report.failure
    assert fate.happened == [Fault(4, FaultKind.CRASH, "point 4")]
    assert removed > 0
    assert str(report) == (
        f"{report.runs} runs with {report.faults} faults: one did not hold ({removed} more did not matter)\n"
        f"ValueError: broken\nseed {fate.seed}, 1 fault\n  point 4, point 4: crash\n"
        f"  again: Fate({fate.seed}, faults=[Fault(4, FaultKind.CRASH)])"
    )


def test_faults_that_only_break_it_together_are_kept_together():
    report = simulate(story(lambda happened: {at for at, _ in happened} >= {2, 7}), share=0.5, most=10)
    assert [one.at for one in report.failure.fate.happened] == [2, 7]


def test_the_failure_is_raised_with_its_report():
    report = simulate(story(bool), share=1.0)
    with pytest.raises(SimulationFailed) as caught:
        report.check()
    assert str(caught.value) == str(report) == str(pickle.loads(pickle.dumps(caught.value)))
    assert str(caught.value.__cause__) == "broken"


def test_every_fault_is_tried_alone():
    seen = []
    report = every_fault(story(seen.append))
    assert (report.runs, report.faults) == (21, 20)
    assert seen == [set(), *({(at, kind)} for at in range(10) for kind in KINDS)]


def test_only_wanted_kinds_are_tried():
    assert every_fault(story(lambda happened: False), kinds=[FaultKind.FAIL, FaultKind.LATE]).faults == 10


def test_a_story_that_breaks_by_itself_is_told_at_once():
    report = every_fault(story(lambda happened: True))
    assert str(report) == (
        "1 runs with 0 faults: one did not hold\nValueError: broken\nseed 0, no faults\n  again: Fate(0)"
    )
