"""Arbitrary Cycles: there are two ways into the loop, two ways out, and a way out from everywhere."""

from examples.patterns.wcp10_arbitrary_cycles import (
    ArticleWritten,
    CheckFacts,
    Checking,
    Dropped,
    Editing,
    EditText,
    FactsConfirmed,
    FactsDisputed,
    PlanArticle,
    Published,
    QuoteDisputed,
    TextApproved,
    TextDropped,
    TextReturned,
    WriteArticle,
    Writing,
    arbitrary_cycles,
)
from telic import Machine, NoIntent, Reject, start, transition
from telic.testing import suite
from telic.verify import Verdict, ended, eventually, explore, strong
from tests.examples.patterns.stories import loop_of, stories

EVENT = (
    PlanArticle
    | ArticleWritten
    | TextApproved
    | TextReturned
    | TextDropped
    | FactsConfirmed
    | FactsDisputed
    | QuoteDisputed
)
PATIENCE = (strong(TextApproved), strong(FactsConfirmed))

TestArbitraryCycles = suite(
    arbitrary_cycles, check=[eventually("it ends, if patience does not", ended, fair=PATIENCE)], worlds=5
)


def arbitrary(machine):
    """Say whether there is a loop that is entered and left at several points."""
    loop, entries, exits = loop_of(machine)
    return bool(loop) and len(entries) > 1 and len(exits) > 1


def test_the_loop_is_entered_and_left_at_two_points_each():
    assert loop_of(arbitrary_cycles) == (
        {"Writing", "Editing", "Checking"},
        {"Writing", "Editing"},
        {"Editing", "Checking"},
    )
    assert arbitrary(arbitrary_cycles)


def test_the_loop_can_be_gone_through_again_and_again():
    assert explore(arbitrary_cycles, check=[eventually("ends", ended)]).check("ends").verdict is Verdict.REFUTED
    assert max(story.count("WriteArticle") for story in stories(arbitrary_cycles, visits=3)) == 3


class WritingFirst(Writing):
    @classmethod
    @start
    def plan(cls, event: PlanArticle) -> tuple["WritingFirst", WriteArticle] | tuple["WritingFirst", Reject]:
        return cls(), Reject("no guests here") if event.by_guest else WriteArticle()

    @transition
    def hand_in(self, event: ArticleWritten) -> tuple["EditingOnly", EditText]:
        return EditingOnly(), EditText()


class EditingOnly(Editing):
    @transition
    def approve(self, event: TextApproved) -> tuple["CheckingLast", CheckFacts]:
        return CheckingLast(), CheckFacts()

    @transition
    def return_text(self, event: TextReturned) -> tuple[WritingFirst, WriteArticle]:
        return WritingFirst(), WriteArticle()

    @transition
    def drop(self, event: TextDropped) -> tuple[WritingFirst, WriteArticle]:
        return WritingFirst(), WriteArticle()


class CheckingLast(Checking):
    @transition
    def rewrite(self, event: FactsDisputed) -> tuple[WritingFirst, WriteArticle]:
        return WritingFirst(), WriteArticle()

    @transition
    def reword(self, event: QuoteDisputed) -> tuple[WritingFirst, WriteArticle]:
        return WritingFirst(), WriteArticle()


def test_a_loop_with_one_way_in_and_one_way_out_is_noticed():
    structured = Machine[
        WritingFirst | EditingOnly | CheckingLast | Published,
        EVENT,
    ](name="structured")
    assert loop_of(structured)[1:] == ({"WritingFirst"}, {"CheckingLast"})
    assert not arbitrary(structured)


class CheckingOnce(Checking):
    @transition
    def rewrite(self, event: FactsDisputed) -> tuple[Dropped, NoIntent]:
        return Dropped(), NoIntent()

    @transition
    def reword(self, event: QuoteDisputed) -> tuple[Dropped, NoIntent]:
        return Dropped(), NoIntent()


class EditingOnce(Editing):
    @transition
    def approve(self, event: TextApproved) -> tuple[CheckingOnce, CheckFacts]:
        return CheckingOnce(), CheckFacts()

    @transition
    def return_text(self, event: TextReturned) -> tuple[Dropped, NoIntent]:
        return Dropped(), NoIntent()


class WritingOnce(Writing):
    @classmethod
    @start
    def plan(cls, event: PlanArticle) -> tuple["WritingOnce", WriteArticle] | tuple[EditingOnce, EditText]:
        return (EditingOnce(), EditText()) if event.by_guest else (cls(), WriteArticle())

    @transition
    def hand_in(self, event: ArticleWritten) -> tuple[EditingOnce, EditText]:
        return EditingOnce(), EditText()


def test_a_way_without_a_loop_is_noticed():
    straight = Machine[
        WritingOnce | EditingOnce | CheckingOnce | Published | Dropped,
        EVENT,
    ](name="straight")
    assert not arbitrary(straight)
