"""The words of the publication: ids, what is asked for, what has happened, what is to be done.

What may never be here: when any of it happens; see ``machine`` and ``publishing``.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Never, TypeAlias

from telic import Command, Fact, Intent, TypedId
from telic.patterns import Choice, StoppedAtStep


class DocumentId(TypedId):
    """Names one document."""


class PersonId(TypedId):
    """Names one person: the actor, as the shell authenticates it."""


class Address(TypedId):
    """Where something is to be read."""


class Audience(StrEnum):
    """Who will read it, which decides who has to agree."""

    INTERNAL = "internal"
    PUBLIC = "public"
    CONFIDENTIAL = "confidential"


class Check(StrEnum):
    """What machines look for."""

    SPELLING = "spelling"
    SOURCES = "sources"


# Publishing: a machine of its own.


class BeginPublishing(Command):
    document_id: DocumentId
    audience: Audience


class PagesRendered(Fact):
    pages: int


class PagesUploaded(Fact):
    address: Address


class ReadersTold(Fact):
    """The newsletter is out."""


class RenderPages(Intent[PagesRendered]):
    document_id: DocumentId


class UploadPages(Intent[PagesUploaded]):
    document_id: DocumentId
    pages: int


class TellReaders(Intent[ReadersTold]):
    address: Address


class PagesPublished(Fact):
    """What the document receives of a publishing that went well."""

    address: Address


# The document.


class SubmitDocument(Command):
    document_id: DocumentId
    author: PersonId
    audience: Audience
    hold: timedelta | None = None


class ReviewDocument(Command):
    """The form of a reviewer."""

    choice: Choice
    comment: str = ""


class ReassignReview(Command):
    holder: PersonId
    to: PersonId


class ReviseDocument(Command):
    """The form of the author."""

    note: str


class SettlePublishing(Command):
    """The form of the operators, when publishing has stopped."""

    again: bool


class SpellingChecked(Fact):
    faults: int


class SourcesChecked(Fact):
    faults: int


class SummaryWritten(Fact):
    text: str


class ReviewOverdue(Fact):
    """The time of whoever reviews is up."""


class DocumentSigned(Fact):
    document_id: DocumentId


class SignatureRefused(Fact):
    document_id: DocumentId
    reason: str


class SignatureOverdue(Fact):
    """Nobody has signed."""


class EmbargoEnded(Fact):
    """The moment of publication has come."""


class CheckSpelling(Intent[SpellingChecked]):
    document_id: DocumentId


class CheckSources(Intent[SourcesChecked]):
    document_id: DocumentId


class WriteSummary(Intent[SummaryWritten]):
    """Put together what every check has found."""

    document_id: DocumentId
    spelling: int
    sources: int


class RequestSignature(Intent[DocumentSigned | SignatureRefused]):
    """Ask the signature service, which calls back when somebody has signed."""

    document_id: DocumentId


class InformAuthor(Intent[Never]):
    author: PersonId
    text: str


DocumentEvent: TypeAlias = (
    SubmitDocument
    | ReviewDocument
    | ReassignReview
    | ReviseDocument
    | SettlePublishing
    | SpellingChecked
    | SourcesChecked
    | SummaryWritten
    | ReviewOverdue
    | DocumentSigned
    | SignatureRefused
    | SignatureOverdue
    | EmbargoEnded
    | PagesPublished
    | StoppedAtStep
)
