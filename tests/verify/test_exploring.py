"""What ``explore`` makes of time, names, actors, chance and bounds, as a whole."""

import json
import subprocess
import sys

import pytest

from telic import Machine
from telic.verify import Bound, Domain, Verdict, always, explore, is_, sometimes
from tests.kernel.keeper import room
from tests.verify import small
from tests.verify.buggy.words import End, Go, Paid, Pay
from tests.verify.leaky import leaky, mended


def outcome(report):
    return report.verdict, report.stats.worlds, report.stats.edges


PROVED, REFUTED, OPEN = Verdict


@pytest.mark.parametrize(
    ("machine", "asked", "expected"),
    [
        pytest.param(small.retrying(), {}, (PROVED, 2, 2), id="a deadline set anew for ever is one world"),
        pytest.param(small.naming(), {}, (PROVED, 2, 2), id="worlds that differ in fresh ids are one"),
        pytest.param(small.two_deadlines(), {}, (PROVED, 3, 3), id="any deadline may come first, the other being late"),
        pytest.param(small.many(3), {}, (PROVED, 8, 24), id="of three open intents any may answer first"),
        pytest.param(
            small.withdrawing(), {}, (PROVED, 4, 9), id="a withdrawn intent may answer, fail, and answer late"
        ),
        pytest.param(small.doubting(), {}, (PROVED, 3, 5), id="in doubt is a cause of its own"),
        pytest.param(small.parts(), {}, (PROVED, 4, 4), id="parts have deadlines of their own"),
        pytest.param(small.tasks(), {}, (PROVED, 2, 4), id="each task is completed by itself"),
        pytest.param(small.listening(), {}, (PROVED, 2, 1), id="a topic brings its fact"),
        pytest.param(small.counting(), {}, (PROVED, 7, 6), id="a field makes worlds"),
        pytest.param(mended, {}, (PROVED, 4, 8), id="the mended machine"),
    ],
)
def test_the_worlds_of_a_small_machine_are_these(machine, asked, expected):
    report = explore(machine, **asked)
    assert outcome(report) == expected, report.text()


def test_in_the_order_of_their_moments_the_later_deadline_never_comes_first():
    report = explore(small.two_deadlines(), deadlines="ordered")
    assert [(one.name, one.where) for one in report.failures] == [("dead transition", "B.stop")]


def test_deadlines_that_are_mixed_up_leave_a_part_that_nothing_wakes():
    report = explore(small.parts(mixed_up=True))
    assert [(one.name, one.where) for one in report.failures] == [("stuck", "Whole")]
    assert [one.wait for one in report.check("stuck").trace.moves] == ["", "parts.y.Due"]


@pytest.mark.parametrize(
    ("read", "place", "given"),
    [
        (lambda ctx: ctx.actor == "boss", "ctx.actor", Domain().actors("boss", "thief")),
        (lambda ctx: ctx.random("coin") < 0.5, "ctx.random('coin')", Domain().random("coin", 0.1, 0.9)),
    ],
)
def test_what_a_transition_asks_for_is_undetermined_until_it_is_given(read, place, given):
    report = explore(small.asking(read))
    assert report.verdict is OPEN
    assert dict(report.missing).keys() == {place}
    assert explore(small.asking(read), domain=given).verdict is PROVED


@pytest.mark.parametrize("name", ["revision", "event_id"])
def test_what_has_no_end_of_values_is_undetermined(name):
    report = explore(small.asking(lambda ctx: getattr(ctx, name) == 3))
    assert dict(report.missing)[f"ctx.{name}"] == "which has no end of values"
    assert report.verdict is OPEN


def test_an_actor_that_nobody_asks_for_makes_no_difference():
    report = explore(small.asking(lambda ctx: True), domain=Domain().actors("boss", "thief"))
    assert report.stats.edges == 1


def test_a_deferred_command_keeps_its_sender_where_that_may_matter():
    machine = small.keeping(lambda ctx: ctx.actor == "boss")
    assert dict(explore(machine).missing).keys() == {"ctx.actor"}
    report = explore(machine, domain=Domain().actors("boss", "thief"))
    assert (report.verdict, report.stats.states) == (PROVED, 4)


def test_a_chance_that_a_deferred_command_asks_for_is_undetermined_and_no_crash():
    report = explore(small.keeping(lambda ctx: ctx.random("coin") < 0.5))
    assert dict(report.missing) == {"ctx.random('coin')": "asked for by an event that was kept"}
    assert report.failures == ()


def test_what_a_kept_fact_asks_for_where_nothing_else_brings_it_is_undetermined_too():
    report = explore(small.overhearing(lambda ctx: ctx.revision == 3), within=lambda world: len(world.deferred) <= 1)
    assert "ctx.revision" in dict(report.missing)
    assert report.verdict is OPEN


def test_no_more_commands_are_kept_than_is_said():
    report = explore(small.keeping(lambda ctx: ctx.now.year > 3000), bound=Bound(deferred=1))
    assert "callers have no more than 1 commands deferred at once" in report.assumed
    assert max(len(report.graph.shown(place).deferred) for place in range(report.stats.worlds)) == 1


@pytest.mark.parametrize(
    ("machine", "bound", "said"),
    [
        (small.counting(), Bound(worlds=3), "3 worlds"),
        (small.counting(), Bound(depth=2), "2 steps deep, with 1 worlds not looked beyond"),
        (small.many(3), Bound(open=2), "2 intents open at once"),
    ],
)
def test_a_bound_that_is_hit_is_said_and_proves_no_absence(machine, bound, said):
    report = explore(machine, bound=bound)
    assert (report.bounds, report.complete, report.verdict) == ((said,), False, OPEN)
    assert f"bound: {said}" in report.text()
    assert report.failures == ()
    assert all(one.verdict is OPEN for one in report.checks)


def test_a_bound_that_is_just_enough_is_not_hit():
    assert explore(small.counting(), bound=Bound(worlds=7, depth=7)).verdict is PROVED
    assert explore(small.many(3), bound=Bound(open=3)).verdict is PROVED


def test_a_limit_to_the_model_is_an_assumption_and_makes_nothing_stuck():
    report = explore(small.counting(), within=lambda world: getattr(world.state, "count", 0) <= 2)
    assert report.stats.worlds == 3
    assert any("nothing goes beyond `within`; 1 steps would" in one for one in report.assumed)
    assert {one.name for one in report.failures} <= {"dead state", "dead alternative", "dead transition"}


def test_a_ghost_is_folded_from_the_events_and_tells_worlds_apart():
    class Answers(int):
        def fold(self, event):
            return Answers(self + isinstance(event, Paid))

    seen = always("one at most", lambda world: world.ghost <= 1)
    report = explore(small.many(2), ghost=Answers(), check=[seen, sometimes("both", lambda world: world.ghost == 2)])
    assert report.check("one at most").verdict is REFUTED
    assert [type(one.event).__name__ for one in report.check("one at most").trace.moves] == ["Go", "Paid", "Paid"]
    assert report.check("both").verdict is PROVED
    assert report.stats.worlds > explore(small.many(2)).stats.worlds


def test_further_ends_are_no_standstill():
    held = next(state for state in leaky.states if state.__name__ == "Held")
    assert explore(leaky).check("stuck").verdict is REFUTED
    assert explore(leaky, ends=is_(held)).check("stuck").verdict is PROVED


def test_first_states_may_be_given():
    machine = small.counting()
    state = machine.states[0]
    report = explore(machine, starts=[state(count=4), state(count=5)])
    assert (report.stats.starts, report.stats.worlds) == (2, 3)


def test_several_intents_of_a_type_are_told_apart_by_their_ids():
    report = explore(small.many(2))
    assert {len(report.graph.shown(place).open) for place in range(report.stats.worlds)} == {0, 1, 2}
    assert isinstance(report.graph.shown(0).open[0], Pay)


def test_an_answer_of_no_finite_type_that_the_end_ignores_is_no_lost_one():
    machine = open_answer()
    report = explore(machine)
    assert (report.verdict, report.failures) == (OPEN, ()), report.text()


def test_what_an_end_keeps_for_people_is_no_lost_answer():
    report = explore(room)
    assert (report.verdict, report.stats.worlds) == (PROVED, 4), report.text()


def open_answer():
    from typing import Literal

    from telic import Fact, FinalState, Ignores, Intent, NoIntent, State, start, transition
    from tests.verify.buggy.words import K, Stop

    class Sent(Fact):
        text: str

    class Send(Intent[Sent]): ...

    class Base(State):
        ignores = (Ignores(Sent, why="best effort"),)

    class A(Base):
        kind: Literal[K.A] = K.A

        @classmethod
        @start
        def begin(cls, event: Go) -> tuple["A", Send]:
            return cls(), Send()

        @transition
        def stop(self, event: Stop) -> tuple["Over", NoIntent]:
            return Over(), NoIntent()

    class Over(Base, FinalState):
        kind: Literal[K.D] = K.D

    return Machine[A | Over, Go | Stop | Sent](name="m")


PROGRAM = """
import json
from telic.verify import behaviour_of, explore, Domain
from tests.kernel.keeper import room
from tests.verify import small
from tests.verify.leaky import leaky, mended
machines = [leaky, mended, small.many(3), small.withdrawing(), small.parts(), small.keeping(lambda ctx: ctx.actor == "b")]
for machine in machines:
    report = explore(machine, domain=Domain().actors("a", "b"))
    print(report.text())
    print(json.dumps(report.json(), default=str))
    print(json.dumps(behaviour_of(report).json()))
"""


def test_every_word_is_the_same_under_every_hash_seed():
    said = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(said) == 1
    assert json.loads(said.pop().splitlines()[-1])["machine"] == "m"


def test_the_end_is_a_world_like_any_other():
    report = explore(small.listening(), check=[sometimes("the end", is_(End))])
    assert report.check("the end").trace.end.state == End()
