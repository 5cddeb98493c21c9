"""WCP10 Arbitrary Cycles: a loop that is entered at more than one point and left at more than one.

An article is written, edited and checked. Whatever is found wrong sends it back to where that is mended. A
guest's article begins with the editor; the editor may drop one. What may never be here: a count of rounds.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from telic import Command, Fact, FinalState, Intent, Machine, NoIntent, State, start, transition


class ArticleKind(StrEnum):
    WRITING = "writing"
    EDITING = "editing"
    CHECKING = "checking"
    PUBLISHED = "published"
    DROPPED = "dropped"


class PlanArticle(Command):
    by_guest: bool


class ArticleWritten(Fact): ...


class TextApproved(Fact): ...


class TextReturned(Fact): ...


class TextDropped(Fact): ...


class FactsConfirmed(Fact): ...


class FactsDisputed(Fact): ...


class QuoteDisputed(Fact): ...


class WriteArticle(Intent[ArticleWritten]): ...


class EditText(Intent[TextApproved | TextReturned | TextDropped]): ...


class CheckFacts(Intent[FactsConfirmed | FactsDisputed | QuoteDisputed]): ...


class Writing(State):
    kind: Literal[ArticleKind.WRITING] = ArticleKind.WRITING

    @classmethod
    @start
    def plan(cls, event: PlanArticle) -> tuple[Writing, WriteArticle] | tuple[Editing, EditText]:
        return (Editing(), EditText()) if event.by_guest else (Writing(), WriteArticle())

    @transition
    def hand_in(self, event: ArticleWritten) -> tuple[Editing, EditText]:
        return Editing(), EditText()


class Editing(State):
    kind: Literal[ArticleKind.EDITING] = ArticleKind.EDITING

    @transition
    def approve(self, event: TextApproved) -> tuple[Checking, CheckFacts]:
        return Checking(), CheckFacts()

    @transition
    def return_text(self, event: TextReturned) -> tuple[Writing, WriteArticle]:
        return Writing(), WriteArticle()

    @transition
    def drop(self, event: TextDropped) -> tuple[Dropped, NoIntent]:
        return Dropped(), NoIntent()


class Checking(State):
    kind: Literal[ArticleKind.CHECKING] = ArticleKind.CHECKING

    @transition
    def publish(self, event: FactsConfirmed) -> tuple[Published, NoIntent]:
        return Published(), NoIntent()

    @transition
    def rewrite(self, event: FactsDisputed) -> tuple[Writing, WriteArticle]:
        return Writing(), WriteArticle()

    @transition
    def reword(self, event: QuoteDisputed) -> tuple[Editing, EditText]:
        return Editing(), EditText()


class Published(FinalState):
    kind: Literal[ArticleKind.PUBLISHED] = ArticleKind.PUBLISHED


class Dropped(FinalState):
    kind: Literal[ArticleKind.DROPPED] = ArticleKind.DROPPED


arbitrary_cycles = Machine[
    Writing | Editing | Checking | Published | Dropped,
    PlanArticle
    | ArticleWritten
    | TextApproved
    | TextReturned
    | TextDropped
    | FactsConfirmed
    | FactsDisputed
    | QuoteDisputed,
](name="arbitrary_cycles", version=1)
