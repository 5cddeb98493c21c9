"""States and the marks on their methods."""

from enum import StrEnum
from typing import Literal

import pytest

from telic import (
    Command,
    Context,
    Fact,
    FinalState,
    Ignore,
    Ignores,
    IntentFailed,
    NoIntent,
    State,
    lift,
    start,
    transition,
)
from telic.kernel.states import START, TRANSITION, Keeps


class K(StrEnum):
    A = "a"
    B = "b"


class Go(Command): ...


class Sent(Fact): ...


class Over(FinalState):
    kind: Literal[K.B] = K.B


class First(State):
    kind: Literal[K.A] = K.A
    inner: Over = Over()

    @classmethod
    @start
    def begin(cls, event: Go) -> tuple["First", NoIntent]:
        return cls(), NoIntent()

    @transition
    def go(self, event: Go, ctx: Context) -> tuple[Over, NoIntent]:
        return Over(), NoIntent()


def test_a_mark_leaves_the_method_as_it_is():
    assert getattr(First.go, TRANSITION) is getattr(First.begin, START) is True
    assert First.begin(Go()) == (First(), NoIntent())


def test_a_state_hands_an_event_to_its_transition():
    assert First().handle(Go(), object()) == (Over(), NoIntent())


def test_a_state_declares_nothing_unless_it_says_so():
    assert (First().waits(), dict(First().attributes()), Over().outcome()) == ((), {}, None)
    assert (First.ignores, First.settles) == ((), ())


def test_what_is_ignored_is_named_with_a_reason():
    claim = Ignores(Sent, Go, why="w")
    assert (claim.events, claim.why, repr(claim)) == ((Sent, Go), "w", "Ignores(Sent, Go, why='w')")
    for wrong in (lambda: Ignores(Sent, why=""), lambda: Ignores(why="w")):
        with pytest.raises(ValueError, match="expected event types and a reason"):
            wrong()


def test_only_facts_of_ones_own_are_kept_for_people():
    claim = Keeps(Sent, why="w")
    assert (claim.events, repr(claim)) == ((Sent,), "Keeps(Sent, why='w')")
    for wrong in (Go, IntentFailed):
        with pytest.raises(TypeError) as caught:
            Keeps(Sent, wrong, why="w")
        assert str(caught.value) == (
            f"expected facts of your own to keep, got {wrong.__name__}; do reject or defer a command, "
            "take a failure in a transition, or name both in Ignores"
        )
    with pytest.raises(ValueError, match="expected event types and a reason"):
        Keeps(why="w")


def test_a_parts_result_is_carried_over_to_the_whole():
    assert lift((Over(), Ignore("x")), lambda inner: First(inner=inner)) == (First(inner=Over()), Ignore("x"))
