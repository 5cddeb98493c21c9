"""WCP22 Recursion: while an activity is carried out, it may need that same activity, and begins it anew inside itself.

A nested doll is painted when the next smaller doll, which goes inside, has been made; the smallest is painted at
once. What may never be here: a second machine for what is inside.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field

from telic import Command, Fact, FinalState, Intent, Machine, NoIntent, State, start, transition
from telic.kernel.messages import Spawn


class DollKind(StrEnum):
    MAKING_INNER = "making_inner"
    PAINTING = "painting"
    MADE = "made"


class MakeDoll(Command):
    size: Annotated[int, Field(ge=0, le=3)]


class DollMade(Fact): ...


class DollPainted(Fact): ...


class MakeInner(Spawn[DollMade], machine=lambda: recursion):
    size: int

    def begin(self) -> MakeDoll:
        return MakeDoll(size=self.size)


class PaintDoll(Intent[DollPainted]): ...


class MakingInner(State):
    kind: Literal[DollKind.MAKING_INNER] = DollKind.MAKING_INNER

    @classmethod
    @start
    def make(cls, event: MakeDoll) -> tuple[Self, MakeInner] | tuple[Painting, PaintDoll]:
        return (cls(), MakeInner(size=event.size - 1)) if event.size else (Painting(), PaintDoll())

    @transition
    def enclose(self, event: DollMade) -> tuple[Painting, PaintDoll]:
        return Painting(), PaintDoll()


class Painting(State):
    kind: Literal[DollKind.PAINTING] = DollKind.PAINTING

    @transition
    def finish(self, event: DollPainted) -> tuple[Made, NoIntent]:
        return Made(), NoIntent()


class Made(FinalState):
    kind: Literal[DollKind.MADE] = DollKind.MADE

    def outcome(self) -> DollMade:
        return DollMade()


recursion = Machine[
    MakingInner | Painting | Made,
    MakeDoll | DollMade | DollPainted,
](name="recursion", version=1)
