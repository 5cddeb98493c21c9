"""WCP3 Synchronization: what follows several branches begins once, when the last of them has ended.

A loan contract is drawn up when income and identity have both been checked, in whichever order. What
may never be here: a contract after one of the two.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Batch, Command, Fact, FinalState, FrozenSet, Intent, Machine, NoIntent, State, start, transition


class LoanKind(StrEnum):
    CHECKING = "checking"
    CONTRACTING = "contracting"
    CONTRACTED = "contracted"


class Check(StrEnum):
    INCOME = "income"
    IDENTITY = "identity"


class RequestLoan(Command): ...


class IncomeChecked(Fact): ...


class IdentityChecked(Fact): ...


class ContractDrawnUp(Fact): ...


class CheckIncome(Intent[IncomeChecked]): ...


class CheckIdentity(Intent[IdentityChecked]): ...


class DrawUpContract(Intent[ContractDrawnUp]): ...


class Checking(State):
    kind: Literal[LoanKind.CHECKING] = LoanKind.CHECKING
    missing: FrozenSet[Check] = FrozenSet(Check)

    @classmethod
    @start
    def request(cls, event: RequestLoan) -> tuple[Self, Batch[CheckIncome | CheckIdentity]]:
        return cls(), CheckIncome() & CheckIdentity()

    @transition
    def note_income(self, event: IncomeChecked) -> tuple[Self, NoIntent] | tuple[Contracting, DrawUpContract]:
        return self.without(Check.INCOME)

    @transition
    def note_identity(self, event: IdentityChecked) -> tuple[Self, NoIntent] | tuple[Contracting, DrawUpContract]:
        return self.without(Check.IDENTITY)

    def without(self, check: Check) -> tuple[Self, NoIntent] | tuple[Contracting, DrawUpContract]:
        missing = self.missing.without(check)
        return (self.evolve(missing=missing), NoIntent()) if missing else (Contracting(), DrawUpContract())


class Contracting(State):
    kind: Literal[LoanKind.CONTRACTING] = LoanKind.CONTRACTING
    settles = (CheckIncome, CheckIdentity)

    @transition
    def sign(self, event: ContractDrawnUp) -> tuple[Contracted, NoIntent]:
        return Contracted(), NoIntent()


class Contracted(FinalState):
    kind: Literal[LoanKind.CONTRACTED] = LoanKind.CONTRACTED


synchronization = Machine[
    Checking | Contracting | Contracted,
    RequestLoan | IncomeChecked | IdentityChecked | ContractDrawnUp,
](name="synchronization", version=1)
