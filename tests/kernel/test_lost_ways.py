"""The ways that the lost-answer analysis follows: claims, withdrawals, failures, facts that come by themselves."""

from enum import StrEnum
from typing import Literal, Self

import pytest

from telic import (
    Command,
    Fact,
    FinalState,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    State,
    Topic,
    TypedId,
    Withdraw,
    start,
    transition,
)
from telic.kernel.errors import DefinitionError


class K(StrEnum):
    A = "a"
    B = "b"
    C = "c"
    D = "d"


class ItemId(TypedId): ...


class Begin(Command): ...


class Again(Command): ...


class Leave(Command): ...


class Done(Fact): ...


class Broken(Fact): ...


class Work(Intent[Done | Broken]): ...


class Counted(Fact):
    item_id: ItemId


class Count(Intent[Counted]):
    item_id: ItemId


class End(FinalState):
    kind: Literal[K.C] = K.C


class Working(State):
    kind: Literal[K.A] = K.A

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, Work]:
        return cls(), Work()


def faults(build):
    with pytest.raises(DefinitionError) as caught:
        build()
    return [str(fault) for fault in caught.value.faults]


class Paid(Fact): ...


class Pay(Intent[Paid]): ...


class Paying(State):
    kind: Literal[K.D] = K.D

    @transition
    def paid(self, event: Paid) -> tuple[End, NoIntent]:
        return End(), NoIntent()

    @transition
    def leave(self, event: Leave) -> tuple[End, NoIntent]:
        return End(), NoIntent()


class Settled(State):
    kind: Literal[K.B] = K.B
    settles = (Count, Work)

    @transition
    def go(self, event: Again) -> tuple[Paying, Pay]:
        return Paying(), Pay()


class Counting(State):
    kind: Literal[K.A] = K.A

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, Many[Count]]:
        return cls(), Many.of([Count(item_id=ItemId("i"))])

    @transition
    def counted(self, event: Counted) -> tuple[Self, NoIntent] | tuple[Settled, NoIntent]:
        return self, NoIntent()


def test_a_claim_after_many_is_believed_and_the_way_goes_on_behind_it():
    events = Begin | Again | Leave | Counted | Paid
    assert faults(lambda: Machine[Counting | Settled | Paying | End, events](name="m")) == [
        "End: expected Paid (an answer to Pay) to be handled or ignored, got a state that would drop it: "
        "--Begin--> Counting --Counted--> Settled --Again--> Paying --Leave--> End; "
        "do add a state before End that waits for it, or ignores = (Ignores(Paid, why=...),)"
    ]


class Calm(State):
    kind: Literal[K.B] = K.B
    settles = (Work,)
    ignores = (Ignores(Done, Broken, why="given up"),)

    @transition
    def leave(self, event: Leave) -> tuple[End, NoIntent]:
        return End(), NoIntent()


class TakingBack(Working):
    ignores = (Ignores(Done, Broken, why="given up"),)

    @transition
    def leave(self, event: Leave) -> tuple[Self, Withdraw]:
        return self, Withdraw(every=Work)

    @transition
    def go(self, event: Again) -> tuple[Calm, NoIntent]:
        return Calm(), NoIntent()


def test_a_withdrawn_intent_may_end_quietly_and_may_have_been_done_all_the_same():
    assert faults(lambda: Machine[TakingBack | Calm | End, Begin | Again | Leave | Done | Broken](name="m")) == [
        f"End: expected {answer} (an answer to Work, which may arrive late, after Work was given up) to be handled or "
        "ignored, got a state that would drop it: "
        "--Begin--> TakingBack --Leave--> TakingBack --Again--> Calm --Leave--> End; "
        f"do add a state before End that waits for it, or ignores = (Ignores({answer}, why=...),)"
        for answer in ("Broken", "Done")
    ]


def test_a_fact_that_a_state_waits_for_may_come_while_the_intent_it_answers_stays_open():
    class Listening(Working):
        @transition
        def done(self, event: Done | Broken) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        def waits(self) -> tuple[Topic[Done]]:
            return (Topic(fact=Done, name="done"),)

    found = faults(lambda: Machine[Listening | End, Begin | Done | Broken](name="m"))
    assert [one.partition(":")[2].split()[1] for one in found] == ["Broken", "Done"]
    assert all("--Begin--> Listening --Done--> End" in one for one in found)


def test_what_parts_of_parts_wait_for_may_come_as_well():
    class Inner(State):
        kind: Literal[K.D] = K.D

        @transition
        def done(self, event: Done) -> tuple[Self, NoIntent]:
            return self, NoIntent()

        def waits(self) -> tuple[Topic[Done]]:
            return (Topic(fact=Done, name="done"),)

    class Outer(State):
        kind: Literal[K.D] = K.D
        inner: Inner
        again: tuple[Inner, ...] = ()

        @transition
        def done(self, event: Done) -> tuple[Self, NoIntent]:
            return self, NoIntent()

    class Whole(Working):
        outer: Outer

        @transition
        def done(self, event: Done | Broken) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    found = faults(lambda: Machine[Whole | End, Begin | Done | Broken](name="m"))
    assert [one.partition(":")[2].split()[1] for one in found] == ["Broken", "Done"]


def test_an_ignored_failure_leaves_a_success_that_may_come_late():
    class Careless(Working):
        ignores = (Ignores(IntentFailed[Work], why="tried elsewhere"),)

        @transition
        def done(self, event: Done | Broken) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    found = faults(lambda: Machine[Careless | End, Begin | Done | Broken](name="m"))
    assert all("late, after Work was given up" in one for one in found)
    assert len(found) == 2


def test_a_way_that_leaves_the_union_ends_there():
    class Stray(Working):
        @transition
        def done(self, event: Done | Broken) -> tuple[Paying, NoIntent]:
            return Paying(), NoIntent()

    assert [one.split(":")[0] for one in faults(lambda: Machine[Stray, Begin | Done | Broken](name="m"))] == [
        "Stray.done"
    ]
