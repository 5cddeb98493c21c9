"""What is read from annotations, and what cannot be."""

from typing import Literal, Self

from pydantic import BaseModel

from telic import (
    Batch,
    Command,
    Context,
    Deadline,
    Defer,
    HumanTask,
    Ignore,
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    Topic,
    Withdraw,
    start,
    transition,
)
from telic.kernel.reading import Reader, answers_of, is_classic_end
from telic.kernel.table import Edge, Emits
from tests.kernel.keeper import Asked, Left, RoomBooked, room
from tests.kernel.test_checks import Begin, Done, End, First, Go, K, Lost, Tell, Work, faults


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


class Shout(Intent): ...


class Shouting(First):
    @transition
    def go(self, event: Go) -> tuple[End, Shout]:
        return End(), Shout()


def test_an_intent_that_does_not_say_what_answers_it_is_told_how():
    assert faults(Shouting | End, Begin | Go) == [
        "Shouting.go: expected an intent that says what may answer it, got Shout; "
        "do write class Shout(Intent[SomeFact]), or Intent[Never] where nothing answers",
    ]


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


def read(cls):
    reader = Reader({}, frozenset())
    info = reader.state(cls)
    return info, [str(fault) for fault in reader.faults]


class Unkind(First):
    kind: str = "a"


class Kindless(State): ...


def test_a_kind_is_a_member_of_an_enum():
    assert faults(Unkind | End, Begin | Go)[0] == (
        "Unkind: expected kind: Literal[SomeKind.MEMBER] with a StrEnum member, got <class 'str'>; "
        "do write kind: Literal[SomeKind.MEMBER] = SomeKind.MEMBER in Unkind"
    )
    assert "got none" in read(Kindless)[1][0]


class Waitless(First):
    def waits(self) -> "tuple[Unknown]":  # noqa: F821
        return ()


def test_waits_that_cannot_be_read_are_told():
    info, found = read(Waitless)
    assert (info.waits, info.declares_waits) == ((), True)
    assert found[0].startswith("Waitless.waits: expected annotations that can be read")


class Rich(First):
    ignores = (Ignores(Lost, why="late"),)
    settles = (Work, "nothing")

    @transition
    def go(
        self, event: Go
    ) -> tuple[End, Batch[Work | Many[Tell] | Withdraw]] | tuple[End, Tell] | tuple[Self, Reject | Defer]:
        return self, Defer()

    @transition
    def done(self, event: Done, ctx: Context) -> tuple[End | Self, NoIntent] | tuple[End, Many[Tell]]:
        return self, NoIntent()

    def waits(self) -> tuple[Deadline[Lost] | HumanTask[Go], ...] | tuple[Topic[Done], Deadline]:
        return ()


def test_each_alternative_of_an_annotation_is_an_edge():
    info, _ = read(Rich)
    assert info.rows[Go].edges == (
        Edge(End, (Emits(Work), Emits(Tell, True)), None, True),
        Edge(End, (Emits(Tell),)),
        Edge(Rich, verdict=Reject),
        Edge(Rich, verdict=Defer),
    )
    done = info.rows[Done]
    assert done.edges == (Edge(End), Edge(Rich), Edge(End, (Emits(Tell, True),)))
    assert (done.takes_context, done.is_fact, info.rows[Go].takes_context, info.rows[Go].is_fact) == (
        True,
        True,
        False,
        False,
    )


def test_what_needs_no_further_check_has_a_shape():
    info, _ = read(Rich)
    assert info.rows[Go].shapes == {(End, Tell), (Rich, Reject), (Rich, Defer)}
    assert info.rows[Done].shapes == {(End, NoIntent), (Rich, NoIntent)}


def test_claims_and_waits_are_read_with_their_types():
    info, found = read(Rich)
    assert (info.ignored, info.settles) == ({Lost: "late"}, (Work,))
    assert info.waits == ((Deadline, Lost), (HumanTask, Go), (Topic, Done))
    assert len(found) == 1
    assert found[0].startswith("Rich.waits: expected Deadline[SomeFact], HumanTask[SomeCommand] or Topic[SomeFact]")


def test_starts_are_read_from_marked_classmethods_alone():
    class Second(First):
        @classmethod
        @start
        def again(cls, event: Go) -> tuple[Self, NoIntent]:
            return cls(), NoIntent()

        @classmethod
        def helper(cls) -> None: ...

    rows = Reader({}, frozenset()).starts(Second)
    assert [(row.event, row.method, row.edges[0].target) for row in rows] == [
        (Begin, "begin", Second),
        (Go, "again", Second),
    ]


class Picky(First):
    @classmethod
    @start
    def pick(cls, event: Begin) -> tuple[Self, NoIntent] | tuple[None, Reject]:
        return None, Reject("no")

    @classmethod
    @start
    def wrongly(cls, event: Go) -> tuple[None, NoIntent]:
        return None, NoIntent()

    @transition
    def refuse(self, event: Begin) -> tuple[None, Reject]:
        return None, Reject("no")


def test_a_start_that_rejects_needs_no_state():
    reader = Reader({}, frozenset())
    rows = {row.method: row for row in reader.starts(Picky)}
    assert rows["pick"].edges == (Edge(Picky), Edge(Picky, verdict=Reject))
    reader.state(Picky)
    assert [str(fault) for fault in reader.faults] == [
        "Picky.wrongly: expected the class of a state, got None; do name the state that this leads to",
        "Picky.refuse: expected the class of a state, got None; do name the state that this leads to",
    ]


def test_the_answers_of_an_intent_are_the_facts_that_it_names():
    assert (answers_of(Work), answers_of(Tell)) == ((Done,), ())


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


def test_a_plain_model_that_ignores_all_is_an_end_and_a_state_never_is():
    assert is_classic_end(ClassicEnd, read(ClassicEnd)[0].rows)
    assert not is_classic_end(End, {})


class Wordy(First):
    ignores = None


def test_what_is_no_collection_is_no_claim():
    info, found = read(Wordy)
    assert (dict(info.ignored), found) == ({}, [])


def test_what_is_kept_for_people_is_among_what_is_ignored():
    assert room.infos[Left].ignored == {RoomBooked: "it is to be cancelled by hand"}
    assert (room.infos[Left].kept, room.infos[Asked].kept) == (frozenset({RoomBooked}), frozenset())
