"""What is proved of the publication and of its child: the whole suite, their worlds, their approved behaviour."""

from datetime import timedelta

from examples.scenarios.publication.machine import (
    CHIEF,
    DocumentInReview,
    DocumentPublished,
    DocumentPublishing,
    DocumentRejected,
    DocumentSigning,
    document,
)
from examples.scenarios.publication.publishing import publishing
from examples.scenarios.publication.vocabulary import (
    Address,
    Audience,
    DocumentId,
    DocumentSigned,
    PagesRendered,
    PersonId,
    ReassignReview,
    SourcesChecked,
    SpellingChecked,
    SubmitDocument,
)
from telic.testing import suite
from telic.verify import Domain, always, ended, is_, leads_to, sometimes

ID = DocumentId("d-1")
PAPERS = [
    SubmitDocument(document_id=ID, author=PersonId("ann"), audience=audience, hold=hold)
    for audience in Audience
    for hold in (None, timedelta(days=2))
]
HANDED_OVER = [ReassignReview(holder=PersonId("ada"), to=PersonId(to)) for to in ("ben", "cyd")]
DOCUMENTS = (
    Domain()
    .of(SubmitDocument, PAPERS)
    .of(ReassignReview, HANDED_OVER)
    .field(SpellingChecked, "faults", 0, 1)
    .field(SourcesChecked, "faults", 0)
    .each(Address, Address("https://example.org"))
    .each(str, "because")
    .actors("lex", "ada", "ben", CHIEF)
)
PAGES = Domain().each(DocumentId, ID).field(PagesRendered, "pages", 3).each(Address, Address("https://example.org"))


class Signed:
    """Whether this document has been signed, folded from what happened."""

    def __init__(self, signed=False):
        self.signed = signed

    def fold(self, event):
        return Signed(self.signed or isinstance(event, DocumentSigned))

    def __eq__(self, other):
        return isinstance(other, Signed) and self.signed == other.signed

    def __hash__(self):
        return hash(self.signed)


def signed_if_confidential(world):
    """What is confidential is published only when it has been signed."""
    state = world.state
    shown = isinstance(state, DocumentPublishing | DocumentPublished)
    return not shown or state.paper.audience is not Audience.CONFIDENTIAL or world.ghost.signed


def seen_by_nobody(world):
    """What is internal is reviewed by nobody."""
    return not isinstance(world.state, DocumentInReview) or world.state.paper.audience is not Audience.INTERNAL


TestDocument = suite(
    document,
    domain=DOCUMENTS,
    ghost=Signed(),
    check=[
        sometimes("a document is published", is_(DocumentPublished)),
        sometimes("a document is signed elsewhere", is_(DocumentSigning)),
        sometimes("a document is rejected", is_(DocumentRejected)),
        always("what is confidential is signed before it is published", signed_if_confidential),
        always("what is internal is reviewed by nobody", seen_by_nobody),
        leads_to(
            "nobody waits for a signature for ever", is_(DocumentSigning), lambda world: not is_(DocumentSigning)(world)
        ),
    ],
    graph="document.graph.json",
)
TestPublishing = suite(
    publishing,
    domain=PAGES,
    check=[sometimes("pages are published", ended)],
    graph="publishing.graph.json",
)
