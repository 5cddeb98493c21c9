"""Applications with each score, in memory and on SQLite."""

from typing import Literal

import pytest

from examples.scenarios.loan_application.handlers import handlers
from examples.scenarios.loan_application.machine import (
    ApplicationId,
    CheckCredit,
    CreditChecked,
    Loan,
    LoanKind,
    SubmitApplication,
    loan_application,
)
from telic import FinalState, Machine, NoIntent, start, transition
from telic.kernel.errors import DefinitionError
from telic.shell import Simulation

CLERKS = ("underwriters",)


async def submitted(stage, name):
    play = stage(loan_application, handlers=handlers)
    return play, await play.start(loan_application, SubmitApplication(application_id=ApplicationId(name)))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("good", ["under_review", "approved"]),
        ("fair", ["under_review", "manual_review"]),
        ("poor", ["under_review", "denied"]),
    ],
)
async def test_the_score_decides_and_where_it_does_not_a_person_is_asked(stage, name, kinds):
    play, id = await submitted(stage, name)
    assert await play.kinds(loan_application, id) == kinds


@pytest.mark.parametrize(
    ("verdict", "verified", "kind"),
    [("approve", True, "approved"), ("approve", False, "denied"), ("deny", True, "denied")],
)
async def test_a_person_decides_and_nobody_is_approved_without_an_income(stage, verdict, verified, kind):
    play, _ = await submitted(stage, "fair")
    (task,) = (await play.inbox.tasks(groups=CLERKS)).items
    assert task.title == "Review fair: score 650"
    done = await play.complete({"verdict": verdict, "income_verified": verified}, actor="una", groups=CLERKS)
    assert done.state.kind == kind


def test_without_a_score_a_person_is_asked_and_the_answer_of_the_agency_is_no_longer_needed():
    with Simulation(loan_application, handlers=handlers) as world:
        asked = world.start(loan_application, SubmitApplication(application_id=ApplicationId("unknown")), key="a")
        world.run_until_idle()
        (task,) = [one.wait for one in asked.snapshot.waits]
        assert task.title == "Review unknown: score unknown"
        assert [entry.kind for entry in asked.journal] == ["under_review", "manual_review"]


class LeftAlone(Loan):
    kind: Literal[LoanKind.MANUAL_REVIEW] = LoanKind.MANUAL_REVIEW


class Approved(Loan, FinalState):
    kind: Literal[LoanKind.APPROVED] = LoanKind.APPROVED


class UnderReview(Loan):
    kind: Literal[LoanKind.UNDER_REVIEW] = LoanKind.UNDER_REVIEW

    @classmethod
    @start
    def submit(cls, event: SubmitApplication) -> tuple["UnderReview", CheckCredit]:
        return cls(application_id=event.application_id), CheckCredit(application_id=event.application_id)

    @transition
    def check_credit(self, event: CreditChecked) -> tuple[Approved, NoIntent] | tuple[LeftAlone, NoIntent]:
        if event.score > 700:
            return Approved(application_id=self.application_id), NoIntent()
        return LeftAlone(application_id=self.application_id), NoIntent()


def test_a_manual_review_after_which_nothing_follows_is_found_before_it_runs():
    with pytest.raises(DefinitionError) as caught:
        Machine[UnderReview | LeftAlone | Approved, SubmitApplication | CreditChecked](name="left")
    (fault,) = caught.value.faults
    assert str(fault).startswith("LeftAlone: expected a transition that leaves it, got none")
