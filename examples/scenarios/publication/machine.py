"""A document, from its submission to its publication. Read it from top to bottom.

Machines check it side by side, a gateway sends it to those who have to agree, a service elsewhere
has it signed, a timer holds it back, and a child publishes it. What may never be here: a check, a
mail or a page; see ``handlers``.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Literal, Self, TypeAlias, assert_never

from pydantic import AwareDatetime

from examples.scenarios.publication.publishing import publishing
from examples.scenarios.publication.vocabulary import (
    Address,
    Audience,
    BeginPublishing,
    Check,
    CheckSources,
    CheckSpelling,
    DocumentEvent,
    DocumentId,
    DocumentSigned,
    EmbargoEnded,
    InformAuthor,
    PagesPublished,
    PersonId,
    ReassignReview,
    RequestSignature,
    ReviewDocument,
    ReviewOverdue,
    ReviseDocument,
    SettlePublishing,
    SignatureOverdue,
    SignatureRefused,
    SourcesChecked,
    SpellingChecked,
    SubmitDocument,
    SummaryWritten,
    WriteSummary,
)
from telic import (
    Batch,
    Context,
    Deadline,
    FinalState,
    HumanTask,
    Ignores,
    Machine,
    NoIntent,
    Reject,
    State,
    Value,
    Withdraw,
    start,
    transition,
)
from telic.kernel.messages import Spawn
from telic.patterns import (
    Approval,
    Approved,
    Declined,
    Join,
    Joined,
    Lapsed,
    NotAsked,
    Panel,
    Refusal,
    Returned,
    StoppedAtStep,
)

CHIEF = PersonId("chief")
LEGAL = Panel[PersonId].of(PersonId("lex"), within=timedelta(days=5), escalate_to=(CHIEF,))
EDITORS = Panel[PersonId].of(
    PersonId("ada"), PersonId("ben"), need=1, within=timedelta(days=3), escalate_to=(CHIEF,), veto=True
)
REMINDER = timedelta(days=1)
SIGNING_PERIOD = timedelta(days=7)


class PublishDocument(Spawn[PagesPublished | StoppedAtStep], machine=lambda: publishing):
    document_id: DocumentId
    audience: Audience

    def begin(self) -> BeginPublishing:
        return BeginPublishing(document_id=self.document_id, audience=self.audience)


class DocumentKind(StrEnum):
    CHECKING = "checking"
    SUMMARISING = "summarising"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    SIGNING = "signing"
    EMBARGOED = "embargoed"
    PUBLISHING = "publishing"
    STOPPED = "stopped"
    PUBLISHED = "published"
    REJECTED = "rejected"


class Paper(Value):
    """What is known of a document from its submission on."""

    document_id: DocumentId
    author: PersonId
    audience: Audience
    hold: timedelta | None


class DocumentBase(State):
    paper: Paper


class DocumentChecking(DocumentBase):
    """Two machines look at it at the same time."""

    kind: Literal[DocumentKind.CHECKING] = DocumentKind.CHECKING
    checks: Join[Check, int] = Join[Check, int].of(*Check)

    @classmethod
    @start
    def submit(cls, event: SubmitDocument) -> Checking:
        paper = Paper(document_id=event.document_id, author=event.author, audience=event.audience, hold=event.hold)
        return cls.of(paper)

    @classmethod
    def of(cls, paper: Paper) -> Checking:
        """Return the state in which a document is checked, and its two checks."""
        id = paper.document_id
        return DocumentChecking(paper=paper), CheckSpelling(document_id=id) & CheckSources(document_id=id)

    @transition
    def take(
        self, event: SpellingChecked | SourcesChecked
    ) -> tuple[Self, NoIntent] | tuple[DocumentSummarising, WriteSummary]:
        check = Check.SPELLING if isinstance(event, SpellingChecked) else Check.SOURCES
        came = self.checks.answered(check, event.faults)
        if isinstance(came, Join):
            return self.evolve(checks=came), NoIntent()
        assert isinstance(came, Joined)  # each is asked for once
        found = came.results
        summary = WriteSummary(
            document_id=self.paper.document_id, spelling=found[Check.SPELLING], sources=found[Check.SOURCES]
        )
        return DocumentSummarising(paper=self.paper, faults=sum(found.values())), summary


class DocumentChecked(DocumentBase):
    """Base of all that comes after the checks, with the ways that lead on."""

    settles = (CheckSpelling, CheckSources)  # both have answered: a claim, and explore proves it

    def returned(self, reason: str) -> tuple[DocumentReturned, InformAuthor]:
        """Give it back to its author."""
        returned = DocumentReturned(paper=self.paper, reason=reason)
        return returned, InformAuthor(author=self.paper.author, text=reason)

    def rejected(self, reason: str) -> tuple[DocumentRejected, InformAuthor]:
        """End it."""
        rejected = DocumentRejected(paper=self.paper, reason=reason)
        return rejected, InformAuthor(author=self.paper.author, text=reason)

    def agreed(self, ctx: Context) -> Agreed:
        """Go on to its publication: at once, or when it has been held back for long enough."""
        if self.paper.hold is None:
            return self.publish()
        return DocumentEmbargoed(paper=self.paper, publish_at=ctx.now + self.paper.hold), NoIntent()

    def publish(self) -> Publishing:
        """Begin the child that publishes it."""
        order = PublishDocument(document_id=self.paper.document_id, audience=self.paper.audience)
        return DocumentPublishing(paper=self.paper), order


class DocumentSummarising(DocumentChecked):
    """Both checks are done; what they found is put together, and a gateway says where it goes."""

    kind: Literal[DocumentKind.SUMMARISING] = DocumentKind.SUMMARISING
    faults: int

    @transition
    def route(
        self, event: SummaryWritten, ctx: Context
    ) -> tuple[DocumentReturned, InformAuthor] | tuple[DocumentInReview, NoIntent] | Agreed:
        if self.faults:
            return self.returned(event.text)
        panels = panels_for(self.paper.audience)
        if not panels:
            return self.agreed(ctx)
        approval = Approval[PersonId].asked(panels, ctx.now)
        return DocumentInReview(paper=self.paper, summary=event.text, approval=approval), NoIntent()


def panels_for(audience: Audience) -> tuple[Panel[PersonId], ...]:
    """Return who has to agree, one panel after the other."""
    match audience:
        case Audience.INTERNAL:
            return ()
        case Audience.PUBLIC:
            return (EDITORS,)
        case Audience.CONFIDENTIAL:
            return (LEGAL, EDITORS)
        case _:
            assert_never(audience)


class DocumentInReview(DocumentChecked):
    """People review it: the lawyers before the editors, where both are asked."""

    kind: Literal[DocumentKind.IN_REVIEW] = DocumentKind.IN_REVIEW
    summary: str
    approval: Approval[PersonId]

    @transition
    def review(
        self, event: ReviewDocument, ctx: Context
    ) -> (
        tuple[Self, NoIntent | Reject]
        | tuple[DocumentReturned, InformAuthor]
        | tuple[DocumentRejected, InformAuthor]
        | tuple[DocumentSigning, RequestSignature]
        | Agreed
    ):
        match self.approval.decide(ctx.actor, event.choice, event.comment, ctx.now):
            case Approval() as approval:
                return self.evolve(approval=approval), NoIntent()
            case Approved() if self.paper.audience is Audience.CONFIDENTIAL:
                signing = DocumentSigning(paper=self.paper, sign_by=ctx.now + SIGNING_PERIOD)
                return signing, RequestSignature(document_id=self.paper.document_id)
            case Approved():
                return self.agreed(ctx)
            case Declined(reason=reason):
                return self.rejected(reason)
            case Returned(reason=reason):
                return self.returned(reason)
            case Refusal() as refusal:
                return self, Reject(refusal)

    @transition
    def reassign(self, event: ReassignReview, ctx: Context) -> tuple[Self, NoIntent | Reject]:
        if ctx.actor != CHIEF:
            return self, Reject(NotAsked(who=ctx.actor, asked=(CHIEF,)))
        match self.approval.hand_over(event.holder, event.to):
            case Approval() as approval:
                return self.evolve(approval=approval), NoIntent()
            case Refusal() as refusal:
                return self, Reject(refusal)

    @transition
    def escalate(
        self, event: ReviewOverdue, ctx: Context
    ) -> tuple[Self, NoIntent] | tuple[DocumentRejected, InformAuthor]:
        match self.approval.overdue(ctx.now):
            case Approval() as approval:
                return self.evolve(approval=approval), NoIntent()
            case Lapsed():
                return self.rejected("nobody has reviewed it")

    def waits(self) -> tuple[HumanTask[ReviewDocument] | Deadline[ReviewOverdue], ...]:
        title = f"Review {self.paper.document_id}"
        tasks = self.approval.tasks(ReviewDocument, title=title, description=self.summary, remind=(REMINDER,))
        return (*tasks, *self.approval.deadline(ReviewOverdue()))


class DocumentReturned(DocumentChecked):
    """Its author is asked for changes, and brings it back to the checks."""

    kind: Literal[DocumentKind.RETURNED] = DocumentKind.RETURNED
    reason: str

    @transition
    def revise(self, event: ReviseDocument) -> Checking:
        return DocumentChecking.of(self.paper)

    def waits(self) -> tuple[HumanTask[ReviseDocument]]:
        title = f"Revise {self.paper.document_id}"
        return (HumanTask(answer=ReviseDocument, title=title, description=self.reason, assignee=self.paper.author),)


class DocumentSigning(DocumentChecked):
    """Somebody signs it at a service elsewhere, which calls back."""

    kind: Literal[DocumentKind.SIGNING] = DocumentKind.SIGNING
    sign_by: AwareDatetime

    @transition
    def sign(self, event: DocumentSigned, ctx: Context) -> Agreed:
        return self.agreed(ctx)

    @transition
    def refuse(self, event: SignatureRefused) -> tuple[DocumentRejected, InformAuthor]:
        return self.rejected(event.reason)

    @transition
    def lapse(self, event: SignatureOverdue) -> tuple[DocumentRejected, Batch[InformAuthor | Withdraw]]:
        rejected, told = self.rejected("nobody has signed it")
        return rejected, told & Withdraw(every=RequestSignature)

    def waits(self) -> tuple[Deadline[SignatureOverdue]]:
        return (Deadline(at=self.sign_by, event=SignatureOverdue()),)


class DocumentEmbargoed(DocumentChecked):
    """All have agreed; it is held back until its moment."""

    kind: Literal[DocumentKind.EMBARGOED] = DocumentKind.EMBARGOED
    publish_at: AwareDatetime

    @transition
    def release(self, event: EmbargoEnded) -> Publishing:
        return self.publish()

    def waits(self) -> tuple[Deadline[EmbargoEnded]]:
        return (Deadline(at=self.publish_at, event=EmbargoEnded()),)


class DocumentPublishing(DocumentChecked):
    """Its child renders, uploads and announces it."""

    kind: Literal[DocumentKind.PUBLISHING] = DocumentKind.PUBLISHING

    @transition
    def finish(self, event: PagesPublished) -> tuple[DocumentPublished, NoIntent]:
        return DocumentPublished(paper=self.paper, address=event.address), NoIntent()

    @transition
    def stop(self, event: StoppedAtStep) -> tuple[DocumentStopped, NoIntent]:
        return DocumentStopped(paper=self.paper, step=event.step, why=event.why), NoIntent()


class DocumentStopped(DocumentChecked):
    """What a machine could not do, people settle: publish again, or not at all."""

    kind: Literal[DocumentKind.STOPPED] = DocumentKind.STOPPED
    step: str
    why: str

    @transition
    def settle(self, event: SettlePublishing) -> Publishing | tuple[DocumentRejected, InformAuthor]:
        return self.publish() if event.again else self.rejected(f"not published: {self.step}")

    def waits(self) -> tuple[HumanTask[SettlePublishing]]:
        title = f"Publishing of {self.paper.document_id} stopped at {self.step}"
        return (HumanTask(answer=SettlePublishing, title=title, description=self.why, groups=("operators",)),)


class DocumentPublished(DocumentChecked, FinalState):
    kind: Literal[DocumentKind.PUBLISHED] = DocumentKind.PUBLISHED
    address: Address


class DocumentRejected(DocumentChecked, FinalState):
    kind: Literal[DocumentKind.REJECTED] = DocumentKind.REJECTED
    ignores = (Ignores(DocumentSigned, SignatureRefused, why="the time to sign it is over"),)
    reason: str


Checking: TypeAlias = tuple[DocumentChecking, Batch[CheckSpelling | CheckSources]]
Publishing: TypeAlias = tuple[DocumentPublishing, PublishDocument]
Agreed: TypeAlias = tuple[DocumentEmbargoed, NoIntent] | Publishing
DocumentState: TypeAlias = (
    DocumentChecking
    | DocumentSummarising
    | DocumentInReview
    | DocumentReturned
    | DocumentSigning
    | DocumentEmbargoed
    | DocumentPublishing
    | DocumentStopped
    | DocumentPublished
    | DocumentRejected
)
document = Machine[DocumentState, DocumentEvent](name="document", version=1)
