"""The outside of the import: a store of files, a database and mail, made up.

What may never be here: which step comes next.
"""

from __future__ import annotations

from examples.scenarios.data_import.vocabulary import (
    BatchId,
    CopyDiscarded,
    CopyId,
    DataInvalid,
    DataProcessed,
    DataValidated,
    DiscardCopy,
    DropTable,
    MailSent,
    MessagePosted,
    PostMessage,
    ProcessData,
    PublishTable,
    SendMail,
    TableDropped,
    TableId,
    TablePublished,
    ValidateData,
)
from telic import Call, Handlers

EMPTY = BatchId("empty")


async def validate_data(intent: ValidateData, call: Call) -> DataValidated | DataInvalid:
    """Look at every row of a copy."""
    if intent.batch_id == EMPTY:
        return DataInvalid(reason="no rows")
    return DataValidated(copy_id=CopyId(f"copy of {intent.batch_id}"), rows=3)


async def discard_copy(intent: DiscardCopy, call: Call) -> CopyDiscarded:
    """Delete the copy."""
    return CopyDiscarded(copy_id=intent.copy_id)


async def process_data(intent: ProcessData, call: Call) -> DataProcessed:
    """Fill a table that nobody sees yet."""
    return DataProcessed(table_id=TableId(f"table of {intent.copy_id}"))


async def drop_table(intent: DropTable, call: Call) -> TableDropped:
    """Drop the table."""
    return TableDropped(table_id=intent.table_id)


async def publish_table(intent: PublishTable, call: Call) -> TablePublished:
    """Show the table, with the names of those who have agreed."""
    return TablePublished(table_id=intent.table_id)


async def send_mail(intent: SendMail, call: Call) -> MailSent:
    """Write to everybody."""
    return MailSent()


async def post_message(intent: PostMessage, call: Call) -> MessagePosted:
    """Post it in the channel."""
    return MessagePosted()


handlers = Handlers(
    ValidateData.handled_by(validate_data),
    DiscardCopy.handled_by(discard_copy),
    ProcessData.handled_by(process_data),
    DropTable.handled_by(drop_table),
    PublishTable.handled_by(publish_table),
)
announcing = Handlers(SendMail.handled_by(send_mail), PostMessage.handled_by(post_message))
