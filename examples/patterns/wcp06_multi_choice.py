"""WCP6 Multi-Choice: of several branches those begin whose own condition holds: one, some or all.

To an accident goes whoever is needed: the ambulance if somebody is hurt, the fire brigade if something
burns, the police if the road is blocked. What may never be here: a branch that depends on another.
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


class AccidentKind(StrEnum):
    HELPING = "helping"
    HELPED = "helped"


class Service(TypedId):
    """Names one of those who help."""


class ReportAccident(Command):
    hurt: bool
    burning: bool
    blocked: bool

    def services(self) -> FrozenSet[Service]:
        needed = {"ambulance": self.hurt, "fire": self.burning, "police": self.blocked}
        return FrozenSet(Service(name) for name, here in needed.items() if here)


class HelpGiven(Fact):
    service: Service


class SendHelp(Intent[HelpGiven]):
    service: Service


class Helping(State):
    kind: Literal[AccidentKind.HELPING] = AccidentKind.HELPING
    there: FrozenSet[Service]

    @classmethod
    @start
    def report(cls, event: ReportAccident) -> tuple[Self, Many[SendHelp]] | tuple[Self, Reject]:
        helping = cls(there=event.services())
        if not helping.there:
            return helping, Reject("nobody is needed")
        return helping, Many.of(SendHelp(service=one) for one in helping.there)

    @transition
    def leave(self, event: HelpGiven) -> tuple[Self, NoIntent] | tuple[Helped, NoIntent]:
        there = self.there.without(event.service)
        return (self.evolve(there=there), NoIntent()) if there else (Helped(), NoIntent())


class Helped(FinalState):
    kind: Literal[AccidentKind.HELPED] = AccidentKind.HELPED
    settles = (SendHelp,)


multi_choice = Machine[Helping | Helped, ReportAccident | HelpGiven](name="multi_choice", version=1)
