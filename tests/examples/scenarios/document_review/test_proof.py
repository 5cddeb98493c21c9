"""What is proved of the review: every document is decided, and nobody but who is asked decides."""

from examples.scenarios.document_review.machine import (
    CompleteReview,
    DocumentAwaitingReview,
    DocumentEscalated,
    DocumentId,
    PersonId,
    document_review,
)
from telic.testing import suite
from telic.verify import Domain, ended, eventually, is_, leads_to, sometimes, weak

DOCUMENTS = (
    Domain()
    .each(DocumentId, DocumentId("d-1"))
    .each(PersonId, PersonId("ann"))
    .field(CompleteReview, "notes", "", "page 2")
    .actors("ann", "eve")
)


def is_decided_or_escalated(world):
    return isinstance(world.state, DocumentEscalated) or ended(world)


TestDocumentReview = suite(
    document_review,
    domain=DOCUMENTS,
    check=[
        sometimes("a document is escalated", is_(DocumentEscalated)),
        leads_to("no document stays with its reviewer", is_(DocumentAwaitingReview), is_decided_or_escalated),
        eventually("every document is decided once somebody who is asked has", ended, fair=weak(CompleteReview)),
    ],
    graph="document_review.graph.json",
    worlds=9,
)
