"""WCP11 Implicit Termination: an instance ends when nothing is left to do in it, whichever branch is last.

Who moves out empties the flat, has it painted if the walls need it, and has the mail forwarded. What may
never be here: an activity that marks the end.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Batch, Command, Fact, FinalState, FrozenSet, Intent, Machine, NoIntent, State, start, transition


class MoveKind(StrEnum):
    MOVING = "moving"
    MOVED = "moved"


class Concern(StrEnum):
    FLAT = "flat"
    MAIL = "mail"


class MoveOut(Command): ...


class FlatEmptied(Fact):
    walls_marked: bool


class FlatPainted(Fact): ...


class MailForwarded(Fact): ...


class EmptyFlat(Intent[FlatEmptied]): ...


class PaintFlat(Intent[FlatPainted]): ...


class ForwardMail(Intent[MailForwarded]): ...


class Moving(State):
    kind: Literal[MoveKind.MOVING] = MoveKind.MOVING
    left: FrozenSet[Concern] = FrozenSet(Concern)

    @classmethod
    @start
    def begin(cls, event: MoveOut) -> tuple[Self, Batch[EmptyFlat | ForwardMail]]:
        return cls(), EmptyFlat() & ForwardMail()

    @transition
    def inspect(self, event: FlatEmptied) -> tuple[Self, PaintFlat] | tuple[Self, NoIntent] | tuple[Moved, NoIntent]:
        return (self, PaintFlat()) if event.walls_marked else self.without(Concern.FLAT)

    @transition
    def hand_over(self, event: FlatPainted) -> tuple[Self, NoIntent] | tuple[Moved, NoIntent]:
        return self.without(Concern.FLAT)

    @transition
    def tick_off_mail(self, event: MailForwarded) -> tuple[Self, NoIntent] | tuple[Moved, NoIntent]:
        return self.without(Concern.MAIL)

    def without(self, concern: Concern) -> tuple[Self, NoIntent] | tuple[Moved, NoIntent]:
        left = self.left.without(concern)
        return (self.evolve(left=left), NoIntent()) if left else (Moved(), NoIntent())


class Moved(FinalState):
    kind: Literal[MoveKind.MOVED] = MoveKind.MOVED
    settles = (EmptyFlat, PaintFlat, ForwardMail)


implicit_termination = Machine[
    Moving | Moved,
    MoveOut | FlatEmptied | FlatPainted | MailForwarded,
](name="implicit_termination", version=1)
