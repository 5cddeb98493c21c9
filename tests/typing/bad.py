"""What both type checkers must refuse: each line that is marked, and no other."""

from typing import Literal, Self, assert_never

from telic import (
    Batch,
    Call,
    Command,
    FinalState,
    Intent,
    IntentId,
    Later,
    Machine,
    Reject,
    State,
    WorkflowId,
    WorkflowRuntime,
    lift,
    start,
    transition,
)
from telic.kernel.intents import NoIntent
from telic.kernel.results import Started, Stepped
from telic.runtime.results import RunResult
from telic.stores.memory import MemoryStore
from tests.typing.good import (
    Beep,
    Chest,
    Closed,
    DoorId,
    DoorKind,
    Fit,
    Gone,
    Jammed,
    Open,
    Opened,
    Push,
    Turn,
    closed,
    door,
    runtime,
)


class Other(Command): ...


async def turn_wrongly(intent: Turn, call: Call) -> Push:
    return Push(strength=1)


async def turn_later(intent: Turn, call: Call) -> Later:
    return Later()


Turn.handled_by(turn_wrongly)  # expect-error: a handler returns what its intent does not declare


Turn.handled_by(turn_later, priority="high")  # expect-error: a priority that is no number


class AskedByCommand(Intent[Push]): ...  # expect-error: an intent answered by a command


class Refusing(State):
    kind: Literal[DoorKind.CLOSED] = DoorKind.CLOSED

    @transition  # expect-error: a fact that is rejected
    def refuse(self, event: Opened) -> tuple[Self, Reject]:
        return self, Reject("no")


async def step_wrongly() -> None:
    await runtime.run_step(WorkflowId("w"), Other())  # expect-error: an event of another machine
    await runtime.run_step("w", Push(strength=1))  # expect-error: an id that is any text


class Shut(FinalState):
    kind: Literal[DoorKind.CLOSED] = DoorKind.CLOSED

    @classmethod
    @start
    def begin(cls, event: Fit) -> tuple["Shut", NoIntent]:
        return cls(), NoIntent()


shut = Machine[Shut, Fit](name="shut")
WorkflowRuntime(machine=door, store=MemoryStore(shut))  # expect-error: a store of another state type

closed.door_id = DoorId("x")  # expect-error: mutation of a state
Closed(door_id=DoorId("x"), colour="red")  # expect-error: a field that does not exist
Closed(door_id="x")  # expect-error: a text where a typed id is asked for
Open().take(Opened())  # expect-error: a transition of another state
unused: tuple[Beep, Jammed] | None = None

other: Batch[Turn] = Beep() & Turn(door_id=DoorId("d"))  # expect-error: a batch of more than is named


async def answer_wrongly() -> None:
    await runtime.answer(IntentId("w:1:0"), Other())  # expect-error: an answer from another machine


def told(result: RunResult[Closed | Open]) -> str:
    match result:
        case Started() | Stepped():
            return result.state.kind
        case _:
            assert_never(result)  # expect-error: a match that leaves results out


class Chested(Chest):
    def handed_over(self, event: Opened) -> tuple[Self, NoIntent]:
        if isinstance(self.lid, Gone):
            return self, NoIntent()
        taken = self.lid.take(event)
        return lift(taken, lambda lid: self.evolve(lid=lid))  # expect-error: the intent of a part is lost
