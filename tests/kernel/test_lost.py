"""The lost-answer analysis: which answers would be dropped, and the shortest way there."""

from enum import StrEnum
from typing import Literal, Never, Self

import pytest
from pydantic import AwareDatetime

from telic import (
    AtMostOnce,
    Command,
    Context,
    Deadline,
    Defer,
    Fact,
    FinalState,
    Ignore,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    Many,
    NoIntent,
    Reject,
    State,
    TypedId,
    Withdraw,
    start,
    transition,
)
from telic.kernel import lost
from telic.kernel.errors import DefinitionError
from telic.kernel.lost import PERHAPS, World, possible_worlds


class K(StrEnum):
    A = "a"
    B = "b"
    C = "c"


class ItemId(TypedId): ...


class Begin(Command): ...


class Again(Command): ...


class Leave(Command): ...


class Done(Fact): ...


class Broken(Fact): ...


class Work(Intent[Done | Broken]): ...


class Tell(Intent[Never]): ...


class Counted(Fact):
    item_id: ItemId


class Count(Intent[Counted]):
    item_id: ItemId


class Once(Intent[Done], delivery=AtMostOnce): ...


class End(FinalState):
    kind: Literal[K.C] = K.C


class ForgivingEnd(FinalState):
    kind: Literal[K.C] = K.C
    ignores = (Ignores(Done, Broken, Counted, why="too late"),)


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


class Shortcut(Working):
    @transition
    def done(self, event: Done | Broken) -> tuple[End, NoIntent]:
        return End(), NoIntent()

    @transition
    def leave(self, event: Leave) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_an_answer_after_the_end_is_a_fault_with_the_shortest_way():
    assert faults(lambda: Machine[Shortcut | End, Begin | Leave | Done | Broken](name="m")) == [
        f"End: expected {name} (an answer to Work) to be handled or ignored, got a state that would drop it: "
        "--Begin--> Shortcut --Leave--> End; do add a state before End that waits for it, or "
        f"ignores = (Ignores({name}, why=...),)"
        for name in ("Broken", "Done")
    ]


class Forgiven(Working):
    @transition
    def done(self, event: Done | Broken) -> tuple[ForgivingEnd, NoIntent]:
        return ForgivingEnd(), NoIntent()

    @transition
    def leave(self, event: Leave) -> tuple[ForgivingEnd, NoIntent]:
        return ForgivingEnd(), NoIntent()


def test_a_state_that_ignores_the_answers_is_right():
    machine = Machine[Forgiven | ForgivingEnd, Begin | Leave | Done | Broken | Counted](name="m")
    (walk,) = possible_worlds(machine)
    assert set(walk.worlds) == {
        World(Forgiven, frozenset({(Work, 1)})),
        World(ForgivingEnd, frozenset({(Work, 1)})),
        World(ForgivingEnd),
    }


class Failing(Working):
    @transition
    def done(self, event: Done | Broken) -> tuple[End, NoIntent]:
        return End(), NoIntent()

    @transition
    def give_up(self, event: IntentFailed[Work]) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_a_success_may_come_after_its_failure_was_taken():
    found = faults(lambda: Machine[Failing | End, Begin | Done | Broken](name="m"))
    assert found[0] == (
        "End: expected Broken (an answer to Work, which may arrive late, after Work was given up) to be "
        "handled or ignored, got a state that would drop it: --Begin--> Failing --IntentFailed[Work]--> End; "
        "do add a state before End that waits for it, or ignores = (Ignores(Broken, why=...),)"
    )
    assert len(found) == 2


class Waiting(State):
    kind: Literal[K.B] = K.B

    @transition
    def leave(self, event: Leave) -> tuple[ForgivingEnd, NoIntent]:
        return ForgivingEnd(), NoIntent()


class ToWaiting(Working):
    @transition
    def done(self, event: Done | Broken) -> tuple[ForgivingEnd, NoIntent]:
        return ForgivingEnd(), NoIntent()

    @transition
    def go(self, event: Again) -> tuple[Waiting, Withdraw]:
        return Waiting(), Withdraw(every=Work)


def test_a_withdrawn_intent_may_still_answer():
    events = Begin | Again | Leave | Done | Broken | Counted
    found = faults(lambda: Machine[ToWaiting | Waiting | ForgivingEnd, events](name="m"))
    assert found[0].startswith("Waiting: expected Broken (an answer to Work) to be handled or ignored")
    assert found[0].endswith("do add a transition for Broken, or ignores = (Ignores(Broken, why=...),)")


class ClaimingEnd(FinalState):
    kind: Literal[K.C] = K.C
    settles = (Work,)


class ToClaim(Working):
    @transition
    def done(self, event: Done | Broken) -> tuple[ClaimingEnd, NoIntent]:
        return ClaimingEnd(), NoIntent()

    @transition
    def leave(self, event: Leave) -> tuple[ClaimingEnd, NoIntent]:
        return ClaimingEnd(), NoIntent()


def test_a_claim_cuts_the_worlds_that_it_excludes():
    machine = Machine[ToClaim | ClaimingEnd, Begin | Leave | Done | Broken](name="m")
    (walk,) = possible_worlds(machine)
    assert World(ClaimingEnd, frozenset({(Work, 1)})) not in walk.worlds
    assert World(ClaimingEnd) in walk.worlds


class Deferring(Working):
    @transition
    def put_off(self, event: Done | Broken) -> tuple[Self, Defer]:
        return self, Defer()

    @transition
    def leave(self, event: Leave) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_a_deferred_answer_is_still_to_be_placed():
    found = faults(lambda: Machine[Deferring | End, Begin | Leave | Done | Broken](name="m"))
    assert [one.split(":")[0] for one in found] == ["End", "End"]


class Repeating(Working):
    @transition
    def again(self, event: Again) -> tuple[Self, Work]:
        return self, Work()

    @transition
    def done(self, event: Done | Broken) -> tuple[ForgivingEnd, NoIntent]:
        return ForgivingEnd(), NoIntent()


def test_several_open_intents_of_a_type_need_ids_that_tell_them_apart():
    found = faults(lambda: Machine[Repeating | ForgivingEnd, Begin | Again | Done | Broken | Counted](name="m"))
    assert found[0] == (
        "Work: expected a field of one TypedId type in Work and in its answer Broken, since several may be open at "
        "once, got none: --Begin--> Repeating --Again--> Repeating; do give both the id that tells them apart"
    )


class Counting(State):
    kind: Literal[K.A] = K.A

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, Many[Count]]:
        return cls(), Many.of([Count(item_id=ItemId("i"))])

    @transition
    def counted(self, event: Counted) -> tuple[Self, NoIntent] | tuple[ForgivingEnd, NoIntent]:
        return self, NoIntent()


counting = Machine[Counting | ForgivingEnd, Begin | Counted | Done | Broken](name="counting")


def test_many_with_ids_are_right():
    (walk,) = possible_worlds(counting)
    assert World(Counting, frozenset({(Count, 2)})) in walk.worlds


class Careful(State):
    kind: Literal[K.A] = K.A

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, Once]:
        return cls(), Once()

    @transition
    def done(self, event: Done) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_an_intent_that_runs_at_most_once_may_end_in_doubt():
    assert faults(lambda: Machine[Careful | End, Begin | Done](name="m")) == [
        "Careful: expected a transition for IntentFailed[Once], since Once is run at most once and may end in doubt, "
        "got none: --Begin--> Careful; do add def ...(self, event: IntentFailed[Once])"
    ]


class Quiet(State):
    kind: Literal[K.A] = K.A

    @transition
    def leave(self, event: Leave) -> tuple[End, Tell]:
        return End(), Tell()


def test_intents_without_answers_never_matter_and_starts_may_be_named():
    machine = Machine[Quiet | End, Leave](name="m", starts=(Quiet,))
    (walk,) = possible_worlds(machine)
    assert walk.story(World(End)) == "Quiet --Leave--> End"


def test_above_the_limit_each_type_is_looked_at_alone(monkeypatch):
    monkeypatch.setattr(lost, "MAX_WORLDS", 1)
    assert len(faults(lambda: Machine[Shortcut | End, Begin | Leave | Done | Broken](name="m"))) == 2
    assert [walk.tracked for walk in possible_worlds(counting)] == [frozenset({Count})]


class Lapsed(Fact): ...


class Patient(State):
    kind: Literal[K.B] = K.B
    until: AwareDatetime
    ignores = (Ignores(Broken, Counted, why="tried again"),)

    @transition
    def lapse(self, event: Lapsed) -> tuple[ForgivingEnd, NoIntent]:
        return ForgivingEnd(), NoIntent()

    @transition
    def done(self, event: Done) -> tuple[ForgivingEnd, NoIntent]:
        return ForgivingEnd(), NoIntent()

    @transition
    def give_up(self, event: IntentFailed[Work]) -> tuple[Self, Count]:
        return self, Count(item_id=ItemId("i"))

    @transition
    def doubt(self, event: IntentFailed[Count]) -> tuple[ForgivingEnd, NoIntent]:
        return ForgivingEnd(), NoIntent()

    def waits(self) -> tuple[Deadline[Lapsed]]:
        return (Deadline(at=self.until, event=Lapsed()),)


class ToPatient(Working):
    @transition
    def go(self, event: Again, ctx: Context) -> tuple[Patient, NoIntent]:
        return Patient(until=ctx.now), NoIntent()

    @transition
    def done(self, event: Done | Broken) -> tuple[ForgivingEnd, NoIntent]:
        return ForgivingEnd(), NoIntent()


patient = Machine[ToPatient | Patient | ForgivingEnd, Begin | Again | Lapsed | Done | Broken | Counted](name="patient")


def test_a_deadline_and_an_ignored_answer_lead_on():
    (walk,) = possible_worlds(patient)
    assert World(Patient) in walk.worlds
    assert World(ForgivingEnd, frozenset({(Work, 1)})) in walk.worlds
    assert walk.story(World(Patient)) == "--Begin--> ToPatient --Again--> Patient --Broken--> Patient"


def test_a_type_that_is_not_counted_may_answer_and_fail_at_any_time(monkeypatch):
    monkeypatch.setattr(lost, "MAX_WORLDS", 1)
    count, work = possible_worlds(patient)
    assert (count.tracked, work.tracked) == (frozenset({Count}), frozenset({Work}))
    assert World(Patient, frozenset({(Count, 2)})) in count.worlds
    assert {world.open for world in work.worlds} == {frozenset(), frozenset({(Work, 1)})}


def test_a_deferred_failure_is_known_from_then_on():
    class PuttingOff(Working):
        @transition
        def done(self, event: Done | Broken) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        @transition
        def failed(self, event: IntentFailed[Work]) -> tuple[Self, Defer]:
            return self, Defer()

    found = faults(lambda: Machine[PuttingOff | End, Begin | Done | Broken](name="m"))
    assert ["--Begin--> PuttingOff --IntentFailed[Work]--> PuttingOff" in one for one in found] == [True, True]


def test_a_claim_that_no_way_can_keep_is_a_fault():
    class Claiming(State):
        kind: Literal[K.B] = K.B
        settles = (Work,)

        @transition
        def leave(self, event: Leave) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    class Claimant(Working):
        @transition
        def done(self, event: Done | Broken) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        @transition
        def go(self, event: Again) -> tuple[Claiming, NoIntent]:
            return Claiming(), NoIntent()

    assert faults(lambda: Machine[Claimant | Claiming | End, Begin | Again | Leave | Done | Broken](name="m")) == [
        "Claiming.settles: expected a way to Claiming on which no Work is open, got one open on each: "
        "--Begin--> Claimant --Again--> Claiming; do wait for the answer to Work before this state, or withdraw the claim"
    ]


def test_a_start_that_is_refused_leads_nowhere():
    class Second(State):
        kind: Literal[K.B] = K.B

        @transition
        def leave(self, event: Leave) -> tuple["First", NoIntent] | tuple[Self, Ignore]:
            return First(), NoIntent()

    class First(State):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Begin) -> tuple[Second, NoIntent] | tuple[Self, Reject]:
            return Second(), NoIntent()

        @transition
        def go(self, event: Again) -> tuple[End, NoIntent] | tuple[Self, Reject]:
            return End(), NoIntent()

    (walk,) = possible_worlds(Machine[First | Second | End, Begin | Again | Leave](name="m"))
    assert [walk.story(world) for world in walk.worlds] == [
        "--Begin--> Second",
        "--Begin--> Second --Leave--> First",
        "--Begin--> Second --Leave--> First --Again--> End",
    ]


def test_what_is_dropped_on_several_ways_is_told_once_with_the_shortest():
    class Turning(Working):
        ignores = (Ignores(Broken, why="tried elsewhere"),)

        @transition
        def again(self, event: Again) -> tuple[Self, Withdraw]:
            return self, Withdraw(every=Work)

        @transition
        def done(self, event: Done) -> tuple[End, NoIntent]:
            return End(), NoIntent()

        @transition
        def leave(self, event: Leave) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    found = faults(lambda: Machine[Turning | End, Begin | Again | Leave | Done | Broken](name="m"))
    assert len(found) == 2
    assert all("drop it: --Begin--> Turning --Leave--> End; do" in one for one in found)


class Shout(Intent[Never], delivery=AtMostOnce): ...


class Shouting(State):
    kind: Literal[K.A] = K.A

    @classmethod
    @start
    def begin(cls, event: Begin) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()


def test_an_end_with_a_doubtful_intent_open_gives_a_reason():
    class Silent(Shouting):
        @transition
        def leave(self, event: Leave) -> tuple[End, Shout]:
            return End(), Shout()

    class Reasoned(FinalState):
        kind: Literal[K.C] = K.C
        ignores = (Ignores(IntentFailed[Shout], why="nobody listens"),)

    class Loud(Shouting):
        @transition
        def leave(self, event: Leave) -> tuple[Reasoned, Shout]:
            return Reasoned(), Shout()

    assert faults(lambda: Machine[Silent | End, Begin | Leave](name="m")) == [
        "End: expected a transition for IntentFailed[Shout], since Shout is run at most once and may end in doubt, got "
        "none: --Begin--> Silent --Leave--> End; do add a state before End that takes it, or "
        "ignores = (Ignores(IntentFailed[Shout], why=...),)"
    ]
    (walk,) = possible_worlds(Machine[Loud | Reasoned, Begin | Leave](name="m"))
    assert set(walk.worlds) == {World(Loud), World(Reasoned, frozenset({(Shout, PERHAPS)}))}
