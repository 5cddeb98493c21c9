"""What is proved of the loan application, on both sides of both bounds."""

import pytest

from examples.scenarios.loan_application.machine import (
    ApplicationId,
    CreditChecked,
    DecideLoan,
    LoanApproved,
    LoanDenied,
    LoanManualReview,
    SubmitApplication,
    loan_application,
)
from telic.testing import begin, suite
from telic.verify import Domain, always, ended, eventually, is_, sometimes, weak

SCORES = Domain().each(ApplicationId, ApplicationId("a-1")).field(CreditChecked, "score", 600, 601, 700, 701)


def has_a_good_score_or_a_reviewer(world):
    state = world.state
    return not isinstance(state, LoanApproved) or state.score is None or state.score > 600


TestLoanApplication = suite(
    loan_application,
    domain=SCORES,
    check=[
        always("nobody with a poor score is approved", has_a_good_score_or_a_reviewer),
        sometimes("a loan is approved", is_(LoanApproved)),
        sometimes("a loan is denied", is_(LoanDenied)),
        eventually("every application is decided once a person has", ended, fair=weak(DecideLoan)),
    ],
    graph="loan_application.graph.json",
    worlds=12,
)


@pytest.mark.parametrize(
    ("score", "state"),
    [(600, LoanDenied), (601, LoanManualReview), (700, LoanManualReview), (701, LoanApproved)],
)
def test_the_score_decides_which_state_follows(score, state):
    flow = begin(loan_application, SubmitApplication(application_id=ApplicationId("a-1")))
    flow.when(CreditChecked(score=score)).assert_state(state)
