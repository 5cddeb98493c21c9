"""Two machines with many others in them: a ride that the first driver takes, an import that grows."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Never, Self

from pydantic import Field

from telic import (
    Command,
    Context,
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
from telic.kernel.waits import Deadline, HumanTask
from telic.patterns import Claim, Join, Joined, NobodyLeft, Refusal, Taken, Unjoinable

# --- a ride: all drivers are asked, the first one has it, for ten minutes --------------------------


class RideKind(StrEnum):
    OFFERED = "offered"
    TAKEN = "taken"
    BEGUN = "begun"
    UNWANTED = "unwanted"


class DriverId(TypedId): ...


class OfferRide(Command):
    drivers: Annotated[FrozenSet[DriverId], Field(min_length=1)]


class TakeRide(Command): ...


class DeclineRide(Command): ...


class BeginRide(Command): ...


class PickUpLate(Fact): ...


class TellDriver(Intent[Never]):
    driver: DriverId


class RideBegun(FinalState):
    kind: Literal[RideKind.BEGUN] = RideKind.BEGUN


class RideUnwanted(FinalState):
    kind: Literal[RideKind.UNWANTED] = RideKind.UNWANTED


class RideOffered(State):
    kind: Literal[RideKind.OFFERED] = RideKind.OFFERED
    claim: Claim[DriverId]

    @classmethod
    @start
    def offer(cls, event: OfferRide) -> tuple["RideOffered", NoIntent]:
        return cls(claim=Claim[DriverId].of(*event.drivers, keep=timedelta(minutes=10))), NoIntent()

    @transition
    def take(self, event: TakeRide, ctx: Context) -> tuple["RideTaken", TellDriver] | tuple[Self, Reject]:
        match self.claim.take(ctx.actor, ctx.now):
            case Taken(by=driver, claim=claim):
                return RideTaken(claim=claim), TellDriver(driver=driver)
            case Refusal() as refusal:
                return self, Reject(refusal)

    @transition
    def decline(
        self, event: DeclineRide, ctx: Context
    ) -> tuple[Self, NoIntent | Reject] | tuple[RideUnwanted, NoIntent]:
        match self.claim.decline(ctx.actor):
            case Claim() as claim:
                return self.evolve(claim=claim), NoIntent()
            case NobodyLeft():
                return RideUnwanted(), NoIntent()
            case Refusal() as refusal:
                return self, Reject(refusal)

    def waits(self) -> tuple[HumanTask[TakeRide]]:
        return (HumanTask(answer=TakeRide, title="A ride", groups=tuple(self.claim.asked)),)


class RideTaken(State):
    kind: Literal[RideKind.TAKEN] = RideKind.TAKEN
    claim: Claim[DriverId]

    @transition
    def begin(self, event: BeginRide) -> tuple[RideBegun, NoIntent]:
        return RideBegun(), NoIntent()

    @transition
    def give_back(self, event: PickUpLate) -> tuple[RideOffered, NoIntent]:
        return RideOffered(claim=self.claim.release()), NoIntent()

    def waits(self) -> tuple[Deadline[PickUpLate], ...]:
        return self.claim.deadline(PickUpLate())


RideEvent = OfferRide | TakeRide | DeclineRide | BeginRide | PickUpLate
ride = Machine[RideOffered | RideTaken | RideBegun | RideUnwanted, RideEvent](name="ride")

# --- an import: files come in while others are being read --------------------------------------


class ImportKind(StrEnum):
    OPEN = "open"
    DONE = "done"
    FAILED = "failed"


class FileId(TypedId): ...


class BeginImport(Command): ...


class AddFile(Command):
    file: FileId


class CloseImport(Command): ...


class FileRead(Fact):
    file: FileId
    lines: Annotated[int, Field(ge=1, le=2)]


class FileBroken(Fact):
    file: FileId


class ReadFile(Intent[FileRead | FileBroken]):
    file: FileId


def read(file: FileId) -> ReadFile:
    return ReadFile(file=file)


class ImportDone(FinalState):
    kind: Literal[ImportKind.DONE] = ImportKind.DONE
    settles = (ReadFile,)
    lines: int
    broken: int


class ImportOpen(State):
    """Files are added until it is closed; it is done when each has been read, or is broken."""

    kind: Literal[ImportKind.OPEN] = ImportKind.OPEN
    files: Join[FileId, int] = Join[FileId, int](waiting=FrozenSet(), need=0, growing=True)

    @classmethod
    @start
    def begin(cls, event: BeginImport) -> tuple["ImportOpen", NoIntent]:
        return cls(), NoIntent()

    @transition
    def add(self, event: AddFile) -> tuple[Self, Many[ReadFile]] | tuple[Self, Reject]:
        match self.files.grow(event.file):
            case Join() as files:
                return self.evolve(files=files), files.fan_out(read, [event.file])
            case Refusal() as refusal:
                return self, Reject(refusal)

    @transition
    def close(self, event: CloseImport) -> tuple[Self, NoIntent | Reject] | tuple[ImportDone, NoIntent]:
        match self.files.close():
            case Join() as files:
                return self.evolve(files=files), NoIntent()
            case Joined(join=files) | Unjoinable(join=files):
                return _done(files), NoIntent()
            case Refusal() as refusal:
                return self, Reject(refusal)

    @transition
    def take(self, event: FileRead | FileBroken) -> tuple[Self, NoIntent] | tuple[ImportDone, NoIntent]:
        came = (
            self.files.answered(event.file, event.lines)
            if isinstance(event, FileRead)
            else self.files.gave_up(event.file)
        )
        match came:
            case Join() as files:
                return self.evolve(files=files), NoIntent()
            case Joined(join=files) | Unjoinable(join=files):
                return _done(files), NoIntent()
            case Refusal() as refusal:  # an answer comes from whoever was asked, once: explore proves it
                raise AssertionError(refusal.why)


def _done(files: Join[FileId, int]) -> ImportDone:
    return ImportDone(lines=sum(files.results.values()), broken=len(files.failed))


ImportEvent = BeginImport | AddFile | CloseImport | FileRead | FileBroken
imports = Machine[ImportOpen | ImportDone, ImportEvent](name="imports")
