"""What both type checkers accept, and the exact types that they see."""

from enum import StrEnum
from typing import Literal, Never, Self, assert_never, assert_type

from telic import (
    Batch,
    Call,
    Command,
    Context,
    Fact,
    FinalState,
    Handlers,
    Ignore,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    TypedId,
    WorkflowId,
    WorkflowRuntime,
    lift,
    start,
    transition,
)
from telic.kernel.results import (
    Conflict,
    Deferred,
    Duplicate,
    Ended,
    Ignored,
    Invalid,
    NotFound,
    Rejected,
    Started,
    Stepped,
    Unasked,
    Unplaced,
)
from telic.runtime.results import RunResult
from telic.stores.memory import MemoryStore


class DoorId(TypedId): ...


class DoorKind(StrEnum):
    CLOSED = "closed"
    OPEN = "open"


class Fit(Command): ...


class Push(Command):
    strength: int


class Opened(Fact):
    door_id: DoorId


class Jammed(Fact):
    door_id: DoorId


class Turn(Intent[Opened | Jammed]):
    door_id: DoorId


class Beep(Intent[Never]): ...


class Blink(Intent[Never]): ...


class Closed(State):
    kind: Literal[DoorKind.CLOSED] = DoorKind.CLOSED
    door_id: DoorId

    @classmethod
    @start
    def fit(cls, event: Fit, ctx: Context) -> tuple["Closed", NoIntent]:
        return cls(door_id=DoorId(str(ctx.uuid("door")))), NoIntent()

    @transition
    def push(self, event: Push) -> tuple[Self, Batch[Turn | Beep]] | tuple[Self, Reject]:
        if event.strength < 1:
            return self, Reject("too weak")
        return self, Turn(door_id=self.door_id) & Beep()

    @transition
    def take(self, event: Opened) -> tuple["Open", NoIntent]:
        return Open(), NoIntent()

    @transition
    def jam(self, event: Jammed | IntentFailed[Turn]) -> tuple[Self, Ignore]:
        return self, Ignore("it will open some day")


class Open(FinalState):
    kind: Literal[DoorKind.OPEN] = DoorKind.OPEN
    ignores = (Ignores(Opened, Jammed, why="it is open"),)


door = Machine[Closed | Open, Fit | Push | Opened | Jammed](name="door")
assert_type(door, Machine[Closed | Open, Fit | Push | Opened | Jammed])

runtime = WorkflowRuntime(machine=door, store=MemoryStore(door))
assert_type(runtime, WorkflowRuntime[Closed | Open, Fit | Push | Opened | Jammed])

closed = Closed(door_id=DoorId("d"))
assert_type(closed.evolve(door_id=DoorId("e")), Closed)
assert_type(Beep() & Blink(), Batch[Beep | Blink])
assert_type(Beep() & Blink() & Turn(door_id=DoorId("d")), Batch[Beep | Blink | Turn])
assert_type(NoIntent() & Beep(), Beep)
assert_type(Beep() & NoIntent(), Beep)
assert_type(Many.of(Beep() for _ in range(2)), Many[Beep])
assert_type(Beep() & Many.of([Blink()]), Batch[Beep | Many[Blink]])
assert_type(closed.take(Opened(door_id=DoorId("d"))), tuple[Open, NoIntent])


class House(State):
    kind: Literal[DoorKind.OPEN] = DoorKind.OPEN
    door: Closed | Open

    def with_door(self, part: Open) -> "House":
        return self.evolve(door=part)

    def opened(self, event: Opened) -> tuple["House", NoIntent] | tuple[Self, Ignore]:
        if isinstance(self.door, Open):
            return self, Ignore("it is open")
        part, out = self.door.take(event)
        assert_type(part, Open)
        assert_type(out, NoIntent)
        return self.with_door(part), out


house = House(door=closed)
assert_type(lift(closed.take(Opened(door_id=DoorId("d"))), house.with_door), tuple[House, NoIntent])


async def turn(intent: Turn, call: Call) -> Opened | Jammed:
    return Opened(door_id=intent.door_id)


async def beep(intent: Beep, call: Call) -> None: ...


handlers = Handlers(Turn.handled_by(turn), Beep.handled_by(beep))


async def use() -> str:
    result = await runtime.run_step(WorkflowId("w"), Push(strength=2))
    if isinstance(result, Stepped):
        assert_type(result.state, Closed | Open)
        return str(result.revision)
    match result:
        case Started():
            return str(result.id)
        case Rejected():
            return str(result.reasons)
        case _:
            return result.kind


def told(result: RunResult[Closed | Open]) -> str:
    match result:
        case Started() | Stepped():
            assert_type(result.state, Closed | Open)
            text = str(result.intents)
        case Ignored():
            text = str(result.why)
        case Deferred() | Unplaced():
            text = str(result.record.revision)
        case Rejected(reasons=reasons):
            text = str(reasons)
        case Duplicate():
            text = str(result.recorded.outcome)
        case Unasked(why=why):
            text = why
        case Invalid(errors=errors):
            text = ", ".join(errors)
        case NotFound(starts=starts):
            text = ", ".join(starts)
        case Conflict():
            text = f"{result.expected} and {result.found}"
        case Ended(status=status):
            text = status.value
        case _:
            assert_never(result)
    return text


class Chest(State):
    """A whole with a part that is a union, and so is what the part returns."""

    kind: Literal[DoorKind.OPEN] = DoorKind.OPEN
    lid: "Shut | Locked | Gone"

    def with_lid(self, lid: "Shut | Locked | Gone") -> "Chest":
        return self.evolve(lid=lid)

    def opened(self, event: Opened) -> tuple["Chest", Turn | NoIntent | Ignore]:
        if isinstance(self.lid, Gone):
            return self, Ignore("it is gone")
        return lift(self.lid.take(event), self.with_lid)

    def taken(self, event: Opened) -> tuple[Self, Turn | NoIntent | Ignore]:
        if isinstance(self.lid, Gone):
            return self, Ignore("it is gone")
        return lift(self.lid.take(event), lambda lid: self.evolve(lid=lid))

    def pushed(self, event: Push) -> tuple[Self, NoIntent | Reject]:
        if not isinstance(self.lid, Locked):
            return self, Reject("it is not locked")
        return lift(self.lid.push(event), lambda lid: self.evolve(lid=lid))


class Gone(State):
    kind: Literal[DoorKind.OPEN] = DoorKind.OPEN


class Shut(State):
    kind: Literal[DoorKind.CLOSED] = DoorKind.CLOSED

    def take(self, event: Opened) -> tuple["Locked", Turn] | tuple[Self, Ignore]:
        return self, Ignore("stuck")


class Locked(State):
    kind: Literal[DoorKind.CLOSED] = DoorKind.CLOSED

    def take(self, event: Opened) -> tuple[Gone, NoIntent]:
        return Gone(), NoIntent()

    def push(self, event: Push) -> tuple[Self, NoIntent | Reject]:
        return self, NoIntent()
