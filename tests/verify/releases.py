"""Releases of one machine, a small order desk: each is the first release with some lines written anew."""

import itertools
import sys
from types import ModuleType

FIRST = """
from enum import StrEnum
from typing import Annotated, Literal, Never

from pydantic import AfterValidator, AwareDatetime, Field, field_validator

from telic import (
    AtMostOnce, Batch, Command, Context, Deadline, Defer, Fact, FinalState, FrozenMap, HumanTask, Ignore, Ignores,
    Intent, IntentFailed, Machine, Many, NoIntent, Reject, State, Topic, TypedId, Value, start, transition, upcast,
)
from tests.verify.outsider import price_of as odd

class K(StrEnum):
    ASKED = "asked"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"

class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"

class DeskId(TypedId): ...

class Line(Value):
    count: int

class Begin(Command):
    desk_id: DeskId
class Stop(Command): ...
class Poke(Command): ...
class Approved(Fact):
    desk_id: DeskId
class Refused(Fact):
    desk_id: DeskId
class Lapsed(Fact): ...
class Check(Intent[Approved | Refused]):
    desk_id: DeskId

class Base(State):
    desk_id: DeskId

class Asked(Base):
    kind: Literal[K.ASKED] = K.ASKED
    amount: Annotated[int, Field(ge=0, le=100)]
    mood: Mood = Mood.GOOD
    until: AwareDatetime
    lines: tuple[Line, ...] = ()
    prices: FrozenMap[DeskId, int] = FrozenMap()
    note: str | None = None

    @classmethod
    @start
    def begin(cls, event: Begin, ctx: Context) -> tuple["Asked", Check]:
        return cls(desk_id=event.desk_id, amount=1, until=ctx.now), Check(desk_id=event.desk_id)

    @transition
    def approve(self, event: Approved) -> tuple["Done", NoIntent]:
        return Done(), NoIntent()

    @transition
    def refuse(self, event: Refused) -> tuple["Done", NoIntent]:
        return Done(), NoIntent()

    @transition
    def stop(self, event: Stop) -> tuple["Stopping", NoIntent]:
        return Stopping(desk_id=self.desk_id), NoIntent()

    @transition
    def poke(self, event: Poke) -> tuple["Asked", NoIntent]:
        return self, NoIntent()

    @transition
    def lapse(self, event: Lapsed) -> tuple["Stopping", NoIntent]:
        return Stopping(desk_id=self.desk_id), NoIntent()

    def waits(self) -> tuple[Deadline[Lapsed]]:
        return (Deadline(at=self.until, event=Lapsed()),)

class Stopping(Base):
    kind: Literal[K.STOPPING] = K.STOPPING

    @transition
    def approve(self, event: Approved) -> tuple["Stopped", NoIntent]:
        return Stopped(), NoIntent()

    @transition
    def refuse(self, event: Refused) -> tuple["Stopped", NoIntent]:
        return Stopped(), NoIntent()

class Stopped(FinalState):
    kind: Literal[K.STOPPED] = K.STOPPED

class Done(FinalState):
    kind: Literal[K.DONE] = K.DONE

States = Annotated[Asked | Stopping | Stopped | Done, Field(discriminator="kind")]
Events = Begin | Stop | Poke | Approved | Refused | Lapsed

machine = Machine[States, Events](name="desk", version=1, upcasters=())
"""
_numbers = itertools.count()


def release(*changes):
    """Build the first release, or one with some of its lines written anew; all classes are new."""
    text = FIRST
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    module = ModuleType(f"tests.verify.release_{next(_numbers)}")
    sys.modules[module.__name__] = module
    exec(compile(text, module.__name__, "exec"), vars(module))
    return module.machine


def upcasting(tag, to=None):
    """The change that registers one upcaster."""
    named = f", to={to!r}" if to else ""
    return ("upcasters=()", f"upcasters=(upcast({tag!r}, from_version=1{named})(lambda data: data),)")
