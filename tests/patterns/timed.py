"""Four small machines whose deadlines are set again and again: a job, a draft, a visit, a door code."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal, Never, Self

from pydantic import AwareDatetime

from telic import (
    Command,
    Context,
    Fact,
    FinalState,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    start,
    transition,
)
from telic.kernel.rates import Rate
from telic.kernel.waits import Deadline
from telic.patterns import Debounce, Meter, Poll, PollGaveUp, Refusal, Reminder

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

# --- a job at somebody else's, asked about until it is done ------------------------------------


class JobKind(StrEnum):
    ASKING = "asking"
    PAUSING = "pausing"
    DONE = "done"
    GIVEN_UP = "given_up"


class BeginJob(Command): ...


class JobDue(Fact): ...


class JobRuns(Fact): ...


class JobFinished(Fact): ...


class AskForJob(Intent[JobRuns | JobFinished]): ...


class JobDone(FinalState):
    kind: Literal[JobKind.DONE] = JobKind.DONE


class JobGivenUp(FinalState):
    kind: Literal[JobKind.GIVEN_UP] = JobKind.GIVEN_UP


class JobAsking(State):
    kind: Literal[JobKind.ASKING] = JobKind.ASKING
    poll: Poll = Poll(pause=MINUTE, factor=2, longest=HOUR, tries=3)

    @classmethod
    @start
    def begin(cls, event: BeginJob) -> tuple["JobAsking", AskForJob]:
        return cls(), AskForJob()

    @transition
    def pause(self, event: JobRuns, ctx: Context) -> tuple["JobPausing", NoIntent] | tuple[JobGivenUp, NoIntent]:
        match self.poll.again(ctx.now):
            case Poll() as poll:
                return JobPausing(poll=poll), NoIntent()
            case PollGaveUp():
                return JobGivenUp(), NoIntent()

    @transition
    def finish(self, event: JobFinished) -> tuple[JobDone, NoIntent]:
        return JobDone(), NoIntent()


class JobPausing(State):
    kind: Literal[JobKind.PAUSING] = JobKind.PAUSING
    poll: Poll

    @transition
    def ask(self, event: JobDue) -> tuple[JobAsking, AskForJob]:
        return JobAsking(poll=self.poll.asked()), AskForJob()

    def waits(self) -> tuple[Deadline[JobDue], ...]:
        return self.poll.deadline(JobDue())


job = Machine[JobAsking | JobPausing | JobDone | JobGivenUp, BeginJob | JobDue | JobRuns | JobFinished](name="job")

# --- a draft that is saved once nobody writes any more ------------------------------------------


class DraftKind(StrEnum):
    WRITTEN = "written"
    CLOSED = "closed"


class Write(Command): ...


class CloseDraft(Command): ...


class WritingPaused(Fact): ...


class SaveDraft(Intent[Never]): ...


class DraftClosed(FinalState):
    kind: Literal[DraftKind.CLOSED] = DraftKind.CLOSED


class DraftWritten(State):
    kind: Literal[DraftKind.WRITTEN] = DraftKind.WRITTEN
    saving: Debounce = Debounce(quiet=MINUTE, at_most=HOUR)

    @classmethod
    @start
    def begin(cls, event: Write, ctx: Context) -> tuple["DraftWritten", NoIntent]:
        return cls().write(event, ctx)

    @transition
    def write(self, event: Write, ctx: Context) -> tuple[Self, NoIntent]:
        return self.evolve(saving=self.saving.touch(ctx.now)), NoIntent()

    @transition
    def save(self, event: WritingPaused) -> tuple[Self, SaveDraft]:
        return self.evolve(saving=self.saving.reset()), SaveDraft()

    @transition
    def close(self, event: CloseDraft) -> tuple[DraftClosed, SaveDraft]:
        return DraftClosed(), SaveDraft()

    def waits(self) -> tuple[Deadline[WritingPaused], ...]:
        return self.saving.deadline(WritingPaused())


draft = Machine[DraftWritten | DraftClosed, Write | CloseDraft | WritingPaused](name="draft")

# --- a visit, of which people are reminded a day and an hour before -------------------------------


class VisitKind(StrEnum):
    BOOKED = "booked"
    OVER = "over"


class BookVisit(Command):
    at: AwareDatetime


class MoveVisit(Command):
    at: AwareDatetime


class VisitNear(Fact): ...


class VisitBegun(Fact): ...


class RemindVisitor(Intent[Never]):
    at: AwareDatetime


class VisitOver(FinalState):
    kind: Literal[VisitKind.OVER] = VisitKind.OVER


class VisitBooked(State):
    kind: Literal[VisitKind.BOOKED] = VisitKind.BOOKED
    at: AwareDatetime
    reminder: Reminder

    @classmethod
    @start
    def book(cls, event: BookVisit, ctx: Context) -> tuple["VisitBooked", NoIntent]:
        return cls(at=event.at, reminder=Reminder.before(event.at, 24 * HOUR, HOUR).after(ctx.now)), NoIntent()

    @transition
    def move(self, event: MoveVisit, ctx: Context) -> tuple[Self, NoIntent]:
        reminder = Reminder.before(event.at, 24 * HOUR, HOUR).after(ctx.now)
        return self.evolve(at=event.at, reminder=reminder), NoIntent()

    @transition
    def remind(self, event: VisitNear, ctx: Context) -> tuple[Self, RemindVisitor]:
        return self.evolve(reminder=self.reminder.after(ctx.now)), RemindVisitor(at=self.at)

    @transition
    def begin(self, event: VisitBegun) -> tuple[VisitOver, NoIntent]:
        return VisitOver(), NoIntent()

    def waits(self) -> tuple[Deadline[VisitNear] | Deadline[VisitBegun], ...]:
        return (*self.reminder.deadline(VisitNear()), Deadline(at=self.at, event=VisitBegun()))


visit = Machine[VisitBooked | VisitOver, BookVisit | MoveVisit | VisitNear | VisitBegun](name="visit")

# --- a code for the door, which may be asked for twice an hour -----------------------------------


class DoorKind(StrEnum):
    SHUT = "shut"
    OPENED = "opened"


class Arrive(Command): ...


class AskForCode(Command): ...


class EnterCode(Command): ...


class CodeLapsed(Fact): ...


class SendCode(Intent[Never]): ...


class DoorOpened(FinalState):
    kind: Literal[DoorKind.OPENED] = DoorKind.OPENED


class DoorShut(State):
    kind: Literal[DoorKind.SHUT] = DoorKind.SHUT
    codes: Meter = Meter(rate=Rate(count=2, per=HOUR, burst=2))
    lapses_at: AwareDatetime | None = None

    @classmethod
    @start
    def arrive(cls, event: Arrive) -> tuple["DoorShut", NoIntent]:
        return cls(), NoIntent()

    @transition
    def ask(self, event: AskForCode, ctx: Context) -> tuple[Self, SendCode | Reject]:
        match self.codes.take(ctx.now):
            case Meter() as codes:
                return self.evolve(codes=codes, lapses_at=ctx.now + 30 * MINUTE), SendCode()
            case Refusal() as refusal:
                return self, Reject(refusal)

    @transition
    def lapse(self, event: CodeLapsed) -> tuple[Self, NoIntent]:
        return self.evolve(lapses_at=None), NoIntent()

    @transition
    def enter(self, event: EnterCode) -> tuple[DoorOpened, NoIntent] | tuple[Self, Reject]:
        return (self, Reject("there is no code")) if self.lapses_at is None else (DoorOpened(), NoIntent())

    def waits(self) -> tuple[Deadline[CodeLapsed], ...]:
        return () if self.lapses_at is None else (Deadline(at=self.lapses_at, event=CodeLapsed()),)


door = Machine[DoorShut | DoorOpened, Arrive | AskForCode | EnterCode | CodeLapsed](name="door")
