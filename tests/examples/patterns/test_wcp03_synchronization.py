"""Synchronization: the contract is drawn up after both checks, and once."""

from typing import Literal, Self

import pytest

from examples.patterns.wcp03_synchronization import (
    Check,
    Checking,
    ContractDrawnUp,
    Contracted,
    Contracting,
    DrawUpContract,
    IdentityChecked,
    IncomeChecked,
    LoanKind,
    RequestLoan,
    synchronization,
)
from telic import FinalState, Ignores, Machine, NoIntent, State, transition
from telic.kernel.errors import DefinitionError
from telic.testing import suite
from telic.verify import Verdict, always, ended, eventually, explore, is_
from tests.examples.patterns.stories import stories

EVENT = RequestLoan | IncomeChecked | IdentityChecked | ContractDrawnUp


def nothing_left_behind(world):
    return not is_(Contracting)(world) or world.open == (DrawUpContract(),)


ONE_THREAD = always("one thread goes on", nothing_left_behind)

TestSynchronization = suite(synchronization, check=[ONE_THREAD, eventually("it ends", ended)], worlds=5)


def joins(story):
    """Say whether the join fires once, and after both branches."""
    if story.count("DrawUpContract") != 1:
        return False
    return {"IncomeChecked", "IdentityChecked"} <= {*story[: story.index("DrawUpContract")]}


def test_the_join_fires_once_and_after_both_in_either_order():
    told = stories(synchronization)
    assert all(map(joins, told))
    assert {tuple(word for word in story if word.endswith("Checked")) for story in told} == {
        ("IncomeChecked", "IdentityChecked"),
        ("IdentityChecked", "IncomeChecked"),
    }


class OneIsEnough(Checking):
    @transition
    def note_income(self, event: IncomeChecked) -> tuple[Contracting, DrawUpContract]:
        return Contracting(), DrawUpContract()

    @transition
    def note_identity(self, event: IdentityChecked) -> tuple[Contracting, DrawUpContract]:
        return Contracting(), DrawUpContract()


def test_a_join_that_waits_for_one_only_cannot_be_defined():
    with pytest.raises(DefinitionError, match="expected a way to Contracting on which no CheckIdentity is open"):
        Machine[OneIsEnough | Contracting | Contracted, EVENT](name="one")


class Careless(State):
    ignores = (Ignores(IncomeChecked, IdentityChecked, why="one is enough"),)


class ContractingCarelessly(Careless):
    kind: Literal[LoanKind.CONTRACTING] = LoanKind.CONTRACTING

    @transition
    def sign(self, event: ContractDrawnUp) -> tuple["ContractedCarelessly", NoIntent]:
        return ContractedCarelessly(), NoIntent()


class ContractedCarelessly(Careless, FinalState):
    kind: Literal[LoanKind.CONTRACTED] = LoanKind.CONTRACTED


class CheckingCarelessly(Checking):
    @transition
    def note_income(self, event: IncomeChecked) -> tuple[ContractingCarelessly, DrawUpContract]:
        return ContractingCarelessly(), DrawUpContract()

    @transition
    def note_identity(self, event: IdentityChecked) -> tuple[ContractingCarelessly, DrawUpContract]:
        return ContractingCarelessly(), DrawUpContract()


def test_a_join_that_waits_for_one_only_and_hides_it_is_noticed():
    one = Machine[CheckingCarelessly | ContractingCarelessly | ContractedCarelessly, EVENT](name="one")
    assert not any(map(joins, stories(one)))


class CheckingIncomeTwice(Checking):
    @transition
    def note_identity(self, event: IdentityChecked) -> tuple[Self, NoIntent] | tuple[Contracting, DrawUpContract]:
        return self.without(Check.INCOME)


def test_a_join_that_counts_one_branch_twice_is_noticed():
    twice = Machine[CheckingIncomeTwice | Contracting | Contracted, EVENT](name="twice")
    assert explore(twice).check("stuck").verdict is Verdict.REFUTED
