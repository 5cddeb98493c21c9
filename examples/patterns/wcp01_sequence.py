"""WCP1 Sequence: an activity begins when the one before it has ended, and not earlier.

A cake is decorated once it has been baked. What may never be here: a second activity at a time.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Fact, FinalState, Intent, Machine, NoIntent, State, start, transition


class CakeKind(StrEnum):
    BAKING = "baking"
    DECORATING = "decorating"
    READY = "ready"


class OrderCake(Command): ...


class CakeBaked(Fact): ...


class CakeDecorated(Fact): ...


class BakeCake(Intent[CakeBaked]): ...


class DecorateCake(Intent[CakeDecorated]): ...


class Baking(State):
    kind: Literal[CakeKind.BAKING] = CakeKind.BAKING

    @classmethod
    @start
    def order(cls, event: OrderCake) -> tuple[Self, BakeCake]:
        return cls(), BakeCake()

    @transition
    def decorate(self, event: CakeBaked) -> tuple[Decorating, DecorateCake]:
        return Decorating(), DecorateCake()


class Decorating(State):
    kind: Literal[CakeKind.DECORATING] = CakeKind.DECORATING

    @transition
    def finish(self, event: CakeDecorated) -> tuple[Ready, NoIntent]:
        return Ready(), NoIntent()


class Ready(FinalState):
    kind: Literal[CakeKind.READY] = CakeKind.READY


sequence = Machine[Baking | Decorating | Ready, OrderCake | CakeBaked | CakeDecorated](name="sequence", version=1)
