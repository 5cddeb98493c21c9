"""The machines of the tests of children: a desk that has things checked, and the check."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field

from telic import (
    Cancel,
    Command,
    Fact,
    FinalState,
    IntentFailed,
    Machine,
    NoIntent,
    Reject,
    State,
    TypedId,
    Withdraw,
    start,
    transition,
)
from telic.kernel.messages import Close, Spawn


class What(TypedId): ...


class Kind(StrEnum):
    DESK = "desk"


class CheckKind(StrEnum):
    LOOKING = "looking"
    UNDOING = "undoing"
    PASSED = "passed"
    FAILED = "failed"


class Examine(Command):
    what: What


class Decide(Command):
    passed: bool = True


class CheckPassed(Fact):
    what: What


class CheckFailed(Fact):
    what: What
    why: str


class Passed(FinalState):
    kind: Literal[CheckKind.PASSED] = CheckKind.PASSED
    what: What

    def outcome(self) -> CheckPassed:
        return CheckPassed(what=self.what)


class Failed(FinalState):
    kind: Literal[CheckKind.FAILED] = CheckKind.FAILED
    what: What
    why: str

    def outcome(self) -> CheckFailed:
        return CheckFailed(what=self.what, why=self.why)


class Looking(State):
    kind: Literal[CheckKind.LOOKING] = CheckKind.LOOKING
    what: What

    @classmethod
    @start
    def examine(
        cls, event: Examine
    ) -> tuple["Looking", NoIntent] | tuple["Undoing", NoIntent] | tuple[Passed, NoIntent] | tuple["Looking", Reject]:
        if event.what == "nothing":
            return cls(what=event.what), Reject("there is nothing to look at")
        if event.what == "known":
            return Passed(what=event.what), NoIntent()
        if event.what == "careful":
            return Undoing(what=event.what, asked=False), NoIntent()
        return cls(what=event.what), NoIntent()

    @transition
    def decide(self, event: Decide) -> tuple[Passed, NoIntent] | tuple[Failed, NoIntent]:
        return (
            (Passed(what=self.what), NoIntent())
            if event.passed
            else (Failed(what=self.what, why="scratched"), NoIntent())
        )


class Undoing(State):
    """Takes its time to end, when it is told to."""

    kind: Literal[CheckKind.UNDOING] = CheckKind.UNDOING
    what: What
    asked: bool

    @transition
    def cancel(self, event: Cancel) -> tuple["Undoing", NoIntent]:
        return self.evolve(asked=True), NoIntent()

    @transition
    def decide(self, event: Decide) -> tuple[Failed, NoIntent]:
        return Failed(what=self.what, why="undone" if self.asked else "careless"), NoIntent()


CheckState = Annotated[Looking | Undoing | Passed | Failed, Field(discriminator="kind")]
check = Machine[CheckState, Examine | Decide](name="check")


class Open(Command): ...


class Have(Command):
    """Has something checked, by the spawn of that close policy."""

    what: What
    close: str = "cancel"


class TakeBack(Command): ...


class StartCheck(Spawn[CheckPassed | CheckFailed], machine=lambda: check):
    what: What

    def begin(self) -> Examine:
        return Examine(what=self.what)


class StopCheck(StartCheck, close=Close.TERMINATE): ...


class LeaveCheck(StartCheck, close=Close.ABANDON): ...


class DeafCheck(StartCheck):
    """Nobody takes its failure."""


class Desk(State):
    kind: Literal[Kind.DESK] = Kind.DESK
    log: tuple[str, ...] = ()

    @classmethod
    @start
    def open(cls, event: Open) -> tuple["Desk", NoIntent]:
        return cls(), NoIntent()

    @transition
    def have(
        self, event: Have
    ) -> tuple["Desk", StartCheck] | tuple["Desk", StopCheck] | tuple["Desk", LeaveCheck] | tuple["Desk", DeafCheck]:
        if event.close == "terminate":
            return self, StopCheck(what=event.what)
        if event.close == "abandon":
            return self, LeaveCheck(what=event.what)
        return self, (DeafCheck if event.close == "deaf" else StartCheck)(what=event.what)

    @transition
    def take_back(self, event: TakeBack) -> tuple["Desk", Withdraw]:
        return self, Withdraw(every=StartCheck)

    @transition
    def passed(self, event: CheckPassed) -> tuple["Desk", NoIntent]:
        return self._noted(f"{event.what} passed"), NoIntent()

    @transition
    def failed(self, event: CheckFailed) -> tuple["Desk", NoIntent]:
        return self._noted(f"failed: {event.why}"), NoIntent()

    @transition
    def gave_up(self, event: IntentFailed[StartCheck]) -> tuple["Desk", NoIntent]:
        return self._noted(f"{event.cause}: {event.detail}"), NoIntent()

    def _noted(self, line: str) -> Self:
        return self.evolve(log=(*self.log, line))


DeskEvent = Open | Have | TakeBack | CheckPassed | CheckFailed
desk = Machine[Desk, DeskEvent](name="desk", perpetual=True)
office = Machine[Desk, DeskEvent](name="office", perpetual=True)
