from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from telic import (
    Command,
    Context,
    Deadline,
    Defer,
    Fact,
    FinalState,
    HumanTask,
    Intent,
    Machine,
    NoIntent,
    State,
    start,
    transition,
)
from telic.verify import (
    Bound,
    Domain,
    Verdict,
    ended,
    eventually,
    explore,
    leads_to,
    strong,
    weak,
)
from tests.verify.nodes import BLUE, RED, Go, explored, places
from tests.verify.replaying import replayed

PROVED, REFUTED, UNDETERMINED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDETERMINED

WEAK_BLUE, STRONG_BLUE = weak(Go, colour=BLUE), strong(Go, colour=BLUE)
WEAK_RED, STRONG_RED = weak(Go, colour=RED), strong(Go, colour=RED)


def at(*goals):
    return lambda world: world.state.at in goals


def anywhere(_):
    return True


def asked(edges, goal, *fair, starts=(0,)):
    """Return whether the goal comes about; every counterexample is replayed."""
    report = explored(edges, starts, eventually("goal", at(goal), fair=fair))
    check = report.check("goal")
    if check.verdict is REFUTED:
        replayed(report, check.trace)
    return check


def leads(edges, when, goal, *fair):
    report = explored(edges, (0,), leads_to("goal", when, at(goal), fair=fair))
    check = report.check("goal")
    if check.verdict is REFUTED:
        replayed(report, check.trace)
    return check


# A way round, and a way out at one of its two places.
ROUND = {0: [(RED, 1)], 1: [(RED, 0), (BLUE, 2)], 2: []}
# The same, with the way out at both.
ROUND_OUT = {0: [(RED, 1), (BLUE, 2)], 1: [(RED, 0), (BLUE, 2)], 2: []}


def test_a_cycle_that_passes_over_what_stays_possible_is_no_counterexample():
    assert asked(ROUND_OUT, 2, WEAK_BLUE).verdict is PROVED


def test_a_cycle_on_which_a_move_is_possible_only_now_and_then_is_weakly_fair():
    check = asked(ROUND, 2, WEAK_BLUE)
    assert check.verdict is REFUTED
    # To stand still at 0 is a way of that kind, and so is each turn: blue is not possible at 0.
    assert 0 in places([*check.trace.steps, *check.trace.cycle])


def test_a_lasso_passes_where_a_move_is_not_possible():
    report = explored(ROUND, (1,), eventually("goal", at(2), fair=WEAK_BLUE))
    trace = report.check("goal").trace
    replayed(report, trace)
    assert 0 in places(trace.cycle or trace.steps[-1:])


def test_a_cycle_on_which_a_move_is_possible_now_and_then_is_not_strongly_fair():
    assert asked(ROUND, 2, STRONG_BLUE, WEAK_RED).verdict is PROVED


def test_what_is_never_possible_need_not_be_made():
    assert asked({0: [(RED, 1)], 1: [(RED, 0)], 2: []}, 2, STRONG_BLUE, WEAK_RED).verdict is REFUTED


def test_standing_still_is_a_way():
    check = asked({0: [(RED, 1)], 1: []}, 1)
    assert check.verdict is REFUTED
    assert check.trace.stays and places(check.trace.steps) == [0]


def test_fairness_forbids_to_stand_still_where_a_move_is_possible():
    assert asked({0: [(RED, 1)], 1: []}, 1, WEAK_RED).verdict is PROVED
    assert asked({0: [(RED, 1)], 1: []}, 1, STRONG_RED).verdict is PROVED
    assert asked({0: [(RED, 1)], 1: []}, 1, STRONG_BLUE).verdict is REFUTED


def test_an_end_without_the_goal_is_a_way_that_stands_still():
    check = asked({0: [(RED, 1), (BLUE, 2)], 1: [], 2: []}, 1, weak(Go, by="colour"))
    assert check.verdict is REFUTED
    assert check.trace.stays and places(check.trace.steps) == [0, 2]


def test_a_move_that_changes_nothing_is_no_move():
    assert asked({0: [(RED, 0), (RED, 1)], 1: []}, 1, WEAK_RED).verdict is PROVED
    stays = asked({0: [(RED, 0), (BLUE, 1)], 1: []}, 1, WEAK_RED)
    assert stays.verdict is REFUTED and stays.trace.stays


def test_a_move_out_of_the_component_is_not_made_in_it():
    # Blue is made in the round 0 1 2 as a whole, but not in the part of it without the goal.
    edges = {0: [(RED, 1)], 1: [(RED, 0), (BLUE, 2)], 2: [(RED, 0)]}
    assert leads(edges, at(0), 2, STRONG_BLUE, WEAK_RED).verdict is PROVED
    assert leads(edges, at(0), 2, WEAK_BLUE, WEAK_RED).verdict is REFUTED


def test_a_part_of_a_component_may_be_fair_where_the_whole_is_not():
    edges = {0: [(RED, 1), (RED, 3)], 1: [(RED, 0), (BLUE, 2)], 2: [], 3: [(RED, 4)], 4: [(RED, 3), (RED, 0)]}
    check = asked(edges, 2, STRONG_BLUE, WEAK_RED)
    assert check.verdict is REFUTED
    assert 1 not in places(check.trace.cycle) and not check.trace.stays


def test_parts_of_parts_are_looked_at():
    # Strong blue forbids 1, and then 0 is left only with the round 3 4; strong red to 5 forbids 4 for ever.
    edges = {
        0: [(RED, 1), (RED, 3)],
        1: [(RED, 0), (BLUE, 9)],
        3: [(RED, 4), (RED, 6)],
        4: [(RED, 3), (RED, 0), (RED, 9)],
        6: [(RED, 7)],
        7: [(RED, 6), (RED, 3)],
        9: [],
    }
    fair = (STRONG_BLUE, strong(Go, to=9), WEAK_RED)
    check = asked(edges, 9, *fair)
    assert check.verdict is REFUTED
    assert set(places(check.trace.cycle)) <= {0, 3, 6, 7}
    without_the_last = {**edges, 3: [(RED, 4)], 0: [(RED, 1), (RED, 3)], 6: [], 7: []}
    assert asked(without_the_last, 9, *fair).verdict is PROVED


def test_a_lasso_makes_every_move_that_fairness_asks_for():
    # Two rings that share 0; each colour stays possible only at 0, and fairness wants both.
    edges = {0: [(RED, 1), (BLUE, 3)], 1: [(RED, 2)], 2: [(RED, 0)], 3: [(BLUE, 4)], 4: [(BLUE, 0)], 9: []}
    check = asked(edges, 9, STRONG_RED, STRONG_BLUE)
    assert check.verdict is REFUTED
    assert {step.move.event.colour for step in check.trace.cycle} == {RED, BLUE}
    assert set(places(check.trace.cycle)) == {0, 1, 2, 3, 4}


def test_fairness_may_be_asked_for_each_value_of_a_field():
    edges = {0: [(RED, 1), (BLUE, 9)], 1: [(RED, 0), (BLUE, 9)], 9: []}
    assert asked(edges, 9, weak(Go)).verdict is REFUTED
    assert asked(edges, 9, weak(Go, by="colour")).verdict is PROVED
    assert asked(edges, 9, weak(Go, by=("colour", "to"))).verdict is PROVED
    assert asked(edges, 9, weak(Go(colour=BLUE, to=9))).verdict is PROVED
    assert asked(edges, 9, weak(Go(colour=RED, to=9))).verdict is REFUTED


def test_each_value_on_its_own_may_come_and_go():
    # At 0 only red leads out, at 1 only blue: neither colour stays possible, though a way out does.
    edges = {0: [(RED, 9), (RED, 1)], 1: [(BLUE, 9), (BLUE, 0)], 9: []}
    assert asked(edges, 9, weak(Go, by="to")).verdict is PROVED
    assert asked(edges, 9, weak(Go, by=("colour", "to"))).verdict is REFUTED
    assert asked(edges, 9, strong(Go, by=("colour", "to"))).verdict is PROVED


def test_what_is_to_follow_may_hold_at_once():
    assert leads({0: [(RED, 1)], 1: [(RED, 0)]}, at(0), 0).verdict is PROVED


def test_what_follows_is_asked_for_again_each_time():
    edges = {0: [(RED, 1)], 1: [(RED, 2)], 2: []}
    assert asked(edges, 1, weak(Go)).verdict is PROVED
    check = leads(edges, anywhere, 1, weak(Go))
    assert check.verdict is REFUTED
    assert places(check.trace.steps) == [0, 1, 2]
    assert leads(edges, at(0), 1, weak(Go)).verdict is PROVED


def test_nothing_follows_on_what_never_comes():
    assert leads({0: [(RED, 1)], 1: [], 2: []}, at(2), 3).verdict is PROVED


def test_every_start_has_to_lead_to_it():
    edges = {0: [(RED, 1)], 1: [], 2: [(RED, 3)], 3: []}
    assert asked(edges, 1, weak(Go), starts=(0,)).verdict is PROVED
    check = asked(edges, 1, weak(Go), starts=(0, 2))
    assert check.verdict is REFUTED
    assert places(check.trace.steps) == [2, 3]


def test_the_way_to_a_cycle_is_a_shortest_one():
    edges = {0: [(RED, 1), (RED, 5)], 1: [(RED, 8)], 8: [(RED, 2)], 2: [(RED, 3)], 3: [(RED, 2)], 5: [(RED, 3)], 9: []}
    check = asked(edges, 9, weak(Go))
    assert places(check.trace.steps) == [0, 5, 3]


def test_a_search_that_was_broken_off_refutes_but_does_not_prove():
    edges = {0: [(RED, 1)], 1: [(RED, 0), (RED, 2)], 2: [(RED, 3)], 3: [(RED, 4)], 4: []}
    ask = eventually("goal", at(4), fair=weak(Go))
    ask_not = eventually("zero", at(2, 1), fair=weak(Go))
    report = explored(edges, (0,), ask, ask_not, bound=Bound(depth=2))
    assert report.check("goal").verdict is REFUTED
    replayed(report, report.check("goal").trace)
    assert report.check("zero").verdict is UNDETERMINED
    line = {place: [(RED, place + 1)] for place in range(9)} | {9: []}
    for bound in (Bound(depth=3), Bound(worlds=3)):
        report = explored(line, (0,), eventually("goal", at(9), fair=weak(Go)), bound=bound)
        assert report.check("goal").verdict is UNDETERMINED and report.bounds


# --- what is open is answered, and deadlines fire --------------------------------------------------


class K(StrEnum):
    A = "a"
    B = "b"
    END = "end"


class Begin(Command): ...


class Charged(Fact): ...


class Declined(Fact): ...


class Charge(Intent[Charged | Declined]):
    attempt: int = 0


class Poke(Command): ...


class End(FinalState):
    kind: Literal[K.END] = K.END


class Retrying(State):
    kind: Literal[K.A] = K.A
    attempt: Annotated[int, Field(ge=0, le=3)] = 0
    most: int = 0

    @classmethod
    @start
    def begin(cls, _: Begin) -> tuple["Retrying", Charge]:
        return cls(), Charge()

    @transition
    def charged(self, _: Charged) -> tuple[End, NoIntent]:
        return End(), NoIntent()

    @transition
    def declined(self, _: Declined) -> tuple["Retrying", Charge] | tuple[End, NoIntent]:
        return self, Charge()


class Limited(Retrying):
    @transition
    def declined(self, _: Declined) -> tuple["Limited", Charge] | tuple[End, NoIntent]:
        if self.attempt == 3:
            return End(), NoIntent()
        return self.evolve(attempt=self.attempt + 1), Charge(attempt=self.attempt + 1)

    @classmethod
    @start
    def begin(cls, _: Begin) -> tuple["Limited", Charge]:
        return cls(), Charge()

    @transition
    def poke(self, _: Poke) -> tuple["Limited", NoIntent]:
        return self.evolve(most=1 - self.most), NoIntent()


def ends(machine, **more):
    report = explore(machine, check=[eventually("ends", ended, **more)])
    check = report.check("ends")
    if check.verdict is REFUTED:
        replayed(report, check.trace)
    return check


def test_an_answer_that_asks_anew_for_ever_is_a_cycle_of_one_step():
    retrying = Machine[Retrying | End, Begin | Charged | Declined](name="retrying")
    check = ends(retrying)
    assert check.verdict is REFUTED
    assert [type(step.move.event) for step in check.trace.cycle] == [Declined]
    assert ends(retrying, fair=strong(Charged)).verdict is PROVED
    # Declined and declined again changes nothing, yet the other answer stays possible.
    assert ends(retrying, fair=weak(Charged)).verdict is PROVED
    assert ends(retrying, fair=strong(Declined)).verdict is REFUTED


def test_open_intents_are_answered_in_the_end_whatever_people_do():
    limited = Machine[Limited | End, Begin | Charged | Declined | Poke](name="limited")
    assert ends(limited).verdict is PROVED
    lazily = ends(limited, answered=False)
    assert lazily.verdict is REFUTED and lazily.trace.stays
    assert ends(limited, answered=False, fair=weak(Charge)).verdict is PROVED
    assert ends(limited, answered=False, fair=weak(Charge, attempt=0)).verdict is REFUTED
    assert ends(limited, answered=False, fair=weak(Charge, by="attempt")).verdict is PROVED


class Deferring(State):
    kind: Literal[K.A] = K.A

    @classmethod
    @start
    def begin(cls, _: Begin) -> tuple["Deferring", Charge]:
        return cls(), Charge()

    @transition
    def later(self, _: Charged | Declined) -> tuple["Deferring", Defer]:
        return self, Defer()

    @transition
    def poke(self, _: Poke) -> tuple["Taking", NoIntent]:
        return Taking(), NoIntent()


class Taking(State):
    kind: Literal[K.B] = K.B

    @transition
    def take(self, _: Charged | Declined) -> tuple[End, NoIntent]:
        return End(), NoIntent()


def test_an_answer_that_is_kept_does_not_keep_the_way_from_standing_still():
    deferring = Machine[Deferring | Taking | End, Begin | Charged | Declined | Poke](name="deferring")
    check = ends(deferring)
    assert check.verdict is REFUTED and check.trace.stays
    assert check.trace.end.deferred
    assert ends(deferring, fair=weak(Poke)).verdict is PROVED


class Lapsed(Fact): ...


class Timed(State):
    kind: Literal[K.A] = K.A
    at: AwareDatetime
    odd: bool = False

    @classmethod
    @start
    def begin(cls, _: Begin, ctx: Context) -> tuple["Timed", NoIntent]:
        return cls(at=ctx.now + timedelta(days=1)), NoIntent()

    @transition
    def poke(self, _: Poke) -> tuple["Timed", NoIntent]:
        return self.evolve(odd=not self.odd), NoIntent()

    @transition
    def lapse(self, _: Lapsed) -> tuple[End, NoIntent]:
        return End(), NoIntent()

    def waits(self) -> tuple[Deadline[Lapsed]]:
        return (Deadline(at=self.at, event=Lapsed()),)


class Rearmed(Timed):
    @classmethod
    @start
    def begin(cls, _: Begin, ctx: Context) -> tuple["Rearmed", NoIntent]:
        return cls(at=ctx.now + timedelta(days=1)), NoIntent()

    @transition
    def poke(self, _: Poke, ctx: Context) -> tuple["Rearmed", NoIntent]:
        return Rearmed(at=ctx.now + timedelta(days=1), odd=not self.odd), NoIntent()


def test_a_deadline_fires_in_the_end_whatever_people_do():
    timed = Machine[Timed | End, Begin | Poke | Lapsed](name="timed")
    assert ends(timed).verdict is PROVED
    assert ends(timed, answered=False).verdict is REFUTED
    assert ends(timed, answered=False, fair=weak(Lapsed)).verdict is PROVED


def test_a_deadline_that_people_put_off_again_and_again_need_not_fire():
    rearmed = Machine[Rearmed | End, Begin | Poke | Lapsed](name="rearmed")
    check = ends(rearmed)
    assert check.verdict is REFUTED
    assert [type(step.move.event) for step in check.trace.cycle] == [Poke, Poke]


class Idle(State):
    kind: Literal[K.B] = K.B

    @transition
    def go(self, _: Begin, ctx: Context) -> tuple[Timed, NoIntent]:
        return Timed(at=ctx.now + timedelta(days=1)), NoIntent()


def test_a_deadline_that_is_not_set_yet_does_not_fire():
    idle = Machine[Idle | Timed | End, Begin | Poke | Lapsed](name="idle", starts=(Idle,))
    report = explore(
        idle, starts=[Idle()], check=[eventually("ends", ended), eventually("go", ended, fair=weak(Begin))]
    )
    assert report.check("ends").verdict is REFUTED
    assert report.check("ends").trace.stays
    assert report.check("go").verdict is PROVED


class Paused(State):
    kind: Literal[K.B] = K.B
    at: AwareDatetime

    @transition
    def go_on(self, _: Poke) -> tuple["Pausable", NoIntent]:
        return Pausable(at=self.at), NoIntent()


class Pausable(Timed):
    @classmethod
    @start
    def begin(cls, _: Begin, ctx: Context) -> tuple["Pausable", NoIntent]:
        return cls(at=ctx.now + timedelta(days=1)), NoIntent()

    @transition
    def poke(self, _: Poke) -> tuple[Paused, NoIntent]:
        return Paused(at=self.at), NoIntent()


def test_a_deadline_that_is_taken_back_again_and_again_need_not_fire():
    check = ends(Machine[Pausable | Paused | End, Begin | Poke | Lapsed](name="pausable"), fair=weak(Poke))
    assert check.verdict is REFUTED
    assert [type(step.move.event) for step in check.trace.cycle] == [Poke, Poke]


class Asking(State):
    kind: Literal[K.A] = K.A

    @classmethod
    @start
    def begin(cls, _: Begin) -> tuple["Asking", NoIntent]:
        return cls(), NoIntent()

    @transition
    def approve(self, _: Poke) -> tuple[End, NoIntent]:
        return End(), NoIntent()

    def waits(self) -> tuple[HumanTask[Poke]]:
        return (HumanTask(answer=Poke, title="approve"),)


def test_people_may_never_come():
    asking = Machine[Asking | End, Begin | Poke](name="asking")
    check = ends(asking)
    assert check.verdict is REFUTED and check.trace.stays
    assert ends(asking, fair=weak(Poke)).verdict is PROVED


def test_what_cannot_be_tried_is_not_said_to_stand_still():
    class Size(Command):
        number: int

    class Sized(State):
        kind: Literal[K.A] = K.A

        @transition
        def size(self, _: Size) -> tuple[End, NoIntent]:
            return End(), NoIntent()

    sized = Machine[Sized | End, Size](name="sized", starts=(Sized,))
    ask = eventually("ends", ended, fair=weak(Size))
    assert explore(sized, starts=[Sized()], check=[ask]).check("ends").verdict is UNDETERMINED
    known = explore(sized, starts=[Sized()], domain=Domain().field(Size, "number", 1), check=[ask])
    assert known.check("ends").verdict is PROVED
