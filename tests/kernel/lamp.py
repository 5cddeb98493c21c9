"""A lamp: the smallest machine with an intent, for what the shop declares a transition for."""

from enum import StrEnum
from typing import Literal

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
    WorkflowId,
    start,
    transition,
)
from telic.kernel.advance import advance
from telic.kernel.snapshot import Commit, Delivery
from tests.kernel.machines import NOW

ID = WorkflowId("desk")


class K(StrEnum):
    OFF = "off"
    ON = "on"
    SMASHED = "smashed"


class Install(Command): ...


class Switch(Command): ...


class Smash(Command):
    how: str = ""


class Glowed(Fact): ...


class Glow(Intent[Glowed]): ...


class Off(State):
    kind: Literal[K.OFF] = K.OFF

    @classmethod
    @start
    def install(cls, event: Install, ctx: Context) -> tuple["Off", NoIntent] | tuple["Off", Reject]:
        return (cls(), NoIntent()) if ctx.actor != "thief" else (cls(), Reject("not by you"))

    @transition
    def switch(self, event: Switch) -> tuple["On", Glow]:
        return On(), Glow()

    @transition
    def smash(self, event: Smash) -> tuple["Smashed", NoIntent] | tuple["Off", Reject]:
        return (Smashed(), NoIntent()) if event.how else (self, Reject("with what"))


class On(State):
    kind: Literal[K.ON] = K.ON

    @transition
    def glowed(self, event: Glowed, ctx: Context) -> tuple["Off", NoIntent]:
        return Off(), NoIntent()


class Smashed(FinalState):
    kind: Literal[K.SMASHED] = K.SMASHED


lamp = Machine[Off | On | Smashed, Install | Switch | Smash | Glowed](name="lamp")


def step(snapshot, event, *, now=NOW, actor="", **how):
    """Take one step; return the commit or the refusal."""
    return advance(lamp, snapshot, Delivery(event, **how), Context(now, ID, "", actor))


def walk(*events):
    """Take several steps from the start; return the snapshot."""
    snapshot = None
    for event in events:
        commit = step(snapshot, event)
        assert isinstance(commit, Commit), commit
        snapshot = commit.after
    return snapshot
