"""The outside of the publication: checks, a signature service, a web site and mail, made up.

What may never be here: a decision about a document.
"""

from __future__ import annotations

from examples.scenarios.publication.vocabulary import (
    Address,
    CheckSources,
    CheckSpelling,
    DocumentId,
    InformAuthor,
    PagesRendered,
    PagesUploaded,
    ReadersTold,
    RenderPages,
    RequestSignature,
    SourcesChecked,
    SpellingChecked,
    SummaryWritten,
    TellReaders,
    UploadPages,
    WriteSummary,
)
from telic import Call, Handlers, Later

MISSPELT = DocumentId("draft")


async def check_spelling(intent: CheckSpelling, call: Call) -> SpellingChecked:
    """Count the words that are in no dictionary."""
    return SpellingChecked(faults=2 if intent.document_id == MISSPELT else 0)


async def check_sources(intent: CheckSources, call: Call) -> SourcesChecked:
    """Count the links that lead nowhere."""
    return SourcesChecked(faults=0)


async def write_summary(intent: WriteSummary, call: Call) -> SummaryWritten:
    """Say what was found."""
    return SummaryWritten(text=f"{intent.spelling} misspelt, {intent.sources} without source")


async def request_signature(intent: RequestSignature, call: Call) -> Later:
    """Send it to the service under the key of the call, with which the service calls back."""
    return Later()


async def render_pages(intent: RenderPages, call: Call) -> PagesRendered:
    """Make pages of it."""
    return PagesRendered(pages=3)


async def upload_pages(intent: UploadPages, call: Call) -> PagesUploaded:
    """Put them on the site."""
    return PagesUploaded(address=Address(f"https://example.org/{intent.document_id}"))


async def tell_readers(intent: TellReaders, call: Call) -> ReadersTold:
    """Send the newsletter."""
    return ReadersTold()


async def inform_author(intent: InformAuthor, call: Call) -> None:
    """Write to the author."""


handlers = Handlers(
    CheckSpelling.handled_by(check_spelling),
    CheckSources.handled_by(check_sources),
    WriteSummary.handled_by(write_summary),
    RequestSignature.handled_by(request_signature),
    RenderPages.handled_by(render_pages),
    UploadPages.handled_by(upload_pages),
    TellReaders.handled_by(tell_readers),
    InformAuthor.handled_by(inform_author),
)
