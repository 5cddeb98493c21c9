"""WCP24 Persistent Trigger: a signal that comes before it is waited for is kept until it can set something off.

A deposit is returned when the flat has been inspected and the key has been handed in, which a tenant may do before
the inspection is over. What may never be here: a key that has to be handed in again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Defer, Fact, FinalState, Intent, Machine, NoIntent, State, start, transition


class MoveKind(StrEnum):
    INSPECTING = "inspecting"
    AWAITING_KEY = "awaiting_key"
    RETURNING = "returning"
    MOVED_OUT = "moved_out"


class MoveOut(Command): ...


class HandInKey(Command): ...


class FlatInspected(Fact): ...


class DepositReturned(Fact): ...


class InspectFlat(Intent[FlatInspected]): ...


class ReturnDeposit(Intent[DepositReturned]): ...


class Inspecting(State):
    kind: Literal[MoveKind.INSPECTING] = MoveKind.INSPECTING

    @classmethod
    @start
    def begin(cls, event: MoveOut) -> tuple[Self, InspectFlat]:
        return cls(), InspectFlat()

    @transition
    def keep(self, event: HandInKey) -> tuple[Self, Defer]:
        return self, Defer()

    @transition
    def ask_for_key(self, event: FlatInspected) -> tuple[AwaitingKey, NoIntent]:
        return AwaitingKey(), NoIntent()


class AwaitingKey(State):
    kind: Literal[MoveKind.AWAITING_KEY] = MoveKind.AWAITING_KEY

    @transition
    def take(self, event: HandInKey) -> tuple[Returning, ReturnDeposit]:
        return Returning(), ReturnDeposit()


class Returning(State):
    kind: Literal[MoveKind.RETURNING] = MoveKind.RETURNING

    @transition
    def finish(self, event: DepositReturned) -> tuple[MovedOut, NoIntent]:
        return MovedOut(), NoIntent()


class MovedOut(FinalState):
    kind: Literal[MoveKind.MOVED_OUT] = MoveKind.MOVED_OUT


persistent_trigger = Machine[
    Inspecting | AwaitingKey | Returning | MovedOut,
    MoveOut | HandInKey | FlatInspected | DepositReturned,
](name="persistent_trigger", version=1)
