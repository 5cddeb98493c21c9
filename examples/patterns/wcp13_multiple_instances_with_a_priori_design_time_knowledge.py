"""WCP13 Multiple Instances with a Priori Design-Time Knowledge: so many instances as the design says, then a join.

A deed is filed when all three officers have signed it, each at a time of their own. What may never be here:
a number of officers that depends on the deed.
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
    State,
    TypedId,
    start,
    transition,
)


class DeedKind(StrEnum):
    SIGNING = "signing"
    FILING = "filing"
    FILED = "filed"


class Officer(TypedId):
    """Names one office."""


OFFICERS = FrozenSet((Officer("chair"), Officer("secretary"), Officer("treasurer")))


class PresentDeed(Command): ...


class DeedSigned(Fact):
    officer: Officer


class DeedFiled(Fact): ...


class SignDeed(Intent[DeedSigned]):
    officer: Officer


class FileDeed(Intent[DeedFiled]): ...


class Signing(State):
    kind: Literal[DeedKind.SIGNING] = DeedKind.SIGNING
    missing: FrozenSet[Officer] = OFFICERS

    @classmethod
    @start
    def present(cls, event: PresentDeed) -> tuple[Self, Many[SignDeed]]:
        return cls(), Many.of(SignDeed(officer=one) for one in OFFICERS)

    @transition
    def join(self, event: DeedSigned) -> tuple[Self, NoIntent] | tuple[Filing, FileDeed]:
        missing = self.missing.without(event.officer)
        return (self.evolve(missing=missing), NoIntent()) if missing else (Filing(), FileDeed())


class Filing(State):
    kind: Literal[DeedKind.FILING] = DeedKind.FILING
    settles = (SignDeed,)

    @transition
    def finish(self, event: DeedFiled) -> tuple[Filed, NoIntent]:
        return Filed(), NoIntent()


class Filed(FinalState):
    kind: Literal[DeedKind.FILED] = DeedKind.FILED


multiple_instances_with_a_priori_design_time_knowledge = Machine[
    Signing | Filing | Filed,
    PresentDeed | DeedSigned | DeedFiled,
](name="multiple_instances_with_a_priori_design_time_knowledge", version=1)
