"""WCP4 Exclusive Choice: exactly one of several branches begins, chosen by what the process knows.

A damage is paid at once if it is small, and inspected first if it is large. What may never be here:
an amount for which both begin, or neither.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Fact, FinalState, Intent, Machine, NoIntent, State, start, transition

INSPECTED_FROM_CENTS = 50_000


class ClaimKind(StrEnum):
    ASSESSING = "assessing"
    PAYING = "paying"
    INSPECTING = "inspecting"
    CLOSED = "closed"


class ReportDamage(Command): ...


class DamageAssessed(Fact):
    amount_cents: int


class DamagePaid(Fact): ...


class DamageInspected(Fact): ...


class AssessDamage(Intent[DamageAssessed]): ...


class PayDamage(Intent[DamagePaid]):
    amount_cents: int


class InspectDamage(Intent[DamageInspected]): ...


class Assessing(State):
    kind: Literal[ClaimKind.ASSESSING] = ClaimKind.ASSESSING

    @classmethod
    @start
    def report(cls, event: ReportDamage) -> tuple[Self, AssessDamage]:
        return cls(), AssessDamage()

    @transition
    def choose(self, event: DamageAssessed) -> tuple[Paying, PayDamage] | tuple[Inspecting, InspectDamage]:
        if event.amount_cents < INSPECTED_FROM_CENTS:
            return Paying(), PayDamage(amount_cents=event.amount_cents)
        return Inspecting(), InspectDamage()


class Paying(State):
    kind: Literal[ClaimKind.PAYING] = ClaimKind.PAYING

    @transition
    def close(self, event: DamagePaid) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Inspecting(State):
    kind: Literal[ClaimKind.INSPECTING] = ClaimKind.INSPECTING

    @transition
    def close(self, event: DamageInspected) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Closed(FinalState):
    kind: Literal[ClaimKind.CLOSED] = ClaimKind.CLOSED


exclusive_choice = Machine[
    Assessing | Paying | Inspecting | Closed,
    ReportDamage | DamageAssessed | DamagePaid | DamageInspected,
](name="exclusive_choice", version=1)
