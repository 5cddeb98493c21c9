"""WCP7 Structured Synchronizing Merge: what follows begins once, when each branch that was begun has ended.

The findings of a check-up are discussed when every test that was ordered has its result: blood always,
lung and heart where there is reason to. What may never be here: a wait for a test that nobody ordered.
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


class CheckUpKind(StrEnum):
    EXAMINING = "examining"
    DISCUSSING = "discussing"
    DISCUSSED = "discussed"


class LabTest(TypedId):
    """Names one test of a check-up."""


class OrderTests(Command):
    smoker: bool
    over_fifty: bool

    def tests(self) -> FrozenSet[LabTest]:
        wanted = {"blood": True, "lung": self.smoker, "heart": self.over_fifty}
        return FrozenSet(LabTest(name) for name, here in wanted.items() if here)


class ResultFound(Fact):
    test: LabTest


class FindingsDiscussed(Fact): ...


class RunTest(Intent[ResultFound]):
    test: LabTest


class DiscussFindings(Intent[FindingsDiscussed]): ...


class Examining(State):
    kind: Literal[CheckUpKind.EXAMINING] = CheckUpKind.EXAMINING
    running: FrozenSet[LabTest]

    @classmethod
    @start
    def order(cls, event: OrderTests) -> tuple[Self, Many[RunTest]]:
        return cls(running=event.tests()), Many.of(RunTest(test=one) for one in event.tests())

    @transition
    def merge(self, event: ResultFound) -> tuple[Self, NoIntent] | tuple[Discussing, DiscussFindings]:
        running = self.running.without(event.test)
        return (self.evolve(running=running), NoIntent()) if running else (Discussing(), DiscussFindings())


class Discussing(State):
    kind: Literal[CheckUpKind.DISCUSSING] = CheckUpKind.DISCUSSING
    settles = (RunTest,)

    @transition
    def finish(self, event: FindingsDiscussed) -> tuple[Discussed, NoIntent]:
        return Discussed(), NoIntent()


class Discussed(FinalState):
    kind: Literal[CheckUpKind.DISCUSSED] = CheckUpKind.DISCUSSED


structured_synchronizing_merge = Machine[
    Examining | Discussing | Discussed,
    OrderTests | ResultFound | FindingsDiscussed,
](name="structured_synchronizing_merge", version=1)
