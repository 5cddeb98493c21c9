"""WCP38 General Synchronizing Merge: it goes on when something has come, and nothing that is under way can still come.

Text and pictures of a book are made, or one of the two at first. Whoever makes one may find that the other has to be
made, again or after all, and then begins anew, too; and each may be dropped. What may never be here: a book that is
printed while pages may still come, or a wait for pages that cannot come.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Command,
    Fact,
    FinalState,
    FrozenSet,
    Intent,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    TypedId,
    start,
    transition,
)


class BookKind(StrEnum):
    MAKING = "making"
    PRINTING = "printing"
    PRINTED = "printed"
    GIVEN_UP = "given_up"


class Branch(TypedId):
    """Names one branch: what is made there."""


TEXT, PICTURES = Branch("text"), Branch("pictures")
BOTH = FrozenSet((TEXT, PICTURES))


class MakeBook(Command):
    text: bool
    pictures: bool


class PagesMade(Fact):
    branch: Branch


class PagesDropped(Fact):
    branch: Branch


class OtherLacking(Fact):
    branch: Branch


class BookPrinted(Fact): ...


class MakePages(Intent[PagesMade | PagesDropped | OtherLacking]):
    branch: Branch


class PrintBook(Intent[BookPrinted]):
    pages: FrozenSet[Branch]


class Making(State):
    kind: Literal[BookKind.MAKING] = BookKind.MAKING
    under_way: FrozenSet[Branch]
    arrived: FrozenSet[Branch] = FrozenSet()

    @classmethod
    @start
    def begin(cls, event: MakeBook) -> tuple[Self, Many[MakePages]] | tuple[None, Reject]:
        wanted = FrozenSet(one for one, asked in ((TEXT, event.text), (PICTURES, event.pictures)) if asked)
        if not wanted:
            return None, Reject("a book of nothing")
        return cls(under_way=wanted), Many.of(MakePages(branch=one) for one in wanted)

    @transition
    def arrive(self, event: PagesMade) -> tuple[Self, NoIntent] | tuple[Printing, PrintBook]:
        under_way, arrived = self.under_way.without(event.branch), self.arrived.put(event.branch)
        if under_way:
            return self.evolve(under_way=under_way, arrived=arrived), NoIntent()
        return Printing(), PrintBook(pages=arrived)

    @transition
    def drop(
        self, event: PagesDropped
    ) -> tuple[Self, NoIntent] | tuple[Printing, PrintBook] | tuple[GivenUp, NoIntent]:
        under_way = self.under_way.without(event.branch)
        if under_way:
            return self.evolve(under_way=under_way), NoIntent()
        return (Printing(), PrintBook(pages=self.arrived)) if self.arrived else (GivenUp(), NoIntent())

    @transition
    def go_round(self, event: OtherLacking) -> tuple[Self, Many[MakePages]]:
        begun = [one for one in BOTH if one == event.branch or one not in self.under_way]
        left = self.arrived.without(*begun)
        return self.evolve(under_way=BOTH, arrived=left), Many.of(MakePages(branch=one) for one in begun)


class Printing(State):
    kind: Literal[BookKind.PRINTING] = BookKind.PRINTING
    settles = (MakePages,)

    @transition
    def finish(self, event: BookPrinted) -> tuple[Printed, NoIntent]:
        return Printed(), NoIntent()


class Printed(FinalState):
    kind: Literal[BookKind.PRINTED] = BookKind.PRINTED


class GivenUp(FinalState):
    kind: Literal[BookKind.GIVEN_UP] = BookKind.GIVEN_UP
    settles = (MakePages,)


general_synchronizing_merge = Machine[
    Making | Printing | Printed | GivenUp,
    MakeBook | PagesMade | PagesDropped | OtherLacking | BookPrinted,
](name="general_synchronizing_merge", version=1)
