"""A booking that may succeed after it was given up: what comes then is kept for people."""

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Defer, Fact, FinalState, Intent, IntentFailed, Machine, NoIntent, State, start, transition
from telic.kernel.states import Keeps


class RoomKind(StrEnum):
    ASKED = "asked"
    LEFT = "left"


class AskRoom(Command): ...


class Leave(Command): ...


class RoomBooked(Fact): ...


class BookRoom(Intent[RoomBooked]): ...


class Asked(State):
    kind: Literal[RoomKind.ASKED] = RoomKind.ASKED

    @classmethod
    @start
    def ask(cls, event: AskRoom) -> tuple["Asked", BookRoom]:
        return cls(), BookRoom()

    @transition
    def book(self, event: RoomBooked) -> tuple[Self, Defer]:
        return self, Defer()

    @transition
    def give_up(self, event: IntentFailed[BookRoom]) -> tuple["Left", NoIntent]:
        return Left(), NoIntent()

    @transition
    def leave(self, event: Leave) -> tuple["Left", NoIntent]:
        return Left(), NoIntent()


class Left(FinalState):
    kind: Literal[RoomKind.LEFT] = RoomKind.LEFT
    ignores = (Keeps(RoomBooked, why="it is to be cancelled by hand"),)


room = Machine[Asked | Left, AskRoom | Leave | RoomBooked](name="room")
