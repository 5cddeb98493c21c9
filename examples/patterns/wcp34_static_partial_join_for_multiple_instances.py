"""WCP34 Static Partial Join for Multiple Instances: of instances whose number is known, so many are needed to go on.

All donors on a list are phoned for an operation. When two have agreed it is performed; the others are thanked, and
the case is closed when nobody is on the phone any more. What may never be here: a second operation.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Command,
    Fact,
    FinalState,
    FrozenSet,
    Intent,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    TypedId,
    start,
    transition,
)

NEEDED = 2


class CaseKind(StrEnum):
    PHONING = "phoning"
    OPERATING = "operating"
    CLOSED = "closed"


class Donor(TypedId):
    """Names one donor."""


class PlanOperation(Command):
    donors: FrozenSet[Donor]


class DonorAgreed(Fact):
    donor: Donor


class OperationPerformed(Fact): ...


class PhoneDonor(Intent[DonorAgreed]):
    donor: Donor


class PerformOperation(Intent[OperationPerformed]): ...


class Phoning(State):
    kind: Literal[CaseKind.PHONING] = CaseKind.PHONING
    left: FrozenSet[Donor]
    agreed: int = 0

    @classmethod
    @start
    def plan(cls, event: PlanOperation) -> tuple[Self, Many[PhoneDonor]] | tuple[None, Reject]:
        if len(event.donors) < NEEDED:
            return None, Reject(f"expected {NEEDED} donors, got {len(event.donors)}; do name more")
        return cls(left=event.donors), Many.of(PhoneDonor(donor=one) for one in event.donors)

    @transition
    def join(self, event: DonorAgreed) -> tuple[Self, NoIntent] | tuple[Operating, PerformOperation]:
        left, agreed = self.left.without(event.donor), self.agreed + 1
        if agreed < NEEDED:
            return self.evolve(left=left, agreed=agreed), NoIntent()
        return Operating(left=left), PerformOperation()


class Operating(State):
    kind: Literal[CaseKind.OPERATING] = CaseKind.OPERATING
    left: FrozenSet[Donor]
    performed: bool = False

    @transition
    def thank(self, event: DonorAgreed) -> tuple[Self, NoIntent] | tuple[Closed, NoIntent]:
        return self.evolve(left=self.left.without(event.donor)).closed_or_not()

    @transition
    def finish(self, event: OperationPerformed) -> tuple[Self, NoIntent] | tuple[Closed, NoIntent]:
        return self.evolve(performed=True).closed_or_not()

    def closed_or_not(self) -> tuple[Self, NoIntent] | tuple[Closed, NoIntent]:
        return (Closed(), NoIntent()) if self.performed and not self.left else (self, NoIntent())


class Closed(FinalState):
    kind: Literal[CaseKind.CLOSED] = CaseKind.CLOSED
    settles = (PhoneDonor, PerformOperation)


static_partial_join_for_multiple_instances = Machine[
    Phoning | Operating | Closed,
    PlanOperation | DonorAgreed | OperationPerformed,
](name="static_partial_join_for_multiple_instances", version=1)
