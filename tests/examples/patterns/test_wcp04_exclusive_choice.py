"""Exclusive Choice: one branch begins, and what is known decides which."""

from typing import Self

import pytest

from examples.patterns.wcp04_exclusive_choice import (
    INSPECTED_FROM_CENTS,
    AssessDamage,
    Assessing,
    Closed,
    DamageAssessed,
    DamageInspected,
    DamagePaid,
    InspectDamage,
    Inspecting,
    PayDamage,
    Paying,
    ReportDamage,
    exclusive_choice,
)
from telic import Batch, Ignores, Machine, NoIntent, transition
from telic.testing import suite
from telic.verify import Domain, ended, eventually
from tests.examples.patterns.stories import stories

AMOUNTS = (0, INSPECTED_FROM_CENTS - 1, INSPECTED_FROM_CENTS, INSPECTED_FROM_CENTS + 1)
BRANCHES = {"PayDamage", "InspectDamage"}
EVENT = ReportDamage | DamageAssessed | DamagePaid | DamageInspected


def of(*amounts):
    return Domain().field(DamageAssessed, "amount_cents", *amounts)


def chosen(machine, amount):
    """The branches that begin, in each story with this amount."""
    return {tuple(word for word in story if word in BRANCHES) for story in stories(machine, domain=of(amount))}


TestExclusiveChoice = suite(
    exclusive_choice, domain=of(*AMOUNTS), check=[eventually("the claim is closed", ended)], worlds=5
)


@pytest.mark.parametrize("amount", AMOUNTS)
def test_each_amount_has_exactly_one_branch_and_always_the_same(amount):
    branch = "PayDamage" if amount < INSPECTED_FROM_CENTS else "InspectDamage"
    assert chosen(exclusive_choice, amount) == {(branch,)}


def test_each_branch_is_taken_by_some_amount():
    told = stories(exclusive_choice, domain=of(*AMOUNTS))
    assert {word for story in told for word in story} & BRANCHES == BRANCHES


class ClosedAfterBoth(Closed):
    ignores = (Ignores(DamageInspected, why="it is paid already"),)


class PayingAndInspecting(Paying):
    ignores = (Ignores(DamageInspected, why="it is paid already"),)

    @transition
    def close(self, event: DamagePaid) -> tuple[ClosedAfterBoth, NoIntent]:
        return ClosedAfterBoth(), NoIntent()


class AssessingForBoth(Assessing):
    @transition
    def choose(self, event: DamageAssessed) -> tuple[PayingAndInspecting, Batch[PayDamage | InspectDamage]]:
        return PayingAndInspecting(), PayDamage(amount_cents=event.amount_cents) & InspectDamage()


def test_a_choice_of_both_is_noticed():
    both = Machine[AssessingForBoth | PayingAndInspecting | ClosedAfterBoth, EVENT](name="both")
    assert chosen(both, 0) == {("InspectDamage", "PayDamage")}


class AssessingWithAGap(Assessing):
    @transition
    def choose(
        self, event: DamageAssessed
    ) -> tuple[Paying, PayDamage] | tuple[Inspecting, InspectDamage] | tuple[Self, AssessDamage]:
        if event.amount_cents == INSPECTED_FROM_CENTS:
            return self, AssessDamage()
        return super().choose(event)


def test_an_amount_without_a_branch_is_noticed():
    gap = Machine[AssessingWithAGap | Paying | Inspecting | Closed, EVENT](name="gap")
    assert chosen(gap, INSPECTED_FROM_CENTS) == {()}
