"""The words of the import: ids, what is asked for, what has happened, what is to be done.

What may never be here: the order in which it happens; see ``machine``.
"""

from __future__ import annotations

from telic import Command, Fact, Intent, TypedId
from telic.patterns import Approver


class BatchId(TypedId):
    """Names one delivery of data."""


class CopyId(TypedId):
    """Names the copy that is worked on."""


class TableId(TypedId):
    """Names a table that is filled and not yet shown."""


class ImportData(Command):
    batch_id: BatchId
    needs_approval: bool = True


class DataValidated(Fact):
    copy_id: CopyId
    rows: int


class DataInvalid(Fact):
    reason: str


class CopyDiscarded(Fact):
    copy_id: CopyId


class DataProcessed(Fact):
    table_id: TableId


class ProcessingFailed(Fact):
    reason: str


class TableDropped(Fact):
    table_id: TableId


class TablePublished(Fact):
    table_id: TableId


class PublishingFailed(Fact):
    reason: str


class ValidateData(Intent[DataValidated | DataInvalid]):
    batch_id: BatchId


class DiscardCopy(Intent[CopyDiscarded]):
    copy_id: CopyId


class ProcessData(Intent[DataProcessed | ProcessingFailed]):
    copy_id: CopyId


class DropTable(Intent[TableDropped]):
    table_id: TableId


class PublishTable(Intent[TablePublished | PublishingFailed]):
    table_id: TableId
    approved_by: tuple[Approver, ...]


# What is told afterwards: each of these may fail by itself.


class AnnounceImport(Command):
    batch_id: BatchId


class MailSent(Fact):
    """The mail is out."""


class MailBounced(Fact):
    """Nobody has that address."""


class MessagePosted(Fact):
    """It stands in the channel."""


class SendMail(Intent[MailSent | MailBounced]):
    batch_id: BatchId


class PostMessage(Intent[MessagePosted]):
    batch_id: BatchId
