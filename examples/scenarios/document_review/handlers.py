"""The outside of the review, made up: who is free, and the mails.

What may never be here: a decision about a document.
"""

from __future__ import annotations

from examples.scenarios.document_review.machine import (
    DocumentId,
    FindReviewer,
    NobodyFound,
    PersonId,
    ReviewerFound,
    SendReviewRequest,
)
from telic import Call, Handlers
from telic.kernel.reminders import Remind

REVIEWERS = {DocumentId("contract"): PersonId("ann"), DocumentId("letter"): PersonId("ben")}


async def find_reviewer(intent: FindReviewer, call: Call) -> ReviewerFound | NobodyFound:
    """Say who is the next one that is free."""
    reviewer = REVIEWERS.get(intent.document_id)
    return ReviewerFound(reviewer=reviewer) if reviewer is not None else NobodyFound()


async def send_review_request(intent: SendReviewRequest, call: Call) -> None:
    """Send the mail."""


async def remind(intent: Remind, call: Call) -> None:
    """Send a mail to whoever has the task by now."""


handlers = Handlers(
    FindReviewer.handled_by(find_reviewer),
    SendReviewRequest.handled_by(send_review_request),
    Remind.handled_by(remind),
)
