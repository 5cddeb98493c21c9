"""Each buggy machine is caught with the right diagnosis, and its corrected twin is proved clean."""

import pytest

from telic.verify import Verdict, explore
from tests.verify.buggy import dead, losing, raising, standing, turning, unsound

MODULES = (standing, losing, turning, dead, raising, unsound)
CASES = [
    pytest.param(case, id=f"{module.__name__.rpartition('.')[2]}-{case}") for module in MODULES for case in module.CASES
]


@pytest.mark.parametrize("case", CASES)
def test_a_bug_is_diagnosed_and_its_twin_is_proved(case):
    report = explore(case.build(True), **case.asked)
    found = [one for one in report.checks if one.name == case.check and one.where == case.where and one.text]
    assert len(found) == 1, report.text()
    assert case.phrase in found[0].text
    assert len(found[0].trace.steps if found[0].trace else ()) == (case.steps or 0), report.text()
    assert {one.name for one in report.checks if one.text} <= case.also | {case.check}, report.text()
    twin = explore(case.build(False), **case.asked)
    assert twin.verdict is Verdict.PROVED, twin.text()
