"""The shortcut finds what the usual way finds, or says that it finds nothing."""

import pytest

from examples.loan.application import NoteMisfit
from examples.loan.machine import SubmitApplication, loan
from examples.loan.work import TakeUpWork, WorkKind
from telic.verify import Domain, How, Move, explore
from telic.verify.search import Bound
from telic.verify.shortcuts import USUAL_WAY, Shortcut
from tests.verify import small
from tests.verify.leaky import leaky, mended

LOANS = (
    Domain()
    .field(SubmitApplication, "amount", 5000)
    .each(WorkKind, WorkKind.VALIDATE)
    .of(NoteMisfit, [NoteMisfit(activity="W", reason="none")])
)
MACHINES = {
    "leaky": (leaky, None),
    "mended": (mended, None),
    "many": (small.many(2), None),
    "withdrawing": (small.withdrawing(), None),
    "doubting": (small.doubting(), None),
    "counting": (small.counting(), None),
    "loan": (loan, LOANS),
}


@pytest.mark.parametrize("name", MACHINES)
def test_a_shortcut_leads_where_the_usual_way_leads(name):
    machine, domain = MACHINES[name]
    report = explore(machine, domain=domain, bound=Bound(worlds=300))
    stepper, space = report.graph.stepper, report.graph.stepper.space
    moves = [one._replace(outcome=None, rearms=(), actor="") for one in stepper.rows.moves]
    taken = 0
    for number in range(len(space.states.values)):
        value = space.states.values[number]
        for move in moves:
            row = machine.infos[type(value)].rows.get(type(move.event))
            shortcut = Shortcut(stepper.rows, space, stepper.rows.decider, move, row)
            if not shortcut.open:
                continue
            found = [shortcut.plan(value), shortcut.plan(value)]
            usual = [one[:6] for one in stepper.rows.decider.decided(number, move)]
            known = [one for one in found if one is not USUAL_WAY]
            taken += len(known)
            assert [[] if one is None else [one.effect[:6]] for one in known] == [usual] * len(known)
    assert taken


def test_a_rejection_is_told_by_the_usual_way_and_then_by_none():
    report = explore(loan, domain=LOANS, bound=Bound(worlds=50))
    stepper = report.graph.stepper
    value = report.graph.shown(1).state
    row = loan.infos[type(value)].rows[TakeUpWork]
    move = Move(How.COMMAND, TakeUpWork(work=WorkKind.VALIDATE))
    shortcut = Shortcut(stepper.rows, stepper.space, stepper.rows.decider, move, row)
    assert [shortcut.plan(value), shortcut.plan(value)] == [USUAL_WAY, None]


def test_what_asks_for_a_context_or_is_not_there_has_no_shortcut():
    report = explore(small.many(2))
    stepper = report.graph.stepper
    (move,) = stepper.rows.moves[:1]
    assert not Shortcut(stepper.rows, stepper.space, stepper.rows.decider, move, None).open
