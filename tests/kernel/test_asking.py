"""The check of the intents: one bad machine for each fault, with its exact text, and a right twin."""

from enum import StrEnum
from typing import Literal, Never, Self

import pytest
from pydantic import BaseModel

from telic import (
    Batch,
    Command,
    Fact,
    FinalState,
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)
from telic.kernel.errors import DefinitionError
from telic.kernel.messages import Publish, Signal, Spawn


class K(StrEnum):
    A = "a"
    B = "b"
    C = "c"


class ItemId(TypedId): ...


class Begin(Command): ...


class Go(Command): ...


class Done(Fact): ...


class Lost(Fact): ...


class Counted(Fact):
    item_id: ItemId


class Work(Intent[Done]): ...


class Count(Intent[Counted]):
    item_id: ItemId


class Tell(Intent[Never]): ...


class End(FinalState):
    kind: Literal[K.C] = K.C
    ignores = (Ignores(Done, Lost, Counted, why="over"),)


class First(State):
    kind: Literal[K.A] = K.A
    ignores = (Ignores(Done, Lost, Counted, why="whatever"),)

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    @transition
    def go(self, event: Go) -> tuple[End, NoIntent]:
        return End(), NoIntent()


Events = Begin | Go | Done | Lost | Counted


def machine_that_emits(*intents):
    """A machine with a transition for each of these."""
    members = {}
    for number, intent in enumerate(intents):

        def method(self, event):
            raise NotImplementedError

        event = type(f"Do{number}", (Command,), {"__module__": __name__})
        method.__annotations__ = {"event": event, "return": tuple[End, intent]}
        members[f"do_{number}"] = (transition(method), event)
    cls = type("Emitting", (First,), {"__module__": __name__, **{name: one for name, (one, _) in members.items()}})
    events = Events
    for _, event in members.values():
        events |= event
    return Machine[cls | End, events](name="m")


def faults(*intents):
    with pytest.raises(DefinitionError) as caught:
        machine_that_emits(*intents)
    return [str(fault) for fault in caught.value.faults]


def test_intents_that_ask_for_what_can_be_had_are_right():
    intents = (Work, Many[Count], Tell, Batch[Work | Many[Count]])
    assert list(machine_that_emits(*intents).intents) == [Work, Count, Tell]


def test_an_answer_is_a_fact():
    class Ask(Intent[Done | Go]): ...

    class Guess(Intent[Done | int]): ...

    assert faults(Ask, Guess) == [
        f"{name}: expected facts as its answers, got {got}; do name facts: what comes back has happened"
        for name, got in (("Ask", "Go"), ("Guess", "int"))
    ]


def test_an_answer_is_in_the_union_of_events():
    class Elsewhere(Fact): ...

    class Ask(Intent[Elsewhere]): ...

    assert faults(Ask)[0] == (
        "Ask: expected its answers in the union of events, got Elsewhere outside of it; "
        "do add Elsewhere to the union of events"
    )


def test_a_signal_carries_a_command_and_a_publication_a_fact():
    class Nudge(Signal[Go], machine="other"): ...

    class Announce(Publish[Done]): ...

    class Poke(Signal[Done]): ...

    class Cry(Publish[Go]): ...

    class Mute(Signal): ...

    assert faults(Nudge, Announce, Poke, Cry, Mute)[:3] == [
        "Poke: expected a command to carry, got Done; do write class Poke(Signal[SomeCommand])",
        "Cry: expected a fact to carry, got Go; do write class Cry(Publish[SomeFact])",
        "Mute: expected a command to carry, got none; do write class Mute(Signal[SomeCommand])",
    ]
    assert (Nudge.__target__, Nudge(to="w", command=Go()).command) == ("other", Go())
    assert Announce(fact=Done(), name="news").key == ""


def test_one_and_many_of_a_type_do_not_go_together():
    assert faults(Batch[Count | Many[Count]]) == [
        "Emitting.do_0: expected at most one Count in a batch, or many, got both; "
        "do emit all of them with Many.of(...), and write Many[Count]"
    ]


class Settled(State):
    kind: Literal[K.B] = K.B
    ignores = (Ignores(Done, Counted, why="old"),)
    settles = (Work, Count)

    @transition
    def go(self, event: Go) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_what_is_emitted_on_the_way_to_a_state_is_open_there():
    class Contradicting(First):
        @transition
        def go(self, event: Go) -> tuple[Settled, Work] | tuple[Settled, Tell] | tuple[End, Work]:
            return Settled(), Work()

    with pytest.raises(DefinitionError) as caught:
        Machine[Contradicting | Settled | End, Begin | Go | Done | Lost | Counted](name="m")
    assert str(caught.value.faults[0]) == (
        "Contradicting.go: expected no Work on the way to Settled, which claims to settle it, got one; "
        "do take Work out of Settled.settles, or emit it before"
    )


class Classic(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[K.A] = K.A

    def handle(self, event: Go | Counted) -> tuple["Classic | Settled | End", Count | NoIntent]:
        raise NotImplementedError


def test_the_pairs_of_a_handwritten_handle_contradict_nothing():
    machine = Machine[Classic | Settled | End, Go | Done | Lost | Counted](name="m", starts=(Classic,))
    assert Count in machine.intents


class ChildEnd(FinalState):
    kind: Literal[K.C] = K.C

    def outcome(self) -> Done:
        return Done()


class Child(First):
    @transition
    def go(self, event: Go) -> tuple[ChildEnd, NoIntent]:
        return ChildEnd(), NoIntent()


child = Machine[Child | ChildEnd, Begin | Go | Done | Lost | Counted](name="child")


class Starting:
    def begin(self) -> Begin:
        return Begin()


def test_a_spawned_child_answers_with_its_own_outcomes():
    class Fine(Starting, Spawn[Done], machine=lambda: child): ...

    class Wrong(Starting, Spawn[Lost], machine=lambda: child): ...

    assert faults(Fine, Wrong) == [
        "Wrong: expected the outcomes of 'child' as answers: Done, got Lost; "
        "do name exactly the facts that the child's final states return from outcome()"
    ]


def test_a_spawn_names_its_machine_and_how_it_begins():
    class Orphan(Spawn[Done]): ...

    assert faults(Orphan) == [
        "Orphan: expected begin to return the child's start command, got no begin; "
        "do write def begin(self) -> SomeCommand",
        "Orphan: expected the child's machine, got none; do write class Orphan(Spawn[...], machine=lambda: child)",
    ]
    with pytest.raises(NotImplementedError, match="expected Orphan.begin to return the child's start command"):
        Orphan().begin()


def test_a_child_that_is_not_there_yet_is_not_judged():
    class Later(Starting, Spawn[Done], machine=lambda: not_there_yet): ...  # noqa: F821

    assert Later in machine_that_emits(Later).intents


def test_each_end_of_a_child_has_an_outcome():
    class Silent(FinalState):
        kind: Literal[K.B] = K.B
        ignores = (Ignores(Done, Lost, Counted, why="over"),)

    class Perhaps(FinalState):
        kind: Literal[K.C] = K.C

        def outcome(self) -> Lost | None:
            return None

    class Other(First):
        @transition
        def go(self, event: Go) -> tuple[Silent, NoIntent] | tuple[Perhaps, NoIntent]:
            return Silent(), NoIntent()

    other = Machine[Other | Silent | Perhaps, Events](name="other")

    class Fetch(Starting, Spawn[Done], machine=lambda: other): ...

    assert faults(Fetch) == [
        "Fetch: expected an outcome from each final state of 'other', got none from Silent; "
        "do write def outcome(self) -> SomeFact in Silent",
        "Fetch: expected an outcome from each final state of 'other', got none from Perhaps; "
        "do write def outcome(self) -> SomeFact in Perhaps",
        "Fetch: expected the outcomes of 'other' as answers: Lost, got Done; "
        "do name exactly the facts that the child's final states return from outcome()",
    ]


def test_an_outcome_names_facts_that_can_be_found():
    class Vague(FinalState):
        kind: Literal[K.C] = K.C
        ignores = (Ignores(Done, Lost, Counted, why="over"),)

        def outcome(self) -> "Nowhere":  # noqa: F821
            raise NotImplementedError

    class Other(First):
        @transition
        def go(self, event: Go) -> tuple[Vague, NoIntent]:
            return Vague(), NoIntent()

    other = Machine[Other | Vague, Events](name="other")

    class Fetch(Starting, Spawn[Done], machine=lambda: other): ...

    assert faults(Fetch) == [
        "Vague.outcome: expected annotations that can be read, got NameError: name 'Nowhere' is not defined; "
        "do import the name in the module of the state (not under TYPE_CHECKING)"
    ]
