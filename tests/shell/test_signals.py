"""A signal reaches its receiver once, or fails as refused."""

from enum import StrEnum
from typing import Literal

import anyio
import pytest

from telic import (
    Command,
    Handlers,
    IntentFailed,
    Machine,
    NoIntent,
    State,
    System,
    Worker,
    WorkflowId,
    start,
    transition,
)
from telic import WorkflowRuntime as Runtime
from telic.kernel.errors import ConfigurationError
from telic.kernel.events import Terminate
from telic.kernel.messages import Signal
from telic.stores.memory import MemoryStore
from telic.stores.sqlite import SqliteDatabase
from tests.shell.test_worker import everything
from tests.shell.till import Ask, HandClock, Open, till, until

HERE, THERE = WorkflowId("desk"), WorkflowId("till")


class Kind(StrEnum):
    DESK = "desk"


class Begin(Command): ...


class Send(Command):
    to: WorkflowId
    what: str = "nothing"


class Tell(Signal[Ask], machine="till"): ...


class Desk(State):
    kind: Literal[Kind.DESK] = Kind.DESK
    refused: tuple[str, ...] = ()

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple["Desk", NoIntent]:
        return cls(), NoIntent()

    @transition
    def send(self, event: Send) -> tuple["Desk", Tell]:
        return self, Tell(to=event.to, command=Ask(what=event.what))

    @transition
    def came_back(self, event: IntentFailed[Tell]) -> tuple["Desk", NoIntent]:
        return self.evolve(refused=(*self.refused, f"{event.cause}: {event.detail}")), NoIntent()


desk = Machine[Desk, Begin | Send](name="desk", perpetual=True)


@pytest.fixture(params=["memory", "sqlite"])
async def runtimes(request, tmp_path):
    clock = HandClock()
    if request.param == "memory":
        yield (
            Runtime(machine=desk, store=MemoryStore(desk), clock=clock),
            Runtime(machine=till, store=MemoryStore(till), clock=clock),
        )
        return
    async with SqliteDatabase(tmp_path / "two.db") as database:
        yield (
            Runtime(machine=desk, store=database.store(desk), clock=clock),
            Runtime(machine=till, store=database.store(till), clock=clock),
        )


def both(desks, tills):
    return System(runtimes=[desks, tills], handlers=everything(tills).handlers)


async def sent(desks, tills, **what):
    """Send a signal, have it carried out, and return what the sender heard of it."""
    await desks.run_step(HERE, Begin())
    await desks.run_step(HERE, Send(**what))
    worker = Worker(both(desks, tills))

    async def over():
        return not (await desks.load(HERE)).open

    async with anyio.create_task_group() as group:
        group.start_soon(worker.run)
        await until(over)
        group.cancel_scope.cancel()
    return (await desks.load(HERE)).state.refused


async def test_a_signal_arrives_as_a_command(runtimes):
    _, tills = runtimes
    await tills.run_step(THERE, Open())
    assert await sent(*runtimes, to=THERE, what="quiet") == ()
    assert (await tills.load(THERE)).state.asked == 1


async def test_a_signal_that_is_brought_twice_is_taken_once(runtimes):
    desks, tills = runtimes
    await tills.run_step(THERE, Open())
    await tills.run_step(THERE, Ask(what="quiet"), event_id="telic.signal:desk:2:0")
    assert await sent(desks, tills, to=THERE, what="quiet") == ()
    assert (await tills.load(THERE)).state.asked == 1


async def test_a_signal_to_nobody_is_refused(runtimes):
    (refused,) = await sent(*runtimes, to=WorkflowId("nobody"))
    assert refused == "refused: expected an instance 'nobody' of machine 'till', got none"


async def test_a_signal_to_an_instance_that_is_over_is_refused(runtimes):
    _, tills = runtimes
    await tills.run_step(THERE, Open())
    await tills.run_step(THERE, Terminate())
    (refused,) = await sent(*runtimes, to=THERE)
    assert refused.startswith("refused: expected Ask to be taken, got Ended(")


def test_a_signal_to_a_machine_that_is_not_in_the_system_is_found():
    with pytest.raises(ConfigurationError) as caught:
        System(runtimes=[Runtime(machine=desk, store=MemoryStore(desk))], handlers=Handlers())
    assert caught.value.findings == (
        "expected the machine 'till' that Tell of machine 'desk' is for, got none; "
        "do add its runtime, or bind a handler of your own",
    )
