"""WCP12 Multiple Instances without Synchronization: one activity is begun several times, and nobody waits for any.

After a round through the streets, each car that stood wrong gets a fine of its own, an instance by itself. The
round ends with its report, whatever becomes of the fines. What may never be here: a list of fines not yet over.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Batch,
    Command,
    Fact,
    FinalState,
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)
from telic.kernel.messages import Spawn


class FineKind(StrEnum):
    SENDING = "sending"
    SENT = "sent"


class Plate(TypedId):
    """Names one car."""


class BeginFine(Command):
    plate: Plate


class LetterSent(Fact): ...


class FineSent(Fact):
    plate: Plate


class SendLetter(Intent[LetterSent]):
    plate: Plate


class Sending(State):
    kind: Literal[FineKind.SENDING] = FineKind.SENDING
    plate: Plate

    @classmethod
    @start
    def begin(cls, event: BeginFine) -> tuple[Self, SendLetter]:
        return cls(plate=event.plate), SendLetter(plate=event.plate)

    @transition
    def finish(self, event: LetterSent) -> tuple[Sent, NoIntent]:
        return Sent(plate=self.plate), NoIntent()


class Sent(FinalState):
    kind: Literal[FineKind.SENT] = FineKind.SENT
    plate: Plate

    def outcome(self) -> FineSent:
        return FineSent(plate=self.plate)


parking_fine = Machine[Sending | Sent, BeginFine | LetterSent](name="parking_fine", version=1)


class RoundKind(StrEnum):
    REPORTING = "reporting"
    REPORTED = "reported"


class FinishRound(Command):
    plates: tuple[Plate, ...]


class ReportWritten(Fact): ...


class WriteReport(Intent[ReportWritten]): ...


class StartFine(Spawn[FineSent], machine=lambda: parking_fine):
    plate: Plate

    def begin(self) -> BeginFine:
        return BeginFine(plate=self.plate)


class Round(State):
    ignores = (Ignores(FineSent, why="each fine goes its own way"),)


class Reporting(Round):
    kind: Literal[RoundKind.REPORTING] = RoundKind.REPORTING

    @classmethod
    @start
    def finish(cls, event: FinishRound) -> tuple[Self, Batch[Many[StartFine] | WriteReport]]:
        return cls(), Many.of(StartFine(plate=one) for one in event.plates) & WriteReport()

    @transition
    def close(self, event: ReportWritten) -> tuple[Reported, NoIntent]:
        return Reported(), NoIntent()


class Reported(Round, FinalState):
    kind: Literal[RoundKind.REPORTED] = RoundKind.REPORTED


multiple_instances_without_synchronization = Machine[
    Reporting | Reported,
    FinishRound | ReportWritten | FineSent,
](name="multiple_instances_without_synchronization", version=1)
