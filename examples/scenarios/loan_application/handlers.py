"""The outside of the loan application, made up: a credit agency.

What may never be here: a decision about a loan.
"""

from __future__ import annotations

from examples.scenarios.loan_application.machine import ApplicationId, CheckCredit, CreditChecked
from telic import Call, Handlers, Retry
from telic.kernel.handling import NonRetryable

SCORES = {ApplicationId("good"): 760, ApplicationId("fair"): 650, ApplicationId("poor"): 580}


async def check_credit(intent: CheckCredit, call: Call) -> CreditChecked:
    """Look the score up."""
    score = SCORES.get(intent.application_id)
    if score is None:
        raise NonRetryable("nothing is known of them")
    return CreditChecked(score=score)


handlers = Handlers(CheckCredit.handled_by(check_credit, retry=Retry(max_attempts=3)))
