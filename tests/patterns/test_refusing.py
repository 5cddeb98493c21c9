"""Refusals: each is a reason for a rejection, and a sentence for a fact that is ignored."""

import pytest

from telic import Reject
from telic.patterns import (
    AnsweredAlready,
    BadDefinition,
    DoneAlready,
    HeldAlready,
    NoReason,
    NotAsked,
    NotGrowing,
    NotYet,
    Refusal,
    TooSoon,
)

SENTENCES = {
    BadDefinition(what="join", problem="expected x"): "join: expected x",
    NotAsked(who="eve", asked=("ada", "ben")): "eve is not asked; asked: ada, ben",
    NotAsked(who="", asked=()): "nobody is not asked; asked: nobody",
    AnsweredAlready(who="ada"): "ada has answered already",
    NoReason(choice="decline"): "expected a reason beside decline, got none",
    HeldAlready(holder="ada"): "ada has it",
    NotGrowing(): "no more can be added",
    TooSoon(seconds=90): "too soon; there is room in 90 seconds",
    DoneAlready(what="weigh"): "weigh is done already",
    NotYet(what="dose", missing=("ask", "weigh")): "dose comes after ask, weigh",
}


def test_each_refusal_is_a_sentence():
    assert {refusal.why: sentence for refusal, sentence in SENTENCES.items()} == {
        sentence: sentence for sentence in SENTENCES.values()
    }


def test_a_refusal_is_a_typed_reason():
    refusal = HeldAlready(holder="ada")
    assert Reject(refusal).reasons == (refusal,)


def test_the_base_has_no_sentence_of_its_own():
    with pytest.raises(NotImplementedError):
        assert Refusal().why
