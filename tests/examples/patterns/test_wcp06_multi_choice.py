"""Multi-Choice: each branch begins if, and only if, its own condition holds."""

from itertools import product
from typing import Self

import pytest

from examples.patterns.wcp06_multi_choice import (
    Helped,
    HelpGiven,
    Helping,
    ReportAccident,
    SendHelp,
    multi_choice,
)
from telic import FrozenSet, Machine, Many, Reject, start
from telic.testing import begin, suite
from telic.verify import Domain, ended, eventually
from tests.examples.patterns.stories import stories

NEEDS = [needs for needs in product((True, False), repeat=3) if any(needs)]
SERVICES = ("ambulance", "fire", "police")

TestMultiChoice = suite(multi_choice, check=[eventually("everybody has been helped", ended)], worlds=8)


def report_of(needs):
    return ReportAccident(**dict(zip(("hurt", "burning", "blocked"), needs, strict=True)))


def begun(machine, needs):
    """What begins in the first step, in any story with these needs."""
    told = stories(machine, domain=Domain().of(ReportAccident, [report_of(needs)]))
    return {word for story in told for word in story if word.startswith("SendHelp")}


def wanted(needs):
    return {f"SendHelp {service}" for service, needed in zip(SERVICES, needs, strict=True) if needed}


@pytest.mark.parametrize("needs", NEEDS)
def test_those_branches_begin_whose_condition_holds(needs):
    assert begun(multi_choice, needs) == wanted(needs)


def test_no_branch_at_all_is_rejected():
    begin(multi_choice, report_of((False, False, False))).then_rejected("nobody is needed")


class HelpingOnce(Helping):
    @classmethod
    @start
    def report(cls, event: ReportAccident) -> tuple[Self, Many[SendHelp]] | tuple[Self, Reject]:
        there = FrozenSet([*event.services()][:1])
        if not there:
            return cls(there=there), Reject("nobody is needed")
        return cls(there=there), Many.of(SendHelp(service=one) for one in there)


def test_an_exclusive_choice_is_noticed():
    exclusive = Machine[HelpingOnce | Helped, ReportAccident | HelpGiven](name="exclusive")
    assert [needs for needs in NEEDS if begun(exclusive, needs) == wanted(needs)] == [
        needs for needs in NEEDS if sum(needs) == 1
    ]
