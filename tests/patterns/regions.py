"""A newcomer with two regions and a join, a desk with history, sensors whose first alarm blocks the others."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal, Never, Self

from pydantic import AwareDatetime

from telic import (
    Batch,
    Command,
    Context,
    Defer,
    Fact,
    FinalState,
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    Withdraw,
    lift,
    start,
    transition,
)
from telic.kernel.waits import Deadline
from telic.patterns import History, Join, Joined, Refusal

# --- a newcomer: account and badge are made at the same time, each a region of its own -------------


class NewcomerKind(StrEnum):
    EXPECTED = "expected"
    WELCOME = "welcome"
    REFUSED = "refused"


class RegionKind(StrEnum):
    ASKED = "asked"
    DONE = "done"
    GIVEN_UP = "given_up"


class ExpectNewcomer(Command): ...


class TurnDown(Command): ...


class AccountMade(Fact): ...


class BadgePrinted(Fact): ...


class BadgeJammed(Fact): ...


class MakeAccount(Intent[AccountMade]): ...


class PrintBadge(Intent[BadgePrinted | BadgeJammed]): ...


class HasAccount(State):
    kind: Literal[RegionKind.DONE] = RegionKind.DONE


class WantsAccount(State):
    kind: Literal[RegionKind.ASKED] = RegionKind.ASKED

    @transition
    def take(self, event: AccountMade) -> tuple[HasAccount, NoIntent]:
        return HasAccount(), NoIntent()


class HasBadge(State):
    kind: Literal[RegionKind.DONE] = RegionKind.DONE


class WantsBadge(State):
    kind: Literal[RegionKind.ASKED] = RegionKind.ASKED
    tries_left: int = 1

    @transition
    def take(self, event: BadgePrinted) -> tuple[HasBadge, NoIntent]:
        return HasBadge(), NoIntent()

    @transition
    def print_again(self, event: BadgeJammed) -> tuple[Self, PrintBadge] | tuple["WantsNoBadge", NoIntent]:
        if self.tries_left:
            return self.evolve(tries_left=self.tries_left - 1), PrintBadge()
        return WantsNoBadge(), NoIntent()


class WantsNoBadge(State):
    kind: Literal[RegionKind.GIVEN_UP] = RegionKind.GIVEN_UP


class NewcomerWelcome(FinalState):
    kind: Literal[NewcomerKind.WELCOME] = NewcomerKind.WELCOME
    settles = (MakeAccount, PrintBadge)


class NewcomerRefused(FinalState):
    kind: Literal[NewcomerKind.REFUSED] = NewcomerKind.REFUSED
    ignores = (Ignores(AccountMade, BadgePrinted, BadgeJammed, why="they were called off"),)


class NewcomerExpected(State):
    kind: Literal[NewcomerKind.EXPECTED] = NewcomerKind.EXPECTED
    account: WantsAccount | HasAccount = WantsAccount()
    badge: WantsBadge | HasBadge | WantsNoBadge = WantsBadge()

    @classmethod
    @start
    def expect(cls, event: ExpectNewcomer) -> tuple["NewcomerExpected", Batch[MakeAccount | PrintBadge]]:
        return cls(), MakeAccount() & PrintBadge()

    @transition
    def take_account(self, event: AccountMade) -> tuple[Self | NewcomerWelcome, NoIntent]:
        assert isinstance(self.account, WantsAccount)  # it was asked for once
        return lift(self.account.take(event), lambda account: self.evolve(account=account).joined())

    @transition
    def take_badge(self, event: BadgePrinted) -> tuple[Self | NewcomerWelcome, NoIntent]:
        assert isinstance(self.badge, WantsBadge)
        return lift(self.badge.take(event), lambda badge: self.evolve(badge=badge).joined())

    @transition
    def print_again(self, event: BadgeJammed) -> tuple[Self, PrintBadge] | tuple[Self | NewcomerWelcome, NoIntent]:
        assert isinstance(self.badge, WantsBadge)
        badge, out = self.badge.print_again(event)
        if isinstance(out, PrintBadge):
            return self.evolve(badge=badge), out
        return self.evolve(badge=badge).joined(), out

    @transition
    def turn_down(self, event: TurnDown) -> tuple[NewcomerRefused, Batch[Withdraw]]:
        return NewcomerRefused(), Withdraw(every=MakeAccount) & Withdraw(every=PrintBadge)

    def joined(self) -> "Self | NewcomerWelcome":
        """Both regions have come to their end."""
        done = isinstance(self.account, HasAccount) and not isinstance(self.badge, WantsBadge)
        return NewcomerWelcome() if done else self


NewcomerEvent = ExpectNewcomer | TurnDown | AccountMade | BadgePrinted | BadgeJammed
newcomer = Machine[NewcomerExpected | NewcomerWelcome | NewcomerRefused, NewcomerEvent](name="newcomer")

# --- a desk: suspended, it remembers where it was; what was asked for is kept until it goes on -----


class DeskKind(StrEnum):
    READING = "reading"
    CHECKING = "checking"
    SUSPENDED = "suspended"
    DONE = "done"


class OpenDesk(Command): ...


class SuspendDesk(Command): ...


class ResumeDesk(Command): ...


class FileRead(Fact): ...


class FileChecked(Fact): ...


class DeskLate(Fact): ...


class ReadFile(Intent[FileRead]): ...


class CheckFile(Intent[FileChecked]): ...


class DeskDone(FinalState):
    kind: Literal[DeskKind.DONE] = DeskKind.DONE
    late: bool


class DeskAtWork(State):
    """A desk that works, and may be suspended."""

    due: AwareDatetime
    late: bool = False

    @transition
    def note_late(self, event: DeskLate) -> tuple[Self, NoIntent]:
        return self.evolve(late=True), NoIntent()

    def waits(self) -> tuple[Deadline[DeskLate], ...]:
        return () if self.late else (Deadline(at=self.due, event=DeskLate()),)


class DeskChecking(DeskAtWork):
    kind: Literal[DeskKind.CHECKING] = DeskKind.CHECKING
    settles = (ReadFile,)  # whichever it comes back to: a claim, and explore proves it

    @transition
    def finish(self, event: FileChecked) -> tuple[DeskDone, NoIntent]:
        return DeskDone(late=self.late), NoIntent()

    @transition
    def suspend(self, event: SuspendDesk) -> tuple["DeskSuspended", NoIntent]:
        return DeskSuspended(before=History(state=self)), NoIntent()


class DeskReading(DeskAtWork):
    kind: Literal[DeskKind.READING] = DeskKind.READING
    settles = (CheckFile,)

    @classmethod
    @start
    def open(cls, event: OpenDesk, ctx: Context) -> tuple["DeskReading", ReadFile]:
        return cls(due=ctx.now + timedelta(days=1)), ReadFile()

    @transition
    def check(self, event: FileRead) -> tuple[DeskChecking, CheckFile]:
        return DeskChecking(due=self.due, late=self.late), CheckFile()

    @transition
    def suspend(self, event: SuspendDesk) -> tuple["DeskSuspended", NoIntent]:
        return DeskSuspended(before=History(state=self)), NoIntent()


class DeskSuspended(State):
    kind: Literal[DeskKind.SUSPENDED] = DeskKind.SUSPENDED
    before: History[DeskReading | DeskChecking]

    @transition
    def keep(self, event: FileRead | FileChecked) -> tuple[Self, Defer]:
        return self, Defer()

    @transition
    def resume(self, event: ResumeDesk) -> tuple[DeskReading | DeskChecking, NoIntent]:
        return self.before.state, NoIntent()


DeskEvent = OpenDesk | SuspendDesk | ResumeDesk | FileRead | FileChecked | DeskLate
desk = Machine[DeskReading | DeskChecking | DeskSuspended | DeskDone, DeskEvent](name="desk")

# --- sensors: the first answer of a round raises the alarm, and the next round waits for the others --


class SensorKind(StrEnum):
    ASKED = "asked"
    BLOCKED = "blocked"


class SensorId(TypedId): ...


class Watch(Command): ...


class Smelt(Fact):
    sensor: SensorId


class SmellAir(Intent[Smelt]):
    sensor: SensorId


class RaiseAlarm(Intent[Never]):
    sensor: SensorId


HALL, ROOF, YARD = SensorId("hall"), SensorId("roof"), SensorId("yard")
ROUND = Join[SensorId, bool].of(HALL, ROOF, YARD, need=1)


def smell(sensor: SensorId) -> SmellAir:
    return SmellAir(sensor=sensor)


class SensorsAsked(State):
    kind: Literal[SensorKind.ASKED] = SensorKind.ASKED
    answers: Join[SensorId, bool] = ROUND

    @classmethod
    @start
    def watch(cls, event: Watch) -> tuple["SensorsAsked", Many[SmellAir]]:
        return cls(), ROUND.fan_out(smell)

    @transition
    def raise_alarm(self, event: Smelt) -> tuple["SensorsBlocked", RaiseAlarm]:
        answers = self.answers.answered(event.sensor, value=True)
        assert isinstance(answers, Joined)  # the first one is enough
        return SensorsBlocked(answers=answers.join), RaiseAlarm(sensor=event.sensor)


class SensorsBlocked(State):
    kind: Literal[SensorKind.BLOCKED] = SensorKind.BLOCKED
    answers: Join[SensorId, bool]

    @transition
    def begin_anew(self, event: Smelt) -> tuple[SensorsAsked, Many[SmellAir]] | tuple[Self, NoIntent]:
        match self.answers.answered(event.sensor, value=True):
            case Join(settled=True):
                return SensorsAsked(), ROUND.fan_out(smell)
            case Join() | Joined() as answers:
                return self.evolve(answers=answers), NoIntent()
            case Refusal() as refusal:
                raise AssertionError(refusal.why)


sensors = Machine[SensorsAsked | SensorsBlocked, Watch | Smelt](name="sensors", perpetual=True)
