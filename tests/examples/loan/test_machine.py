"""The model of a loan application, held against what may and may not happen to one.

Everything here is pure: commands go in through `advance`, and states are looked at. The last
tests hold the whole made-up log against the model, and pin what comes of it.
"""

from collections import Counter
from datetime import UTC, datetime
from itertools import permutations
from typing import Self

import pytest
from pydantic import ValidationError

from examples.loan.application import NoteMisfit, Offered, Worked
from examples.loan.generator import generate
from examples.loan.machine import (
    AcceptApplication,
    Activated,
    ActivateLoan,
    ApproveLoan,
    CancelApplication,
    DeclineApplication,
    FinalizeApplication,
    Finalized,
    Granting,
    LoanKind,
    LoanState,
    PreacceptApplication,
    RegisterLoan,
    SubmitApplication,
    SubmitPartly,
    loan,
)
from examples.loan.offers import (
    AcceptOffer,
    CancelOffer,
    CreateOffer,
    DeclineOffer,
    OfferCreated,
    OfferSelected,
    PendingOffer,
    ReturnOffer,
    SelectOffer,
    SendOffer,
)
from examples.loan.vocabulary import command_of
from examples.loan.work import CompleteWork, Held, ScheduleWork, TakeUpWork, WorkKind, task_key
from telic import Command, Context, WorkflowId
from telic.kernel.advance import advance
from telic.kernel.results import NoOpenTask, Rejected
from telic.kernel.snapshot import Commit, Delivery, Outcome, Snapshot

NOW = datetime(2031, 1, 6, 9, tzinfo=UTC)
ID = WorkflowId("100000")
LEAD, FORM, CALL = WorkKind.HANDLE_LEAD, WorkKind.COMPLETE_APPLICATION, WorkKind.CALL_ABOUT_OFFER
PARTLY = (SubmitApplication(amount=5_000), SubmitPartly())
ACCEPTED = (*PARTLY, PreacceptApplication(), AcceptApplication())
FINALIZED = (*ACCEPTED, FinalizeApplication())
SENT = (*FINALIZED, SelectOffer(), CreateOffer(), SendOffer())
GRANTS = (ApproveLoan(), RegisterLoan(), ActivateLoan())


class Story:
    """One application, told command by command."""

    def __init__(self, *commands: Command) -> None:
        self.snapshot: Snapshot[LoanState] | None = None
        self.then(*commands)

    def sent(self, command: Command, at: datetime = NOW):
        wait = task_key(command) if isinstance(command, TakeUpWork | CompleteWork) else None
        return advance(loan, self.snapshot, Delivery(command, wait=wait), Context(at, ID))

    def then(self, *commands: Command) -> Self:
        for command in commands:
            commit = self.sent(command)
            assert isinstance(commit, Commit), commit
            self.snapshot = commit.after
        return self

    def refusal(self, command: Command) -> str:
        refusal = self.sent(command)
        assert isinstance(refusal, Rejected), refusal
        return "; ".join(map(str, refusal.reasons))

    @property
    def state(self) -> LoanState:
        assert self.snapshot is not None
        return self.snapshot.state

    @property
    def offers(self) -> list[str]:
        assert isinstance(self.state, Offered)
        return [offer.kind.value for offer in self.state.offers.values()]

    def item(self, kind: WorkKind) -> str:
        assert isinstance(self.state, Worked)
        return self.state.work[kind].kind.value

    @property
    def tasks(self) -> list[str]:
        assert self.snapshot is not None
        return [wait.key for wait in self.snapshot.waits]


IN_EACH_STATE = {
    LoanKind.SUBMITTED: (SubmitApplication(amount=1),),
    LoanKind.PARTLY_SUBMITTED: PARTLY,
    LoanKind.PREACCEPTED: (*PARTLY, PreacceptApplication()),
    LoanKind.ACCEPTED: ACCEPTED,
    LoanKind.FINALIZED: FINALIZED,
    LoanKind.GRANTING: (*SENT, ActivateLoan()),
    LoanKind.ACTIVATED: (*SENT, *GRANTS),
    LoanKind.DECLINED: (*SENT, DeclineApplication()),
    LoanKind.CANCELLED: (*SENT, CancelApplication()),
}
each_state = pytest.mark.parametrize("kind", list(LoanKind))


# ------------------------------------------------------------------------------ the application


@each_state
def test_every_state_can_be_told(kind):
    assert Story(*IN_EACH_STATE[kind]).state.kind is kind


@each_state
def test_no_state_is_the_end(kind):
    assert loan.perpetual
    assert not any(info.final for info in loan.infos.values())
    assert Story(*IN_EACH_STATE[kind]).snapshot.status == "running"


@each_state
def test_a_misfit_is_recorded_in_every_state_with_its_reason(kind):
    story = Story(*IN_EACH_STATE[kind])
    commit = story.sent(NoteMisfit(activity="O_SENT", reason="there is no offer"))
    assert isinstance(commit, Commit)
    assert commit.records[0].outcome is Outcome.IGNORED
    assert commit.records[0].why == ("there is no offer",)
    assert commit.after.state == story.state


def test_a_misfit_has_a_reason():
    with pytest.raises(ValidationError, match="at least 1 character"):
        NoteMisfit(activity="O_SENT", reason="")


def test_an_application_knows_what_was_asked_for_and_when():
    state = Story(*PARTLY).state
    assert (state.amount, state.submitted_at) == (5_000, NOW)


@pytest.mark.parametrize("commands", list(permutations(GRANTS)), ids=str)
def test_the_three_grants_come_in_any_order_and_the_last_one_activates(commands):
    first, second, last = commands
    story = Story(*SENT, first, second)
    assert isinstance(story.state, Granting)
    assert set(story.state.done) == {first.grant, second.grant}
    assert isinstance(story.then(last).state, Activated)


def test_a_grant_comes_once():
    story = Story(*SENT, RegisterLoan())
    assert story.refusal(RegisterLoan()) == "the loan is registered already"


@pytest.mark.parametrize("kind", [LoanKind.GRANTING, LoanKind.ACTIVATED])
def test_what_is_being_granted_is_lost_no_more(kind):
    story = Story(*IN_EACH_STATE[kind])
    assert "got DeclineApplication" in story.refusal(DeclineApplication())
    assert "got CancelApplication" in story.refusal(CancelApplication())


def test_what_is_lost_keeps_its_work_and_its_offers():
    story = Story(*SENT, ScheduleWork(work=CALL))
    before = story.state
    assert isinstance(before, Finalized)
    after = story.then(CancelApplication()).state
    assert (after.work, after.offers) == (before.work, before.offers)


# ------------------------------------------------------------------------------------ offers


def test_an_offer_goes_its_way():
    story = Story(*FINALIZED, SelectOffer())
    assert story.offers == ["selected"]
    assert story.then(CreateOffer()).offers == ["created"]
    assert story.then(SendOffer()).offers == ["sent"]
    assert story.then(ReturnOffer()).offers == ["returned"]
    assert story.then(AcceptOffer()).offers == ["accepted"]


def test_the_first_offer_may_be_selected_before_the_application_is_finalized():
    story = Story(*ACCEPTED, SelectOffer(), FinalizeApplication(), CreateOffer())
    assert story.offers == ["created"]


@pytest.mark.parametrize("ends", [AcceptOffer(), DeclineOffer(), CancelOffer()], ids=str)
def test_an_offer_ends_whether_or_not_it_was_sent_back(ends):
    kind = Story(*SENT, ends).offers
    assert Story(*SENT, ReturnOffer(), ends).offers == kind


def test_an_offer_is_replaced_in_either_order():
    one = Story(*SENT, SelectOffer(), CancelOffer(), CreateOffer())
    other = Story(*SENT, CancelOffer(), SelectOffer(), CreateOffer())
    assert one.offers == other.offers == ["cancelled", "created"]


def test_of_several_offers_one_at_most_can_be_meant():
    story = Story(*SENT)
    assert story.refusal(CreateOffer()) == "the offer that this one replaces is not yet cancelled"
    story.then(SelectOffer())
    assert story.refusal(CreateOffer()) == "the offer that this one replaces is not yet cancelled"
    assert story.refusal(SelectOffer()) == "an offer is selected already, and not yet sent"
    assert story.then(CancelOffer()).refusal(CancelOffer()) == "expected one PendingOffer, got 0"


def test_an_offer_is_settled_after_the_outcome():
    assert Story(*SENT, *GRANTS, AcceptOffer()).offers == ["accepted"]
    assert Story(*SENT, DeclineApplication(), DeclineOffer()).offers == ["declined"]
    assert Story(*SENT, CancelApplication(), CancelOffer()).offers == ["cancelled"]


def test_an_offer_is_settled_as_the_application_was():
    declined, cancelled = Story(*SENT, DeclineApplication()), Story(*SENT, CancelApplication())
    assert declined.refusal(AcceptOffer()) == "AcceptOffer does not belong into Declined"
    assert cancelled.refusal(DeclineOffer()) == "DeclineOffer does not belong into Cancelled"


@pytest.mark.parametrize("event", [SelectOffer(), CreateOffer(), SendOffer()], ids=str)
def test_no_offer_is_made_after_the_outcome(event):
    story = Story(*SENT, DeclineApplication())
    assert story.refusal(event) == f"{type(event).__name__} does not belong into Declined"


# -------------------------------------------------------------------------------------- work

SCHEDULE, TAKE_UP, COMPLETE = (
    ScheduleWork(work=LEAD),
    TakeUpWork(work=LEAD),
    CompleteWork(work=LEAD),
)


@pytest.mark.parametrize(
    ("commands", "kind"),
    [
        ((), "scheduled"),
        ((COMPLETE,), "closed"),
        ((COMPLETE, SCHEDULE), "scheduled"),
        ((TAKE_UP,), "in_hand"),
        ((TAKE_UP, SCHEDULE), "rescheduled"),
        ((TAKE_UP, SCHEDULE, COMPLETE), "scheduled"),
        ((TAKE_UP, COMPLETE), "put_down"),
        ((TAKE_UP, COMPLETE, TAKE_UP), "in_hand"),
        ((TAKE_UP, COMPLETE, SCHEDULE), "scheduled"),
        ((TAKE_UP, COMPLETE, COMPLETE), "closed"),
    ],
)
def test_an_item_moves(commands, kind):
    assert Story(*PARTLY, SCHEDULE, *commands).item(LEAD) == kind


@pytest.mark.parametrize(
    ("commands", "tasks"),
    [
        ((), ["TakeUpWork", "CompleteWork"]),
        ((TAKE_UP,), ["CompleteWork"]),
        ((TAKE_UP, SCHEDULE), ["CompleteWork"]),
        ((TAKE_UP, COMPLETE), ["TakeUpWork", "CompleteWork"]),
        ((COMPLETE,), []),
    ],
)
def test_an_item_puts_its_tasks_before_people(commands, tasks):
    story = Story(*PARTLY, SCHEDULE, *commands)
    assert story.tasks == [f"work.handle_lead.{task}" for task in tasks]


def test_a_task_says_what_to_do():
    titles = [wait.wait.title for wait in Story(*PARTLY, SCHEDULE).snapshot.waits]
    assert titles == ["Handle lead: take it up", "Handle lead: close it"]


def test_a_task_keeps_its_age_while_other_work_moves():
    story = Story(*PARTLY, SCHEDULE, ScheduleWork(work=WorkKind.ASSESS_FRAUD), PreacceptApplication())
    assert {wait.since for wait in story.snapshot.waits if "handle_lead" in wait.key} == {3}


@pytest.mark.parametrize("command", [TAKE_UP, COMPLETE], ids=str)
def test_without_an_open_task_nothing_is_taken_up_or_completed(command):
    for story in (Story(*PARTLY), Story(*PARTLY, SCHEDULE, COMPLETE)):
        rejected = story.sent(command)
        assert isinstance(rejected, Rejected)
        (reason,) = rejected.reasons
        assert reason == NoOpenTask(command=type(command).__name__, task=task_key(command))


@pytest.mark.parametrize("commands", [(SCHEDULE,), (SCHEDULE, TAKE_UP, SCHEDULE)])
def test_work_is_not_scheduled_twice(commands):
    assert Story(*PARTLY, *commands).refusal(SCHEDULE) == "handle_lead is scheduled already"


def test_work_is_scheduled_where_it_belongs():
    reason = "complete_application does not belong into PartlySubmitted"
    assert Story(*PARTLY).refusal(ScheduleWork(work=FORM)) == reason


def test_one_item_is_in_hand_at_a_time():
    fraud = WorkKind.ASSESS_FRAUD
    story = Story(*PARTLY, SCHEDULE, TAKE_UP, ScheduleWork(work=fraud))
    reason = "assess_fraud has to wait until handle_lead is put down"
    assert story.refusal(TakeUpWork(work=fraud)) == reason
    assert story.then(COMPLETE, TakeUpWork(work=fraud)).item(fraud) == "in_hand"


def test_work_goes_on_after_the_outcome():
    for lost in (CancelApplication(), DeclineApplication()):
        story = Story(*PARTLY, SCHEDULE, TAKE_UP, lost)
        assert story.then(COMPLETE).item(LEAD) == "put_down"
        assert story.then(COMPLETE).item(LEAD) == "closed"
    assert Story(*PARTLY, SCHEDULE, CancelApplication(), TAKE_UP).item(LEAD) == "in_hand"


def test_for_a_declined_application_nothing_is_taken_up():
    story = Story(*PARTLY, SCHEDULE, DeclineApplication())
    reason = "handle_lead is not taken up for a declined application"
    assert story.refusal(TAKE_UP) == reason


# ------------------------------------------------------------------------------ the whole log


@pytest.fixture(scope="module")
def told() -> tuple[list[Story], Counter[str], Counter[str]]:
    """Every made-up case, told by its log; the lines that fit, by family; the misfits."""
    stories, fits, misfits = [], Counter(), Counter()
    for case in generate():
        story = Story()
        for line in case.lines:
            outcome = story.sent(command_of(case, line), line.at)
            if isinstance(outcome, Commit):
                story.snapshot = outcome.after
                fits[line.activity[0]] += 1
                assert_invariants(story.state)
            else:
                misfits[f"{line.activity[0]} {'; '.join(map(str, outcome.reasons))}"] += 1
        stories.append(story)
    return stories, fits, misfits


def assert_invariants(state: LoanState) -> None:
    """One item in hand, and two live offers only while one replaces the other."""
    if isinstance(state, Worked):
        assert sum(isinstance(item, Held) for item in state.work.values()) <= 1
    if isinstance(state, Offered):
        offers = list(state.offers.values())
        assert sum(isinstance(offer, OfferSelected | OfferCreated) for offer in offers) <= 1
        assert sum(isinstance(offer, OfferCreated | PendingOffer) for offer in offers) <= 1


def test_every_line_of_applications_and_offers_fits(told):
    _, fits, _ = told
    assert fits == {"A": 4_693, "O": 2_278, "W": 13_699}


def test_work_lines_that_fit_nothing_are_few_and_each_says_why(told):
    _, _, misfits = told
    task = "expected an open task that asks for {0} under key work.{1}.{0}, got none"
    assert misfits == {
        f"W {task.format('TakeUpWork', 'call_about_offer')}": 3,
        f"W {task.format('TakeUpWork', 'assess_fraud')}": 1,
        f"W {task.format('TakeUpWork', 'complete_application')}": 1,
        f"W {task.format('CompleteWork', 'call_about_offer')}": 1,
        "W handle_lead is scheduled already": 1,
    }


def test_the_made_up_log_leaves_its_applications_in_these_states(told):
    stories, _, _ = told
    assert Counter(story.state.kind for story in stories) == {
        LoanKind.ACTIVATED: 171,
        LoanKind.DECLINED: 568,
        LoanKind.CANCELLED: 230,
        LoanKind.FINALIZED: 25,
        LoanKind.PREACCEPTED: 6,
    }
