"""Approvals: who is asked, what decides, and what is refused; explored in an expense of several panels."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telic import Command, Deadline, Fact, HumanTask, TypedId
from telic.patterns import (
    AnsweredAlready,
    Approval,
    Approved,
    Choice,
    Declined,
    HeldAlready,
    Lapsed,
    NoReason,
    NotAsked,
    Panel,
    Returned,
    Seat,
)
from telic.testing import suite
from telic.verify import Domain, always, is_, sometimes
from tests.patterns import expense as e

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class PersonId(TypedId): ...


class Decide(Command):
    choice: Choice


class Overdue(Fact): ...


ADA, BEN, CYD, EVE = map(PersonId, ("ada", "ben", "cyd", "eve"))
YES, NO, CHANGE = Choice.APPROVE, Choice.DECLINE, Choice.ASK_FOR_CHANGES
People = Approval[PersonId]


def asked(*panels):
    return People.asked(panels, NOON)


def said(approval, *answers, now=NOON):
    """What comes of these answers, each a person and a choice."""
    for who, choice in answers:
        approval = approval.decide(who, choice, "because", now)
    return approval


def holders(approval):
    return [seat.holder for seat in approval.open_seats]


def test_an_approval_asks_somebody():
    with pytest.raises(ValueError, match="expected at least one panel, got none; do ask somebody, or go on without"):
        asked()


def test_one_approver_decides():
    approval = asked(Panel.of(ADA))
    yes, no = said(approval, (ADA, YES)), said(approval, (ADA, NO))
    assert isinstance(yes, Approved)
    assert yes.by == (ADA,)
    assert yes.approval.said == (Seat(member=ADA, holder=ADA, choice=YES, comment="because"),)
    assert (type(no), no.by, no.reason) == (Declined, ADA, "because")


def test_several_are_asked_at_once_and_some_are_enough():
    approval = asked(Panel.of(ADA, BEN, CYD, need=2))
    assert holders(approval) == [ADA, BEN, CYD]
    one = said(approval, (CYD, YES))
    assert (type(one), holders(one)) == (People, [ADA, BEN])
    assert said(one, (ADA, YES)).by == (ADA, CYD)
    assert said(one, (ADA, NO), (BEN, YES)).by == (BEN, CYD)
    assert isinstance(said(one, (ADA, NO), (BEN, NO)), Declined)


def test_all_have_to_agree_where_all_are_needed():
    assert isinstance(said(asked(Panel.of(ADA, BEN)), (ADA, NO)), Declined)


def test_one_veto_may_be_enough():
    assert isinstance(said(asked(Panel.of(ADA, BEN, CYD, need=1, veto=True)), (ADA, NO)), Declined)


def test_panels_are_asked_one_after_the_other():
    later = NOON + DAY
    first = asked(Panel.of(ADA, BEN, need=1), Panel.of(ADA, CYD))
    second = said(first, (ADA, YES), now=later)
    assert (second.stage, holders(second), second.opened_at) == (1, [ADA, CYD], later)
    assert second.decide(BEN, YES, "", later) == NotAsked(who="ben", asked=("ada", "cyd"))
    assert said(second, (ADA, YES), (CYD, YES)).by == (ADA, ADA, CYD)


def test_somebody_who_is_not_asked_is_refused():
    approval = asked(Panel.of(ADA, BEN))
    refusal = NotAsked(who="eve", asked=("ada", "ben"))
    assert [approval.decide("eve", YES, "", NOON), approval.hand_over("eve", CYD)] == [refusal] * 2
    assert approval.decide("", YES, "", NOON) == NotAsked(who="", asked=("ada", "ben"))


def test_nobody_answers_twice():
    one = said(asked(Panel.of(ADA, BEN)), (ADA, YES))
    assert [one.decide(ADA, NO, "why", NOON), one.hand_over(ADA, CYD)] == [AnsweredAlready(who="ada")] * 2


@pytest.mark.parametrize("choice", [NO, CHANGE])
def test_all_but_an_approval_need_a_reason(choice):
    assert asked(Panel.of(ADA)).decide(ADA, choice, "  ", NOON) == NoReason(choice=choice)


def test_a_seat_is_handed_over_with_its_voice():
    handed = asked(Panel.of(ADA, BEN)).hand_over(ADA, CYD)
    assert holders(handed) == [CYD, BEN]
    assert handed.decide(ADA, YES, "", NOON) == NotAsked(who="ada", asked=("cyd", "ben"))
    assert said(handed, (CYD, YES)).said == (Seat(member=ADA, holder=CYD, choice=YES, comment="because"),)
    assert handed.hand_over(CYD, ADA) == asked(Panel.of(ADA, BEN))


def test_nobody_has_two_voices():
    approval = said(asked(Panel.of(ADA, BEN, CYD)), (BEN, YES))
    assert [approval.hand_over(ADA, BEN), approval.hand_over(ADA, ADA)] == [
        HeldAlready(holder="ben"),
        HeldAlready(holder="ada"),
    ]


def test_when_the_time_is_up_others_are_asked_one_after_the_other():
    panel = Panel.of(ADA, BEN, CYD, need=2, within=DAY, escalate_to=(CYD, EVE))
    one = said(asked(panel), (ADA, YES))
    first = one.overdue(NOON + DAY)
    assert (first.level, holders(first), first.due) == (1, [CYD], NOON + 2 * DAY)
    second = first.overdue(NOON + 2 * DAY)
    assert holders(second) == [EVE]
    assert second.overdue(NOON + 3 * DAY) == Lapsed(second)
    assert said(second, (EVE, YES)).by == (ADA, EVE)
    assert isinstance(said(second, (EVE, NO)), Declined)


def test_the_next_panel_begins_without_escalation():
    panel = Panel.of(ADA, within=DAY, escalate_to=(BEN,))
    after = said(asked(panel, panel).overdue(NOON + DAY), (BEN, YES), now=NOON + DAY)
    assert (after.stage, after.level, after.due) == (1, 0, NOON + 2 * DAY)


def test_changes_are_asked_for_and_come_back_to_everybody_or_to_the_panel_that_asked():
    first = said(asked(Panel.of(ADA), Panel.of(BEN, CYD)), (ADA, YES), (BEN, YES))
    back = said(first, (CYD, CHANGE))
    assert (type(back), back.by, back.reason) == (Returned, CYD, "because")
    assert back.approval.resubmitted(NOON) == asked(Panel.of(ADA), Panel.of(BEN, CYD))
    again = back.approval.resubmitted(NOON + DAY, from_start=False)
    assert (again.stage, holders(again), again.opened_at) == (1, [BEN, CYD], NOON + DAY)
    assert [seat.holder for seat in again.said] == [ADA]


def test_each_open_seat_is_a_task_and_the_time_a_deadline():
    approval = said(asked(Panel.of(ADA, BEN, CYD, within=DAY)), (BEN, YES))
    tasks = approval.tasks(Decide, title="Decide", description="All of it", remind=(DAY / 2,), priority=3)
    assert tasks == tuple(
        HumanTask(
            answer=Decide, title="Decide", key=f"0-0-{who}", description="All of it", assignee=who, due=NOON + DAY,
            remind=(DAY / 2,), priority=3,
        )
        for who in (ADA, CYD)
    )  # fmt: skip
    assert approval.deadline(Overdue(), key="k") == (Deadline(at=NOON + DAY, event=Overdue(), key="k"),)


def test_without_a_time_there_is_no_deadline_and_no_reminder():
    approval = asked(Panel.of(ADA))
    assert (approval.due, approval.deadline(Overdue())) == (None, ())
    assert approval.tasks(Decide, remind=(DAY,)) == (HumanTask(answer=Decide, key="0-0-ada", assignee=ADA),)


# --- laws -------------------------------------------------------------------------------------

votes = st.lists(st.tuples(st.sampled_from([ADA, BEN, CYD, EVE]), st.sampled_from([YES, NO])), max_size=8)


@given(st.integers(1, 3), votes)
def test_a_panel_agrees_as_soon_as_enough_do_and_declines_as_soon_as_they_cannot(need, came):
    approval, counted = asked(Panel.of(ADA, BEN, CYD, need=need)), {}
    for who, choice in came:
        outcome = approval.decide(who, choice, "because", NOON)
        if isinstance(outcome, (NotAsked, AnsweredAlready)):
            assert who == EVE or who in counted
            continue
        counted[who] = choice
        yes, no = (list(counted.values()).count(one) for one in (YES, NO))
        assert isinstance(outcome, Approved) == (yes >= need)
        assert isinstance(outcome, Declined) == (3 - no < need)
        if not isinstance(outcome, Approval):
            return
        approval = outcome


@given(st.permutations([ADA, BEN, CYD]), st.lists(st.sampled_from([ADA, BEN, CYD, EVE]), max_size=6))
def test_seats_are_handed_over_and_neither_lost_nor_doubled(members, targets):
    approval = asked(Panel.of(*members))
    for number, to in enumerate(targets):
        outcome = approval.hand_over(approval.seats[number % 3].holder, to)
        approval = outcome if isinstance(outcome, Approval) else approval
    assert [seat.member for seat in approval.seats] == members
    assert len({seat.holder for seat in approval.seats}) == 3


# --- explored -----------------------------------------------------------------------------------

EXPENSES = (
    Domain()
    .field(e.SubmitExpense, "amount", Decimal(100))
    .field(e.CorrectExpense, "amount", Decimal(101))
    .field(e.DecideExpense, "comment", "because")
    .field(e.DelegateExpense, "to", e.BEN)
    .actors("lead", "head", "ada", "ben", "cyd")
)


def as_many_agreed_as_had_to(world):
    return not isinstance(world.state, e.ExpenseApproved) or len(world.state.by) in (1, 3)


TestExpense = suite(
    e.expense,
    domain=EXPENSES,
    check=[
        sometimes(
            "a board agrees", lambda world: isinstance(world.state, e.ExpenseApproved) and len(world.state.by) == 3
        ),
        sometimes("the head is asked instead", lambda world: e.HEAD in getattr(world.state, "by", ())),
        always("as many have agreed as had to", as_many_agreed_as_had_to),
        sometimes("an expense comes back", is_(e.ExpenseReturned)),
    ],
    pure=True,
)
