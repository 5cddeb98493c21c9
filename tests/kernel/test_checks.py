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
    Topic,
    start,
    transition,
)
from telic.kernel.errors import DefinitionError
from telic.kernel.events import Pause
from telic.kernel.states import Keeps


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


class Twin(First):
    kind: Literal[K.C] = K.C


def test_each_kind_is_there_once():
    assert only(faults(Twin | End, Begin | Go), "End") == [
        "End: expected a kind of its own, got 'c', which Twin has; do give it another member of the StrEnum"
    ]


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
    assert only(faults(First | End, Begin | Go, starts=(First, Elsewhere, End)), "m starts") == [
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
    ignores = (Ignores(Lost, IntentFailed, why="so what"),)

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
        "Confused.ignores: expected events of the union, got Lost; do add Lost to the union of events, or drop the claim",
        "Work: expected its answers in the union of events, got Done outside of it; do add Done to the union of events",
        "Confused.failed: expected the failure of an intent that the machine emits, got IntentFailed[Tell]; "
        "do remove the transition, or write IntentFailed[SomeIntent] for one that it emits",
        "Confused.ignores: expected the failure of an intent that the machine emits, got IntentFailed; "
        "do remove the claim, or write IntentFailed[SomeIntent] for one that it emits",
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


def test_a_final_state_has_neither_transitions_nor_waits():
    assert faults(ToBusy | BusyEnd, Begin | Go | Done) == [
        "BusyEnd: expected no transitions in a final state, got again; do derive it from State, or remove them",
        "BusyEnd: expected no waits in a final state, got some; do derive it from State, or remove them",
        "BusyEnd.waits: expected an event of the union, got Lost; do add Lost to the union of events",
    ]


class Idle(First):
    @transition
    def done(self, event: Lost) -> tuple[End, NoIntent]:
        return End(), NoIntent()

    def waits(self) -> tuple[Topic[Done], Topic[Lost]]:
        return Topic(fact=Done, name="done"), Topic(fact=Lost, name="lost")


class Forgiving(Idle):
    ignores = (Ignores(Done, why="seen"),)


def test_what_a_state_waits_for_is_taken_or_ignored():
    assert faults(Idle | End, Begin | Go | Done | Lost)[0] == (
        "Idle.waits: expected a transition for Done, which the state waits for, got none; do add def ...(self, event: Done)"
    )
    assert Machine[Forgiving | End, Begin | Go | Done | Lost](name="m").infos[Forgiving].declares_waits
    assert only(faults(Forgiving | End, Begin | Go | Done), "Forgiving.waits") == [
        "Forgiving.waits: expected an event of the union, got Lost; do add Lost to the union of events"
    ]


class Tired(First):
    ignores = (Ignores(Done, Go, why="tired"),)

    @transition
    def done(self, event: Done) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_a_class_does_not_take_and_ignore_one_event_by_itself():
    assert faults(Tired | End, Begin | Go | Done) == [
        "Tired.done: expected Done to be handled or ignored, got both in Tired; "
        "do keep the transition, or the claim in ignores"
    ]


class Hoarding(First):
    ignores = (Keeps(Lost, Done, why="who knows"),)


class Hoarded(End):
    ignores = (Keeps(Lost, why="for people"),)


def test_only_a_final_state_keeps_facts_for_people():
    told = [
        f"Hoarding.ignores: expected Keeps in a final state, which can take nothing, got one for {name}; "
        f"do add def ...(self, event: {name}), or name it in Ignores"
        for name in ("Done", "Lost")
    ]
    assert only(faults(Hoarding | End, Begin | Go | Done | Lost), "Hoarding.ignores") == told
    assert only(faults(First | Hoarded, Begin | Go | Lost), "Hoarded.ignores") == []


@pytest.mark.parametrize("given", [None, 5, Ignores(Done, why="no comma"), (Ignores(Done, why="good"), Done)])
def test_claims_that_are_none_are_told_once_where_they_stand(given):
    base = type("CarelessBase", (State,), {"ignores": given, "__module__": __name__})
    careless = type("Careless", (base, First), {"__module__": __name__})
    assert only(faults(careless | End, Begin | Go | Done), "Careless") == [
        f"CarelessBase.ignores: expected a tuple of Ignores(...), got {given!r}; "
        "do write ignores = (Ignores(SomeFact, why=...),), with the comma"
    ]
    own = type("Own", (First,), {"ignores": given, "__module__": __name__})
    assert "Own.ignores" in [one.partition(":")[0] for one in faults(own | End, Begin | Go | Done)]


class RestedBase(State):
    ignores = (Ignores(Done, why="tired"),)


class Rested(RestedBase, First):
    @transition
    def done(self, event: Done) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_a_transition_wins_over_an_inherited_claim():
    assert Machine[Rested | End, Begin | Go | Done](name="m").infos[Rested].rows[Done].method == "done"


class Renamed(Fact, tag="Done"): ...


class Hidden(Command, tag="telic.cancel"): ...


class Retold(Intent[Never], tag="Tell"): ...


class Official(Command, tag="telic.official"): ...


class Telling(First):
    @transition
    def go(self, event: Go) -> tuple[End, Tell] | tuple[End, Retold]:
        return End(), Tell()

    @transition
    def other(self, event: Hidden | Official) -> tuple[End, NoIntent]:
        return End(), NoIntent()

    @transition
    def done(self, event: Done | Renamed) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_each_stored_name_is_there_once():
    assert faults(Telling | End, Begin | Go | Hidden | Official | Done | Renamed) == [
        "Hidden: expected a stored name of its own, got 'telic.cancel', which Cancel has; do write class Hidden(..., tag=\"...\")",
        "Official: expected a stored name of your own, got 'telic.official', of a form that telic keeps for itself; do take \"telic.\" out of its tag=",
        "Renamed: expected a stored name of its own, got 'Done', which Done has; do write class Renamed(..., tag=\"...\")",
        "Retold: expected a stored name of its own, got 'Tell', which Tell has; do write class Retold(..., tag=\"...\")",
    ]


class Illegible(First):
    @transition
    def nameless(self, event: "NotImported") -> tuple[End, Work]:  # noqa: F821
        return End(), Work()

    @transition
    def failed(self, event: IntentFailed[Work]) -> tuple[End, NoIntent]:
        return End(), NoIntent()

    def waits(self) -> tuple[Topic[Done]]:
        return (Topic(fact=Done, name="done"),)


def test_what_may_follow_from_a_row_that_cannot_be_read_is_not_told():
    (fault,) = faults(Illegible | End, Begin | Go | Done | Lost)
    assert fault.startswith("Illegible.nameless: expected annotations that can be read")


class Careless(First):
    @transition
    def work(self, event: Cancel) -> tuple[End, Work]:
        return End(), Work()


class LessCareless(Careless):
    @transition
    def done(self, event: Done) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_an_answer_that_no_state_takes_is_told_once_and_other_losses_beside_it():
    assert faults(Careless | End, Begin | Go | Done | Lost) == [
        "Done: expected a state that handles or ignores it, got none; do add a transition for it, or take it out of the union",
        "Lost: expected a state that handles or ignores it, got none; do add a transition for it, or take it out of the union",
    ]
    found = faults(LessCareless | End, Begin | Go | Done | Lost)
    assert [one.split(" to be")[0] for one in found] == [
        "Lost: expected a state that handles or ignores it, got none; do add a transition for it, or take it out of the union",
        "End: expected Done (an answer to Work)",
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


class Shelf(State):
    kind: Literal[K.B] = K.B
    inner: Inner


class Cupboard(First):
    shelves: tuple[Shelf, ...] = ()
    ignores = (Ignores(Done, Lost, why="closed"),)


class OpenCupboard(First):
    shelf: Shelf

    @transition
    def done(self, event: Done) -> tuple[Self, NoIntent]:
        return self, NoIntent()


def test_the_parts_of_parts_are_parts():
    found = faults(OpenCupboard | End, Begin | Go | Done)
    assert [one.split(";")[0] for one in found] == [
        "Inner.other_id: expected a typed id, got str",
        "OpenCupboard: expected a transition for Lost, which its part Inner waits for, got none",
    ]
    assert [one.split(":")[0] for one in faults(Cupboard | End, Begin | Go | Done | Lost)] == ["Inner.other_id"]


class Parked(State):
    kind: Literal[K.B] = K.B

    @transition
    def lost(self, event: Lost) -> tuple[Self, NoIntent]:
        return self, NoIntent()


class Storage(FinalState):
    kind: Literal[K.C] = K.C
    last: Parked = Parked()


class Leaving(First):
    @transition
    def leave(self, event: Lost) -> tuple["Resuming", NoIntent]:
        return Resuming(former=self), NoIntent()

    @transition
    def go(self, event: Go) -> tuple[Storage, NoIntent]:
        return Storage(), NoIntent()


class Resuming(State):
    kind: Literal[K.B] = K.B
    former: Leaving

    @transition
    def back(self, event: Done) -> tuple[Leaving, NoIntent]:
        return self.former, NoIntent()


def test_what_a_state_remembers_of_another_and_what_an_end_keeps_takes_no_events():
    machine = Machine[Leaving | Resuming | Storage, Begin | Go | Done | Lost](name="m")
    assert (machine.infos[Resuming].parts, machine.infos[Storage].parts) == ((Leaving,), (Parked,))


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
