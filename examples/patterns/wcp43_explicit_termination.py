"""WCP43 Explicit Termination: when the nominated end is reached, all is over and well done, and the rest is called off.

A dog is missed: the park is searched, posters are put up, and as soon as they hang, calls are taken. Whoever finds
the dog ends all of it. What may never be here: a search that goes on for a dog that was found.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Batch, Command, Fact, FinalState, Ignores, Intent, Machine, State, Withdraw, start, transition


class SearchKind(StrEnum):
    SEARCHING = "searching"
    FOUND = "found"


class MissDog(Command): ...


class ParkSearched(Fact):
    found: bool


class PostersHung(Fact): ...


class CallTaken(Fact):
    found: bool


class SearchPark(Intent[ParkSearched]): ...


class HangPosters(Intent[PostersHung]): ...


class TakeCall(Intent[CallTaken]): ...


class Searching(State):
    kind: Literal[SearchKind.SEARCHING] = SearchKind.SEARCHING

    @classmethod
    @start
    def begin(cls, event: MissDog) -> tuple[Self, Batch[SearchPark | HangPosters]]:
        return cls(), SearchPark() & HangPosters()

    @transition
    def await_calls(self, event: PostersHung) -> tuple[Self, TakeCall]:
        return self, TakeCall()

    @transition
    def search(self, event: ParkSearched) -> tuple[Self, SearchPark] | tuple[Found, Batch[Withdraw]]:
        return self.end() if event.found else (self, SearchPark())

    @transition
    def hear(self, event: CallTaken) -> tuple[Self, TakeCall] | tuple[Found, Batch[Withdraw]]:
        return self.end() if event.found else (self, TakeCall())

    def end(self) -> tuple[Found, Batch[Withdraw]]:
        return Found(), Withdraw(every=SearchPark) & Withdraw(every=HangPosters) & Withdraw(every=TakeCall)


class Found(FinalState):
    kind: Literal[SearchKind.FOUND] = SearchKind.FOUND
    ignores = (Ignores(ParkSearched, PostersHung, CallTaken, why="the dog has been found"),)


explicit_termination = Machine[
    Searching | Found,
    MissDog | ParkSearched | PostersHung | CallTaken,
](name="explicit_termination", version=1)
