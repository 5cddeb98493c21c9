"""Several machines at once."""

from typing import Literal

from telic import Command, FinalState, Ignores, Machine, Many, NoIntent, State, start, transition
from telic.verify import Bound, Domain, Verdict, always, ended, eventually, explore, is_, leads_to, sometimes
from tests.verify.callers import Heard, left, right, to_all, to_one
from tests.verify.orders_and_payments import (
    Broken,
    Cancelled,
    InVain,
    New,
    OrderKind,
    PayId,
    Place,
    Settled,
    StartPayment,
    Up,
    bell,
    order,
    payment,
    sleeper,
)


def is_up(world):
    return "sleeper" in world.others and isinstance(world.others["sleeper"].state, Up)


def test_a_child_begins_with_its_parents_intent_and_answers_it():
    report = explore(order, payment, check=[eventually("both end", ended)])
    assert (report.machine, report.verdict) == ("order + payment", Verdict.PROVED)
    assert (report.stats.worlds, report.stats.states) == (6, 6)


def test_a_child_answers_with_its_own_outcome_and_with_nothing_else():
    alone = explore(order)
    together = explore(order, payment, check=[always("never cancelled", lambda world: not is_(Cancelled)(world))])
    assert alone.stats.worlds == 3
    text = together.check("never cancelled").story()
    assert [line.partition(". ")[2] for line in text.splitlines() if line[0].isdigit()] == [
        "order: Place()  →  New",
        "order: StartPayment begins with BeginPayment(pay_id=PayId('p-1'))  (still New)",
        "order/payment: Charge answers Declined(pay_id=PayId('p-1'))  →  Failed",
        "order: StartPayment ends with Broken(pay_id=PayId('p-1'))  New → Cancelled",
    ]


def test_a_property_sees_every_instance_by_its_name():
    report = explore(order, payment, check=[sometimes("a payment is asked for", lambda w: "order/payment" in w.others)])
    trace = report.check("a payment is asked for").trace
    assert trace is not None
    assert [step.move.who for step in trace.steps] == ["order", "order"]


def test_an_answered_child_is_gone():
    report = explore(order, payment, check=[always("gone", lambda w: is_(New)(w) or len(w.others) == 1)])
    assert report.check("gone").verdict is Verdict.PROVED


def test_what_is_published_reaches_the_topic_that_is_open_for_it():
    report = explore(bell, sleeper, check=[sometimes("up", is_up)])
    assert report.check("up").verdict is Verdict.PROVED


def test_a_topic_hears_only_what_is_published_inside():
    assert explore(sleeper).verdict is Verdict.PROVED
    report = explore(bell, sleeper)
    assert report.check("stuck").where == "bell in InVain, sleeper in Awake"


def test_a_signal_that_is_refused_fails_where_it_came_from():
    report = explore(bell, sleeper, check=[sometimes("refused", is_(InVain))])
    trace = report.check("refused").trace
    assert trace is not None
    assert trace.text().splitlines()[3].startswith("3. bell: Nudge fails: refused")


def test_nobody_need_come_so_a_topic_may_stay_silent_for_ever():
    report = explore(bell, sleeper, check=[eventually("up", is_up)])
    assert report.check("up").verdict is Verdict.REFUTED
    assert "and then nothing more, for ever" in report.check("up").story()


def test_what_is_taken_for_granted_is_said():
    assert explore(bell, sleeper).assumed[-3:] == (
        "each instance has a clock of its own",
        "a signal may reach any instance of its machine",
        "what is published reaches the topics that are open then, or else the first that open; later ones not",
    )


def test_a_machine_that_is_not_given_answers_freely():
    report = explore(order, sleeper, domain=Domain())
    assert report.stats.states == 6
    assert {step for step in ("Done", "Cancelled") if step in report.graph.shown(0).others} == set()


class Leave(Command): ...


class Careless(State):
    ignores = (Ignores(Settled, Broken, why="nobody waits for them"),)


class Ordering(Careless):
    kind: Literal[OrderKind.NEW] = OrderKind.NEW

    @classmethod
    @start
    def place(cls, event: Place) -> tuple["Ordering", Many[StartPayment]]:
        return cls(), Many.of(StartPayment(pay_id=PayId(name)) for name in ("p-1", "p-2"))

    @transition
    def leave(self, event: Leave) -> tuple["Left", NoIntent]:
        return Left(), NoIntent()


class Left(Careless, FinalState):
    kind: Literal[OrderKind.DONE] = OrderKind.DONE


careless = Machine[Ordering | Left, Place | Leave | Settled | Broken](name="careless")


def payments(world):
    return [one.state.pay_id for name, one in world.others.items() if "/" in name]


def test_each_of_several_children_of_one_machine_begins_once():
    check = [
        always("one each", lambda world: len(payments(world)) == len({*payments(world)})),
        sometimes("both at once", lambda world: sorted(payments(world)) == ["p-1", "p-2"]),
    ]
    report = explore(careless, payment, check=check, bound=Bound(worlds=500))
    assert report.verdict is Verdict.PROVED, report.text()


def test_a_child_begins_though_its_parent_has_ended_before():
    def alone(world):
        return is_(Left)(world) and not payments(world) and len(world.open) == 2

    def survived(world):
        return is_(Left)(world) and sorted(payments(world)) == ["p-1", "p-2"]

    check = [
        sometimes("it ends before they begin", alone),
        sometimes("they go on without it", survived),
        leads_to("each of them ends", alone, lambda world: not world.open),
    ]
    report = explore(careless, payment, check=check)
    assert report.verdict is Verdict.PROVED, report.text()


def hears(*names):
    """Whether exactly these have heard the call."""
    return lambda world: {one for one in ("left", "right") if isinstance(world.others[one].state, Heard)} == set(names)


def test_what_is_for_the_first_who_waits_reaches_any_one_and_never_two():
    checks = [
        sometimes("left", hears("left")),
        sometimes("right", hears("right")),
        sometimes("both", hears("left", "right")),
    ]
    told = {
        one: [explore(one, left, right, check=checks).check(name).verdict for name in ("left", "right", "both")]
        for one in (to_all, to_one)
    }
    yes, no = Verdict.PROVED, Verdict.REFUTED
    assert told == {to_all: [yes, yes, yes], to_one: [yes, yes, no]}


def test_a_fact_for_the_first_who_waits_may_find_nobody():
    report = explore(to_one, left, right, check=[eventually("heard", lambda world: not hears()(world))])
    assert report.check("heard").verdict is Verdict.REFUTED
