"""The check of a definition: one bad machine for each fault, with its exact text."""

from enum import StrEnum
from typing import Literal, Never, Self

import pytest
from pydantic import AwareDatetime

from telic import (
    Cancel,
    Command,
    Context,
    Deadline,
    Fact,
    FinalState,
    FrozenMap,
    HumanTask,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    NoIntent,
    State,
    start,
    transition,
)
from telic.kernel.errors import DefinitionError
from telic.kernel.events import Pause
from telic.kernel.messages import Publish, Signal, Spawn


class K(StrEnum):
    A = "a"
    B = "b"
    C = "c"


class Begin(Command): ...


class Go(Command): ...


class Done(Fact): ...


class Lost(Fact): ...


class Work(Intent[Done]): ...


class Tell(Intent[Never]): ...


class End(FinalState):
    kind: Literal[K.C] = K.C


class First(State):
    kind: Literal[K.A] = K.A

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    @transition
    def go(self, event: Go) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def faults(states, events, **options):
    with pytest.raises(DefinitionError) as caught:
        Machine[states, events](name="m", **options)
    return [str(fault) for fault in caught.value.faults]


def only(found, where):
    return [one for one in found if one.startswith(where)]


def test_a_right_machine_has_no_faults():
    machine = Machine[First | End, Begin | Go](name="m")
    assert repr(machine) == "Machine('m', version=1, 2 states, 2 events)"


def test_a_machine_needs_its_unions():
    with pytest.raises(TypeError, match=r"expected Machine\[StateUnion, EventUnion\]\(...\), got Machine\(...\)"):
        Machine(name="m")


def test_the_unions_hold_classes_of_states_and_events():
    found = faults(First | End | int, Begin | Go | Command)
    assert found == [
        "m states: expected classes that derive from BaseModel, got <class 'int'>; do list the classes of the union",
        "m events: expected classes that derive from Event, got <class 'telic.kernel.events.Command'>; "
        "do list the classes of the union",
    ]


class Twin(First):
    kind: Literal[K.C] = K.C


def test_each_kind_is_there_once():
    assert only(faults(Twin | End, Begin | Go), "End") == [
        "End: expected a kind of its own, got 'c', which Twin has; do give it another member of the StrEnum"
    ]


class Unkind(First):
    kind: str = "a"


def test_a_kind_is_a_member_of_an_enum():
    assert faults(Unkind | End, Begin | Go)[0] == (
        "Unkind: expected kind: Literal[SomeKind.MEMBER] with a StrEnum member, got <class 'str'>; "
        "do write kind: Literal[SomeKind.MEMBER] = SomeKind.MEMBER in Unkind"
    )


class Wish(Command):
    words: list[str]


class Report(Intent[Never]):
    words: set[str]


class Loose(First):
    words: dict[str, int]

    @transition
    def wish(self, event: Wish) -> tuple[Self, Report]:
        return self, Report(words=set())


def test_the_values_in_states_events_and_intents_are_canonical():
    assert faults(Loose | End, Begin | Go | Wish) == [
        "Loose.words: expected an immutable value, got dict[str, int]; do write FrozenMap[str, int]",
        "Wish.words: expected an immutable value, got list[str]; do write tuple[str, ...]",
        "Report.words: expected an immutable value, got set[str]; do write FrozenSet[str]",
    ]


class Elsewhere(FinalState):
    kind: Literal[K.B] = K.B


class Straying(First):
    @transition
    def go(self, event: Go) -> tuple[Elsewhere, NoIntent] | tuple[State, NoIntent]:
        return Elsewhere(), NoIntent()


def test_targets_are_states_of_the_union():
    assert only(faults(Straying | End, Begin | Go), "Straying.go") == [
        "Straying.go: expected a state of the union, got Elsewhere, a class outside the union; "
        "do add Elsewhere to the union of states, or name another target",
        "Straying.go: expected the states that this transition leads to, got State; do name those states",
    ]
    assert only(faults(First | End, Begin | Go, starts=(Elsewhere,)), "m starts") == [
        "m starts: expected states of the union, got Elsewhere; do name states of the union"
    ]


class Outer(First):
    part: First

    @transition
    def go(self, event: Go) -> tuple[First, NoIntent]:
        return self.part, NoIntent()


def test_a_part_is_no_state_of_the_whole():
    assert only(faults(Outer | End, Begin | Go), "Outer.go") == [
        "Outer.go: expected a state of the union, got First, a part, which is no state of the whole; "
        "do add First to the union of states, or name another target"
    ]


class Confused(First):
    ignores = (Ignores(Lost, why="so what"),)

    @transition
    def lost(self, event: Done) -> tuple[End, Work]:
        return End(), Work()

    @transition
    def pause(self, event: Pause) -> tuple[Self, NoIntent]:
        return self, NoIntent()

    @transition
    def failed(self, event: IntentFailed[Tell]) -> tuple[Self, NoIntent]:
        return self, NoIntent()

    @transition
    def cancel(self, event: Cancel) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_events_are_of_the_union_and_failures_of_the_machine():
    assert faults(Confused | End, Begin | Go) == [
        "Confused.lost: expected an event of the union, got Done; do add Done to the union of events",
        "Confused.pause: expected no transition for Pause, which runs no code of yours, got one; do take Cancel to compensate",
        "Confused.failed: expected the failure of an intent that the machine emits, got IntentFailed[Tell]; do remove the transition",
        "Confused.ignores: expected events of the union, got Lost; do add Lost to the union of events, or drop the claim",
        "Work: expected its answers in the union of events, got Done outside of it; do add Done to the union of events",
    ]


class BusyEnd(FinalState):
    kind: Literal[K.C] = K.C
    at: AwareDatetime

    @transition
    def again(self, event: Done) -> tuple[Self, NoIntent]:
        return self, NoIntent()

    def waits(self) -> tuple[Deadline[Lost], HumanTask[Go]]:
        return Deadline(at=self.at, event=Lost()), HumanTask(answer=Go)


class ToBusy(First):
    @transition
    def go(self, event: Go, ctx: Context) -> tuple[BusyEnd, NoIntent]:
        return BusyEnd(at=ctx.now), NoIntent()


def test_a_final_state_has_neither_transitions_nor_waits_and_what_it_waits_for_is_taken():
    assert faults(ToBusy | BusyEnd, Begin | Go | Done) == [
        "BusyEnd: expected no transitions in a final state, got again; do derive it from State, or remove them",
        "BusyEnd: expected no waits in a final state, got some; do derive it from State, or remove them",
        "BusyEnd.waits: expected an event of the union, got Lost; do add Lost to the union of events",
        "BusyEnd.waits: expected a transition for Go, which the state waits for, got none; do add def ...(self, event: Go)",
    ]


class Inner(State):
    kind: Literal[K.B] = K.B
    at: AwareDatetime
    other_id: str = "x"

    @transition
    def done(self, event: Done) -> tuple[Self, NoIntent]:
        return self, NoIntent()

    def waits(self) -> tuple[Deadline[Lost]]:
        return (Deadline(at=self.at, event=Lost()),)


class Whole(First):
    parts: FrozenMap[str, Inner] = FrozenMap()


def test_the_whole_takes_what_its_parts_take_and_wait_for():
    assert faults(Whole | End, Begin | Go) == [
        "Inner.other_id: expected a typed id, got str; do write class OtherId(TypedId): ... and other_id: OtherId",
        "Whole: expected a transition for Done, which its part Inner.done takes, got none; "
        "do add def ...(self, event: Done) that calls the part's own",
        "Whole: expected a transition for Lost, which its part Inner waits for, got none; "
        "do add def ...(self, event: Lost) that calls the part's own",
    ]


class ChildEnd(FinalState):
    kind: Literal[K.C] = K.C

    def outcome(self) -> Done:
        return Done()


class Child(First):
    @transition
    def go(self, event: Go) -> tuple[ChildEnd, NoIntent]:
        return ChildEnd(), NoIntent()


child = Machine[Child | ChildEnd, Begin | Go](name="child")


class Fine(Spawn[Done], machine=lambda: child): ...


class Wrong(Spawn[Lost], machine=lambda: child): ...


class Orphan(Spawn[Done]): ...


class Later(Spawn[Done], machine=lambda: not_there_yet): ...  # noqa: F821


class Parent(First):
    ignores = (Ignores(Done, Lost, why="whatever"),)

    @transition
    def spawn(self, event: Cancel) -> tuple[Self, Fine] | tuple[Self, Wrong] | tuple[Self, Orphan] | tuple[Self, Later]:
        return self, Fine()


def test_a_spawned_child_answers_with_its_own_outcomes():
    assert faults(Parent | End, Begin | Go | Done | Lost)[:2] == [
        "Wrong: expected the outcomes of 'child' as answers: Done, got Lost; "
        "do name exactly the facts that the child's final states return from outcome()",
        "Orphan: expected the child's machine, got none; do write class Orphan(Spawn[...], machine=lambda: child)",
    ]
    with pytest.raises(NotImplementedError, match="expected Fine.begin to return the child's start command"):
        Fine().begin()


def test_signals_and_publications_carry_what_they_send():
    class Nudge(Signal[Go], machine="other"): ...

    class Announce(Publish[Done]): ...

    assert (Nudge.__target__, Nudge(to="w", command=Go()).command) == ("other", Go())
    assert Announce(fact=Done(), name="news").key == ""


class Stuck(State):
    kind: Literal[K.A] = K.A

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    @transition
    def go(self, event: Go) -> tuple[Self, NoIntent]:
        return self, NoIntent()


def test_every_state_is_reached_and_left_and_every_event_taken():
    assert faults(Stuck | End, Begin | Go | Done) == [
        "Done: expected a state that handles or ignores it, got none; do add a transition for it, or take it out of the union",
        "End: expected a way from a start to this state, got none; do add a transition that leads to it, or take it out of the union",
        "Stuck: expected a transition that leaves it, got none; do derive it from FinalState, add a transition, or say perpetual=True",
    ]
    assert Machine[Stuck, Begin | Go](name="m", perpetual=True).perpetual


class NoStart(State):
    kind: Literal[K.A] = K.A

    @transition
    def go(self, event: Go) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_a_machine_has_a_way_to_begin():
    assert faults(NoStart | End, Go) == [
        "m: expected a way to begin, got none; do mark a classmethod with @start, or name starts=(FirstState,)"
    ]
