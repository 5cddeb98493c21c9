"""Publishing: steps in sequence, written in the short form; the child of a document.

What may never be here: who has agreed to it.
"""

from __future__ import annotations

from examples.scenarios.publication.vocabulary import (
    Audience,
    BeginPublishing,
    PagesPublished,
    RenderPages,
    TellReaders,
    UploadPages,
)
from telic.patterns import pipeline

publishing = (
    pipeline("publishing", BeginPublishing)
    .do(RenderPages)
    .do(UploadPages, stop_on_failure=True)
    .attempt(TellReaders, when=lambda asked, pages, uploaded: asked.audience is not Audience.CONFIDENTIAL)
    .finish(PagesPublished)
)
