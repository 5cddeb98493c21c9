"""What is read from annotations, and what cannot be."""

from typing import Literal, Self

import pytest
from pydantic import BaseModel

from telic import Command, Context, Ignore, Intent, Machine, NoIntent, Reject, TypedId, start, transition
from telic.kernel.errors import DefinitionError
from tests.kernel.test_definition import Begin, Done, End, First, Go, K, NoStart, faults, only


class Unreadable(First):
    @transition
    def nameless(self, event: "NotImported") -> tuple[End, NoIntent]:  # noqa: F821
        return End(), NoIntent()

    @transition
    def many(self, event: Go, ctx: Context, more: int) -> tuple[End, NoIntent]:
        return End(), NoIntent()

    @transition
    def bare(self, event):
        return End(), NoIntent()

    @transition
    def wide(self, event: Command) -> tuple["Unreadable | End", NoIntent]:
        return End(), NoIntent()

    @transition
    def mixed(self, event: Begin | Done) -> End:
        return End()

    @transition
    def vague(self, event: Begin) -> tuple[int, NoIntent] | tuple[End, Intent]:
        return End(), NoIntent()

    def waits(self) -> tuple[int] | int:
        return ()


def test_what_cannot_be_read_is_told_with_its_place():
    assert faults(Unreadable | End, Begin | Go) == [
        "Unreadable.nameless: expected annotations that can be read, got NameError: name 'NotImported' is not defined; "
        "do import the name in the module of the state (not under TYPE_CHECKING), or add its class to the machine's unions",
        "Unreadable.many: expected (self, event) or (self, event, ctx), got 4 parameters; do take the event, and ctx where it is needed",
        "Unreadable.bare: expected an annotation on the event, got none; do write event: SomeEvent",
        "Unreadable.bare: expected a return annotation, got none; do write -> tuple[NewState, SomeIntent]",
        "Unreadable.wide: expected the class of a command or a fact, got Command; do name the exact event, or a union of events",
        "Unreadable.wide: expected the states that this transition leads to, got the whole union; do name those states",
        "Unreadable.mixed: expected commands or facts, got both; do write one transition for the commands and one for the facts",
        "Unreadable.mixed: expected tuple[NewState, Intent], got End; do return the new state and the intent, or self and a verdict",
        "Unreadable.vague: expected the class of a state, got int; do name the state that this leads to",
        "Unreadable.vague: expected the class of an intent, got Intent; do name the intents that this transition emits, or NoIntent",
        "Unreadable.vague: expected one transition for Begin, got mixed as well; do keep one of the two",
        "Unreadable.waits: expected Deadline[SomeFact], HumanTask[SomeCommand] or Topic[SomeFact], got int; "
        "do name each wait with the event that it waits for",
        "Unreadable.waits: expected tuple[Deadline[SomeFact], ...], got int; do name each wait and its event",
        "Unreadable.mixed: expected an event of the union, got Done; do add Done to the union of events",
    ]


class SecondStart(First):
    @classmethod
    @start
    def begin_again(cls, event: Begin) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()


def test_one_event_begins_in_one_way():
    assert only(faults(SecondStart | End, Begin | Go), "SecondStart.begin") == [
        "SecondStart.begin: expected one start for Begin, got another one; do keep one of the two"
    ]


class Waitless(First):
    def waits(self) -> "tuple[Unknown]":  # noqa: F821
        return ()


def test_waits_that_cannot_be_read_are_told():
    assert faults(Waitless | End, Begin | Go)[0].startswith("Waitless.waits: expected annotations that can be read")


class ClassicEnd(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[K.B]

    def handle(self, event: Done | Go) -> tuple["ClassicEnd", Ignore]:
        return self, Ignore("over")


class Classic(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[K.A]

    def handle(self, event: Go, ctx: Context | None = None) -> tuple["Classic | ClassicEnd", NoIntent | Reject]:
        return ClassicEnd(kind=K.B), NoIntent()


def test_a_handwritten_handle_may_return_the_whole_union():
    machine = Machine[Classic | ClassicEnd, Go | Done](name="m", starts=(Classic,))
    assert machine.final_states == {ClassicEnd}
    row = machine.infos[Classic].rows[Go]
    assert (row.coarse, row.takes_context, row.where) == (True, True, "Classic.handle")


def test_a_fault_compares_by_its_text():
    with pytest.raises(DefinitionError) as caught:
        Machine[NoStart | End, Go](name="m")
    (fault,) = caught.value.faults
    assert fault == type(fault)(fault.where, fault.what, fault.remedy) != "m"
    assert hash(fault) == hash(type(fault)(fault.where, fault.what, fault.remedy))
    assert str(caught.value).startswith("machine 'm' has 1 fault:\n  1. m: expected a way to begin")
    assert TypedId("x") == "x"
