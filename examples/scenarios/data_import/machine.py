"""An import of data, step by step. Read it from top to bottom: that is the whole process.

A step with ``undo=`` is rolled back when a later one does not succeed, when somebody rejects it, or when
it is cancelled. The approval is a step like any other: a child in which people are asked. What may
never be here: what a step does; see ``handlers``.
"""

from __future__ import annotations

from datetime import timedelta

from examples.scenarios.data_import.vocabulary import (
    AnnounceImport,
    BatchId,
    DataProcessed,
    DataValidated,
    DiscardCopy,
    DropTable,
    ImportData,
    MailSent,
    PostMessage,
    ProcessData,
    PublishTable,
    SendMail,
    TablePublished,
    ValidateData,
)
from telic.kernel.messages import Spawn
from telic.patterns import (
    ApprovalDenied,
    ApprovalGiven,
    Approver,
    Panel,
    RequestApproval,
    approvals,
    pipeline,
    saga,
)

STEWARDS = Panel[Approver].of(
    Approver("ada"), Approver("ben"), need=1, within=timedelta(days=2), escalate_to=(Approver("head"),), veto=True
)


class AskStewards(Spawn[ApprovalGiven | ApprovalDenied], machine=lambda: approvals):
    batch_id: BatchId

    def begin(self) -> RequestApproval:
        return RequestApproval(about=f"Import {self.batch_id}", panels=(STEWARDS,))


data_import = (
    saga("data_import", ImportData)
    .do(ValidateData, expect=DataValidated, undo=DiscardCopy)
    .do(ProcessData, expect=DataProcessed, undo=DropTable)
    .do(AskStewards, expect=ApprovalGiven, when=lambda asked, valid, table: asked.needs_approval)
    .do(
        PublishTable,
        lambda asked, valid, table, approval: PublishTable(
            table_id=table.table_id, approved_by=approval.by if approval is not None else ()
        ),
        expect=TablePublished,
    )
    .finish(groups=("data operators",))
)

# What is told afterwards goes on whatever becomes of each step.
announcement = pipeline("announcement", AnnounceImport).attempt(SendMail, expect=MailSent).attempt(PostMessage).finish()
