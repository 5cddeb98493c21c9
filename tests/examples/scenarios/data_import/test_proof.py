"""What is proved of the import and of its announcement: the whole suite, their worlds, their approved behaviour."""

from dataclasses import dataclass

from examples.scenarios.data_import.machine import announcement, data_import
from examples.scenarios.data_import.vocabulary import (
    BatchId,
    CopyDiscarded,
    CopyId,
    DataInvalid,
    DataProcessed,
    DataValidated,
    ProcessingFailed,
    PublishingFailed,
    TableDropped,
    TableId,
    TablePublished,
)
from telic.patterns import (
    ApprovalDenied,
    ApprovalGiven,
    Approver,
    SagaCompleted,
    SagaHandedOver,
    SagaUndoing,
    SagaUndone,
    SettleUndo,
)
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, leads_to, sometimes

IMPORTS = (
    Domain()
    .each(BatchId, BatchId("b-1"))
    .each(CopyId, CopyId("c-1"))
    .each(TableId, TableId("t-1"))
    .field(DataValidated, "rows", 3)
    .field(ApprovalGiven, "by", (Approver("ada"),))
)
for refusal in (DataInvalid, ProcessingFailed, PublishingFailed, ApprovalDenied):
    IMPORTS = IMPORTS.field(refusal, "reason", "because")


@dataclass(frozen=True)
class Left:
    """What is left of an import, folded from what happened."""

    copies: int = 0
    tables: int = 0
    published: bool = False
    settled: bool = False

    def fold(self, event):
        return Left(
            copies=self.copies + isinstance(event, DataValidated) - isinstance(event, CopyDiscarded),
            tables=self.tables + isinstance(event, DataProcessed) - isinstance(event, TableDropped),
            published=self.published or isinstance(event, TablePublished),
            settled=self.settled or isinstance(event, SettleUndo),
        )


def of(kind):
    return lambda world: isinstance(world.state, kind)


def shown(world):
    """What is completed is published, and both the copy and the table are there."""
    return not isinstance(world.state, SagaCompleted) or world.ghost == Left(copies=1, tables=1, published=True)


def gone(world):
    """What is rolled back leaves nothing, but for what people have seen to, or have been told of."""
    left = world.ghost
    by_people = left.settled or world.unplaced
    return not isinstance(world.state, SagaUndone) or by_people or (left.copies, left.tables) == (0, 0)


TestDataImport = suite(
    data_import,
    domain=IMPORTS,
    ghost=Left(),
    check=[
        sometimes("an import is completed", of(SagaCompleted)),
        sometimes("an import is rolled back", of(SagaUndone)),
        sometimes("people roll back what could not be", of(SagaHandedOver)),
        always("what is completed is published, and nothing of it was rolled back", shown),
        always("what is rolled back leaves nothing behind", gone),
        leads_to("rolling back ends, or waits for people", of(SagaUndoing), lambda world: not of(SagaUndoing)(world)),
    ],
    graph="data_import.graph.json",
)
TestAnnouncement = suite(
    announcement,
    domain=IMPORTS,
    check=[eventually("every announcement ends", ended)],
    graph="announcement.graph.json",
)
