"""Calls of somebody else's API: fetch a record, store it; go another way where the API says no.

What comes back is an answer, also when it is a no. Only an attempt that raises is made again, as often as the policy
of its step says; see ``handlers``. Read it from top to bottom. What may never be here: a request.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from telic import (
    Command,
    Fact,
    FinalState,
    Ignores,
    Intent,
    IntentFailed,
    Machine,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)


class RecordId(TypedId):
    """Names one record."""


class ImportKind(StrEnum):
    CALLING = "calling"
    STORING = "storing"
    RECOVERING = "recovering"
    IMPORTED = "imported"
    FAILED = "failed"


class ImportRecord(Command):
    record_id: RecordId


class RecordFetched(Fact):
    content: str


class RecordRefused(Fact):
    """The API has answered, and the answer is no: an expected error."""

    status: int


class RecordStored(Fact):
    """It is where it belongs."""


class RecordFound(Fact):
    """An older copy was found."""

    content: str


class NoCopyFound(Fact):
    """There is no older copy."""


class FetchRecord(Intent[RecordFetched | RecordRefused]):
    record_id: RecordId


class FindOlderCopy(Intent[RecordFound | NoCopyFound]):
    record_id: RecordId


class StoreRecord(Intent[RecordStored]):
    record_id: RecordId
    content: str


class Importing(State):
    record_id: RecordId


class ImportCalling(Importing):
    kind: Literal[ImportKind.CALLING] = ImportKind.CALLING

    @classmethod
    @start
    def begin(cls, event: ImportRecord) -> tuple[ImportCalling, FetchRecord]:
        return cls(record_id=event.record_id), FetchRecord(record_id=event.record_id)

    @transition
    def store(self, event: RecordFetched) -> tuple[ImportStoring, StoreRecord]:
        stored = StoreRecord(record_id=self.record_id, content=event.content)
        return ImportStoring(record_id=self.record_id), stored

    @transition
    def recover(self, event: RecordRefused) -> tuple[ImportRecovering, FindOlderCopy]:
        recovering = ImportRecovering(record_id=self.record_id, error=f"status {event.status}")
        return recovering, FindOlderCopy(record_id=self.record_id)

    @transition
    def give_up(self, event: IntentFailed[FetchRecord]) -> tuple[ImportFailed, NoIntent]:
        return ImportFailed(error=event.detail), NoIntent()


class ImportRecovering(Importing):
    kind: Literal[ImportKind.RECOVERING] = ImportKind.RECOVERING
    error: str

    @transition
    def store(self, event: RecordFound) -> tuple[ImportStoring, StoreRecord]:
        stored = StoreRecord(record_id=self.record_id, content=event.content)
        return ImportStoring(record_id=self.record_id), stored

    @transition
    def fail(self, event: NoCopyFound) -> tuple[ImportFailed, NoIntent]:
        return ImportFailed(error=self.error), NoIntent()


class ImportStoring(Importing):
    kind: Literal[ImportKind.STORING] = ImportKind.STORING

    @transition
    def finish(self, event: RecordStored) -> tuple[ImportDone, NoIntent]:
        return ImportDone(record_id=self.record_id), NoIntent()


class ImportDone(FinalState):
    kind: Literal[ImportKind.IMPORTED] = ImportKind.IMPORTED
    record_id: RecordId


class ImportFailed(FinalState):
    kind: Literal[ImportKind.FAILED] = ImportKind.FAILED
    ignores = (Ignores(RecordFetched, RecordRefused, why="it was given up; reading changes nothing"),)
    error: str

    def attributes(self) -> dict[str, str]:
        return {"error": self.error}


ImportState: TypeAlias = Annotated[
    ImportCalling | ImportRecovering | ImportStoring | ImportDone | ImportFailed, Field(discriminator="kind")
]
ImportEvent: TypeAlias = ImportRecord | RecordFetched | RecordRefused | RecordStored | RecordFound | NoCopyFound
api_calls = Machine[ImportState, ImportEvent](name="api_calls", version=1)
