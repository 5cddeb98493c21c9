"""What may come to a state: answers, failures, waits and commands, each worked out once."""

from telic.kernel.orders import FailureCause
from telic.verify import Domain, How, Move, explore
from telic.verify.rows import Rows
from telic.verify.space import Space, item_of
from tests.verify import small
from tests.verify.buggy.words import Ask, Go, Mail, Oid, Pay, Stop
from tests.verify.leaky import Go as Begin
from tests.verify.leaky import leaky


def rows_of(machine, domain=None):
    graph = explore(machine, domain=domain).graph
    return graph, graph.stepper.rows


def hows(plans):
    return [plan.effect.move.how for plan in plans]


def state_named(graph, name):
    values = graph.stepper.space.states.values
    return next(number for number, one in enumerate(values) if type(one).__name__ == name)


def test_a_withdrawn_intent_may_answer_or_fail_and_an_open_one_is_redriven():
    graph, rows = rows_of(small.withdrawing())
    pay = graph.stepper.space.intents.number(Pay(oid=Oid("o")))
    opened = rows.answers(state_named(graph, "A"), item_of(pay, withdrawn=False))
    taken_back = rows.answers(state_named(graph, "B"), item_of(pay, withdrawn=True))
    assert hows(opened.plans) == [How.ANSWER, How.ANSWER]
    assert hows(taken_back.plans) == [How.ANSWER, How.ANSWER, How.FAILURE]
    assert hows(rows.late(state_named(graph, "C"), pay).plans) == [How.LATE, How.LATE]


def test_of_the_causes_of_a_failure_only_those_that_differ_are_tried():
    graph, rows = rows_of(small.doubting())
    item = item_of(graph.stepper.space.intents.number(small.Once()), withdrawn=False)
    failures = [
        plan for plan in rows.answers(state_named(graph, "A"), item).plans if plan.effect.move.how is How.FAILURE
    ]
    assert [plan.effect.move.event.cause for plan in failures] == [FailureCause.EXHAUSTED, FailureCause.IN_DOUBT]


def test_waits_bring_their_events_under_their_keys():
    graph, rows = rows_of(small.tasks())
    plans = rows.own(state_named(graph, "A")).plans
    assert [(plan.effect.move.how, plan.effect.move.wait, plan.effect.move.event.yes) for plan in plans] == [
        (How.TASK, wait, yes) for wait in ("boss", "deputy") for yes in (False, True)
    ]
    graph, rows = rows_of(small.listening())
    assert hows(rows.own(state_named(graph, "A")).plans) == [How.TOPIC]


def test_a_command_that_a_task_asks_for_comes_in_no_other_way():
    graph, rows = rows_of(small.tasks())
    assert How.COMMAND not in hows(rows.own(state_named(graph, "A")).plans)
    assert Ask in small.tasks().task_commands


def test_a_deadline_tells_how_far_it_moves_the_clock():
    _graph, rows = rows_of(leaky)
    (plan,) = [one for one in rows.own(0).plans if one.fired]
    assert (plan.fired, plan.effect.move.after.days, plan.quick) == ("Lapsed", 1, False)


def test_a_final_state_takes_no_commands():
    graph, rows = rows_of(small.counting())
    assert rows.own(state_named(graph, "End")).plans == ()


def test_rows_are_worked_out_once():
    _graph, rows = rows_of(leaky)
    assert rows.own(0) is rows.own(0)


def test_one_move_has_one_number():
    rows = Rows(Space(small.counting(), None), Domain())
    moves = [Move(How.COMMAND, Stop()), Move(How.COMMAND, Stop(), actor="boss"), Move(How.COMMAND, Stop())]
    assert [rows.number(one) for one in moves] == [0, 1, 0]
    assert rows.moves == moves[:2]


def test_what_could_not_be_tried_makes_a_row_blind():
    graph, rows = rows_of(small.asking(lambda ctx: ctx.actor == "boss"))
    assert rows.own(0).blind
    assert graph.blind == {0}
    graph, rows = rows_of(leaky)
    assert not rows.own(0).blind


def test_what_begins_an_instance_is_every_event_of_a_start():
    rows = Rows(Space(leaky, None), Domain())
    assert rows.starts(Begin) == (Begin(fast=False), Begin(fast=True))
    assert Rows(Space(small.counting(), None), Domain()).starts(Go) == (Go(),)


def test_an_intent_that_fails_where_nobody_hears_of_it_is_assumed_to_be_redriven():
    report = explore(small.mailing())
    assert "Mail is redriven where it fails in A" in report.assumed
    assert Mail in report.graph.stepper.space.machine.intents
