"""Descent: a recursion that no way ends is found when the system is built, and one that ends runs to its end."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, Self

import pytest

from examples.patterns.wcp22_recursion import DollPainted, MakeDoll, MakeInner, PaintDoll, recursion
from telic import (
    Command,
    Deadline,
    Fact,
    FinalState,
    Handlers,
    Ignores,
    Intent,
    Machine,
    NoIntent,
    State,
    System,
    Worker,
    WorkflowId,
    WorkflowRuntime,
    start,
    transition,
)
from telic.kernel.errors import ConfigurationError
from telic.kernel.messages import Spawn
from telic.shell.descent import endless_descents
from telic.stores.memory import MemoryStore

ID = WorkflowId("d-1")


class Kind(StrEnum):
    WAITING = "waiting"
    DONE = "done"


class Begin(Command): ...


class GiveUp(Command): ...


class Done(Fact): ...


class Ask(Intent[Done]): ...


class End(FinalState):
    kind: Literal[Kind.DONE] = Kind.DONE
    ignores = (Ignores(Done, why="it has ended without it"),)

    def outcome(self) -> Done:
        return Done()


def spawning(child):
    """An intent that begins a child."""

    class BeginChild(Spawn[Done], machine=child):
        def begin(self):
            return Begin()

    return BeginChild


class Waiting(State):
    """What the machines of these tests have in common: an answer ends them."""

    kind: Literal[Kind.WAITING] = Kind.WAITING

    @transition
    def finish(self, event: Done) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def waiting_for(child, name):
    """A machine of which every way waits for a child."""
    spawn = spawning(child)

    class Parent(Waiting):
        @classmethod
        @start
        def begin(cls, event: Begin) -> tuple[Self, spawn]:
            return cls(), spawn()

    return Machine[Parent | End, Begin | Done](name=name)


itself = waiting_for(lambda: itself, "itself")
ping = waiting_for(lambda: pong, "ping")
pong = waiting_for(lambda: ping, "pong")
above = waiting_for(lambda: ping, "above")
above_stoppable = waiting_for(lambda: stoppable, "above_stoppable")


def found(*machines):
    return endless_descents({one.name: one for one in machines})


def sentence(name):
    return (
        f"expected a way to an end of machine {name!r} without a child that begins children on and on, "
        "got BeginChild on each; do end some of them without it"
    )


def test_a_machine_that_waits_for_itself_on_every_way_is_found_when_the_system_is_built():
    with pytest.raises(ConfigurationError) as caught:
        System(runtimes=[WorkflowRuntime(machine=itself, store=MemoryStore(itself))], handlers=Handlers())
    assert caught.value.findings == (sentence("itself"),)


def test_machines_that_wait_for_each_other_are_found_and_those_that_wait_for_them():
    assert found(ping, pong, above) == [sentence(name) for name in ("ping", "pong", "above")]


def test_a_child_that_is_not_there_is_not_judged():
    assert found(ping, above) == []


def test_a_recursion_that_ends_on_some_way_is_none_of_them_nor_what_waits_for_it():
    assert found(recursion, stoppable, above_stoppable) == []


class Stoppable(Waiting):
    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, "BeginStoppable"]:
        return cls(), BeginStoppable()

    @transition
    def stop(self, event: GiveUp) -> tuple[End, NoIntent]:
        return End(), NoIntent()


class BeginStoppable(Spawn[Done], machine=lambda: stoppable):
    def begin(self):
        return Begin()


stoppable = Machine[Stoppable | End, Begin | GiveUp | Done](name="stoppable")


class Timed(Waiting):
    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, "BeginTimed"]:
        return cls(), BeginTimed()

    def waits(self) -> tuple[Deadline[Done]]:
        return (Deadline(at=datetime(2030, 1, 1, tzinfo=UTC), event=Done()),)


class BeginTimed(Spawn[Done], machine=lambda: timed):
    def begin(self):
        return Begin()


timed = Machine[Timed | End, Begin | Done](name="timed")


class Asking(Waiting):
    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, "BeginAsking"] | tuple[Self, Ask]:
        return cls(), Ask()


class BeginAsking(Spawn[Done], machine=lambda: asking):
    def begin(self):
        return Begin()


asking = Machine[Asking | End, Begin | Done](name="asking")


@pytest.mark.parametrize("machine", [stoppable, timed, asking], ids=["command", "deadline", "another intent"])
def test_a_command_a_deadline_or_another_intent_is_a_way_to_an_end(machine):
    assert found(machine) == []


async def test_a_recursion_runs_as_deep_as_it_has_to_and_comes_back():
    painted = []

    async def paint(intent, call):
        painted.append(call.workflow_id)
        return DollPainted()

    runtime = WorkflowRuntime(machine=recursion, store=MemoryStore(recursion))
    system = System(runtimes=[runtime], handlers=Handlers(PaintDoll.handled_by(paint)))
    await runtime.run_step(ID, MakeDoll(size=3))
    await Worker(system).drain()
    snapshot = await runtime.load(ID)
    assert (snapshot.state.kind, snapshot.open) == ("made", {})
    assert (len({*painted}), painted[-1]) == (4, ID)
    assert MakeInner(size=2).begin() == MakeDoll(size=2)
