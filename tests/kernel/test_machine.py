"""A machine: what it takes, and what it derives from its table once."""

import gc
from enum import StrEnum
from typing import Literal, Self, TypeVar
from weakref import ref

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter

from telic import (
    Batch,
    Cancel,
    Command,
    Fact,
    FinalState,
    HumanTask,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    Withdraw,
    start,
    transition,
)
from telic.kernel import machine as machine_module
from telic.kernel.codec import Codec
from telic.kernel.errors import DefinitionError
from tests.kernel.lamp import Glow, Off, On, Smash, Smashed, Switch, lamp


class K(StrEnum):
    A = "a"
    B = "b"
    C = "c"
    D = "d"


class ItemId(TypedId): ...


class Begin(Command): ...


class Go(Command): ...


class Sign(Command): ...


class Count(Command): ...


class Counted(Fact):
    item_id: ItemId
    amount: int = 0


class CountItem(Intent[Counted]):
    item_id: ItemId
    amount: int = 0


class Form(State):
    kind: Literal[K.D] = K.D

    @transition
    def sign(self, event: Sign) -> tuple[Self, NoIntent]:
        return self, NoIntent()

    def waits(self) -> tuple[HumanTask[Sign]]:
        return (HumanTask(answer=Sign),)


class End(FinalState):
    kind: Literal[K.C] = K.C
    ignores = (Ignores(Counted, why="over"),)


class Signing(State):
    kind: Literal[K.B] = K.B
    form: Form = Form()
    settles = (CountItem,)
    ignores = (Ignores(Counted, why="counted again by hand"),)

    @transition
    def sign(self, event: Sign) -> tuple[End, NoIntent]:
        return End(), NoIntent()


class First(State):
    kind: Literal[K.A] = K.A

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    @transition
    def go(self, event: Go) -> tuple[Signing, NoIntent]:
        return Signing(), NoIntent()

    @transition
    def count(self, event: Count) -> tuple[Self, Many[CountItem]] | tuple[Self, Batch[CountItem | Withdraw]]:
        return self, Many.of([])

    @transition
    def counted(self, event: Counted) -> tuple[Self, NoIntent] | tuple["First", CountItem]:
        return self, NoIntent()

    @transition
    def lost(self, event: IntentFailed[CountItem]) -> tuple[Self, NoIntent]:
        return self, NoIntent()

    @transition
    def cancel(self, event: Cancel) -> tuple[Self, NoIntent]:
        return self, NoIntent()


def counting(**options):
    return Machine[First | Signing | End, Begin | Go | Sign | Count | Counted](name="m", **options)


def faults(states, events, **options):
    with pytest.raises(DefinitionError) as caught:
        Machine[states, events](name="m", **options)
    return [str(fault) for fault in caught.value.faults]


def test_a_machine_reads_as_its_name_and_size():
    assert repr(counting(version=3)) == "Machine('m', version=3, 3 states, 5 events)"
    assert repr(Machine) == "<class 'telic.kernel.machine.Machine'>"


def test_a_machine_without_room_between_checkpoints_is_refused():
    assert "m: expected checkpoint_every of at least 1, got 0; do name a number of records" in faults(
        First | Signing | End, Begin | Go | Sign | Count | Counted, checkpoint_every=0
    )


def test_a_machine_needs_its_unions():
    with pytest.raises(TypeError, match=r"expected Machine\[StateUnion, EventUnion\]\(...\), got Machine\(...\)"):
        Machine(name="m")


def test_one_pair_of_unions_is_one_class_and_type_variables_are_no_unions():
    some, other = TypeVar("some"), TypeVar("other")
    assert Machine[First | End, Begin | Go] is Machine[First | End, Begin | Go] is not Machine[First, Begin]
    assert Machine[some, other]._unions is None


def test_a_machine_that_nobody_holds_is_forgotten_and_one_that_is_held_keeps_its_class():
    held = counting()
    gc.collect()
    before = len(machine_module._made)
    for _ in range(3):

        class Passing(State):
            kind: Literal[K.A] = K.A

            @classmethod
            @start
            def begin(cls, event: Begin) -> tuple[Self, NoIntent]:
                return cls(), NoIntent()

        gone = ref(type(Machine[Passing, Begin](name="m", perpetual=True)))
    gc.collect()
    assert (gone(), len(machine_module._made)) == (None, before)
    assert type(held) is Machine[First | Signing | End, Begin | Go | Sign | Count | Counted]


def test_the_unions_hold_classes_of_states_and_events():
    found = faults(First | Signing | End | int, Begin | Go | Sign | Count | Counted | Command)
    assert found == [
        "m states: expected classes that derive from BaseModel, got <class 'int'>; do list the classes of the union",
        "m events: expected classes that derive from Event, got <class 'telic.kernel.events.Command'>; "
        "do list the classes of the union",
    ]


class SecondStart(First):
    @classmethod
    @start
    def begin_again(cls, event: Begin) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()


def test_one_event_begins_in_one_way():
    found = faults(SecondStart | Signing | End, Begin | Go | Sign | Count | Counted)
    assert [one for one in found if one.startswith("SecondStart.begin")] == [
        "SecondStart.begin: expected one start for Begin, got another one; do keep one of the two"
    ]


def test_the_tasks_of_a_state_and_of_its_parts_ask_for_commands():
    assert counting().task_commands == {Sign}


def test_a_machine_knows_its_intents_their_answers_failures_and_shared_ids():
    machine = counting()
    assert machine.intents == {CountItem: {Counted}}
    assert machine.failures == {CountItem: IntentFailed[CountItem]}
    assert machine.shared_ids == {(CountItem, Counted): ("item_id",)}


def test_the_short_way_is_open_to_what_concerns_state_and_intents_alone():
    plain = counting().plain_rows
    assert {state: set(rows) for state, rows in plain.items()} == {First: {Counted}, Signing: set(), End: set()}


def test_a_plain_row_knows_what_its_results_come_to_but_for_verdicts():
    rows = lamp.plain_rows
    assert rows[Off][Switch].landings == {Glow: {On: (True, False, "on")}}
    assert rows[Off][Smash].landings == {NoIntent: {Smashed: (False, True, "smashed")}}
    assert rows[Off][Switch] == lamp.infos[Off].rows[Switch]
    assert lamp.infos[Off].rows[Switch].landings == {}


def test_a_machine_has_one_codec():
    machine = counting()
    assert isinstance(machine.codec, Codec)
    assert machine.codec is machine.codec


def test_the_rows_of_a_machine_are_its_starts_and_then_its_transitions():
    assert [row.where for row in counting().rows()][:3] == ["First.begin", "First.go", "First.count"]


def test_what_a_web_framework_makes_of_a_command_of_a_machine_is_not_put_off():
    class Ask(Command):
        amount: int

    class Asked(FinalState):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def ask(cls, event: Ask) -> tuple["Asked", NoIntent]:
            return cls(), NoIntent()

    assert not TypeAdapter(Ask).pydantic_complete
    Machine[Asked, Ask](name="asked")
    assert TypeAdapter(Ask).pydantic_complete


def test_the_configuration_of_a_model_that_is_not_telics_is_left_alone():
    class Written(BaseModel):
        model_config = ConfigDict(frozen=True, defer_build=True)
        kind: Literal[K.A] = K.A

        def handle(self, event: Go) -> tuple["Written", NoIntent]:
            return self, NoIntent()

    Machine[Written, Go](name="written", starts=(Written,), perpetual=True)
    assert Written.model_config["defer_build"] is True
