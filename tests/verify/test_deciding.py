"""Decisions: made by the step itself, the short way as the long one, each of them twice."""

import pytest

from telic.kernel.snapshot import Delivery, Outcome
from telic.verify import Domain, How, Move, explore
from telic.verify.deciding import _LONG, Decider
from telic.verify.space import Space
from tests.verify import small
from tests.verify.buggy.words import Ask, Go, Grade, Stop
from tests.verify.leaky import leaky, mended


class Longhand(Decider):
    """A decider that never takes the short way."""

    def _short(self, value, state, row, move):
        return _LONG


MACHINES = {
    "leaky": leaky,
    "mended": mended,
    "many": small.many(2),
    "withdrawing": small.withdrawing(),
    "doubting": small.doubting(),
    "counting": small.counting(),
    "keeping": small.keeping(lambda ctx: True),
    "parts": small.parts(),
}


@pytest.mark.parametrize("name", MACHINES)
def test_the_short_way_decides_as_the_long_one(name):
    report = explore(MACHINES[name])
    space = report.graph.stepper.space
    long = Longhand(space, Domain())
    decided = 0
    for place in range(report.graph.expanded):
        state = report.graph.worlds[place][0]
        for move in report.graph.stepper.rows.moves:
            info = space.machine.infos[type(space.states.values[state])]
            if type(move.event) in info.rows and move.how in (How.COMMAND, How.ANSWER, How.FAILURE):
                plain = move._replace(outcome=None, rearms=(), actor="")
                short = [one[:6] for one in report.graph.stepper.rows.decider.decided(state, plain)]
                assert short == [one[:6] for one in long.decided(state, plain)]
                decided += 1
    assert decided or name == "parts"


def decider(machine, domain=None):
    space = Space(machine, None)
    return space, Decider(space, domain or Domain())


def test_a_first_event_is_decided_once_for_each_choice():
    _, one = decider(small.counting())
    (effect,) = one.begun(Delivery(Go()))
    assert (effect.move.how, effect.move.outcome, effect.problem) == (How.BEGIN, Outcome.STARTED, None)


def test_a_command_that_is_rejected_is_no_move_and_its_reason_is_kept():
    space, one = decider(small.asking(lambda ctx: False))
    (effect,) = one.begun(Delivery(Go()))
    assert one.decided(effect.state, Move(How.COMMAND, Stop())) == []
    state = type(space.states.values[effect.state])
    assert one.rejections == {(state, Stop): {"('no',)"}}


def test_each_number_of_chance_is_a_choice():
    _, one = decider(small.asking(lambda ctx: ctx.random("coin") < 0.5), Domain().random("coin", 0.1, 0.9, 0.2))
    (effect,) = one.begun(Delivery(Go()))
    assert [found.chances for found in one.decided(effect.state, Move(How.COMMAND, Stop()))] == [
        (("coin", 0.1),),
        (("coin", 0.2),),
    ]


def test_each_sender_is_a_choice_only_where_somebody_asks():
    people = Domain().actors("boss", "thief")
    for read, senders in ((lambda ctx: ctx.actor != "", ["boss", "thief"]), (lambda ctx: True, [""])):
        _, one = decider(small.asking(read), people)
        (effect,) = one.begun(Delivery(Go()))
        assert [found.move.actor for found in one.decided(effect.state, Move(How.COMMAND, Stop()))] == senders


def test_a_deferral_is_a_choice_of_senders_in_any_case():
    _, one = decider(small.keeping(lambda ctx: True), Domain().actors("boss", "thief"))
    (effect,) = one.begun(Delivery(Go()))
    found = one.decided(effect.state, Move(How.COMMAND, Grade(level=0)))
    assert [(each.move.actor, each.move.outcome) for each in found] == [
        ("boss", Outcome.DEFERRED),
        ("thief", Outcome.DEFERRED),
    ]


def test_a_task_is_named_to_the_transition():
    space, one = decider(small.tasks())
    (effect,) = one.begun(Delivery(Go()))
    made = {
        wait: one.decided(effect.state, Move(How.TASK, Ask(yes=True), wait=wait))[0].move.outcome
        for wait in ("boss", "deputy")
    }
    assert made == {"boss": Outcome.STEPPED, "deputy": Outcome.IGNORED}
    assert len(space.states) == 2


def test_what_was_made_of_an_event_is_noted_by_class():
    report = explore(mended)
    results = report.graph.stepper.rows.decider.results
    assert {(state.__name__, event.__name__, made.__name__) for state, event, made in results} == {
        ("Open", "Go", "Open"),
        ("Open", "Charged", "Done"),
        ("Open", "Declined", "Open"),
        ("Open", "Declined", "Held"),
        ("Open", "Lapsed", "Open"),
        ("Held", "Nudge", "Done"),
        ("Held", "Nudge", "Reject"),
    }
