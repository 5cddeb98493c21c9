"""WCP26 Cancel Multiple Instance Activity: all instances of an activity that have not ended are called off at once.

The owners of a kind of car are phoned because of a fault. If it turns out to be harmless, whoever has not been
reached is not phoned any more, and a notice is put in the paper. What may never be here: a call that goes on.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Batch,
    Command,
    Fact,
    FinalState,
    FrozenSet,
    Ignores,
    Intent,
    Machine,
    Many,
    NoIntent,
    State,
    TypedId,
    Withdraw,
    start,
    transition,
)


class RecallKind(StrEnum):
    PHONING = "phoning"
    REPORTING = "reporting"
    NOTIFYING = "notifying"
    CLOSED = "closed"


class Owner(TypedId):
    """Names one owner."""


class RecallCars(Command):
    owners: FrozenSet[Owner]


class FindHarmless(Command): ...


class OwnerReached(Fact):
    owner: Owner


class ReportWritten(Fact): ...


class NoticePrinted(Fact): ...


class PhoneOwner(Intent[OwnerReached]):
    owner: Owner


class WriteReport(Intent[ReportWritten]): ...


class PrintNotice(Intent[NoticePrinted]): ...


class Phoning(State):
    kind: Literal[RecallKind.PHONING] = RecallKind.PHONING
    left: FrozenSet[Owner]

    @classmethod
    @start
    def recall(cls, event: RecallCars) -> tuple[Self, Many[PhoneOwner]] | tuple[Reporting, WriteReport]:
        if not event.owners:
            return Reporting(), WriteReport()
        return cls(left=event.owners), Many.of(PhoneOwner(owner=one) for one in event.owners)

    @transition
    def note(self, event: OwnerReached) -> tuple[Self, NoIntent] | tuple[Reporting, WriteReport]:
        left = self.left.without(event.owner)
        return (self.evolve(left=left), NoIntent()) if left else (Reporting(), WriteReport())

    @transition
    def stop(self, event: FindHarmless) -> tuple[Notifying, Batch[Withdraw | PrintNotice]]:
        return Notifying(), Withdraw(every=PhoneOwner) & PrintNotice()


class Recalled(State):
    ignores = (Ignores(OwnerReached, why="the fault is harmless"),)


class Reporting(Recalled):
    kind: Literal[RecallKind.REPORTING] = RecallKind.REPORTING
    settles = (PhoneOwner,)

    @transition
    def close(self, event: ReportWritten) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Notifying(Recalled):
    kind: Literal[RecallKind.NOTIFYING] = RecallKind.NOTIFYING

    @transition
    def close(self, event: NoticePrinted) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Closed(Recalled, FinalState):
    kind: Literal[RecallKind.CLOSED] = RecallKind.CLOSED


cancel_multiple_instance_activity = Machine[
    Phoning | Reporting | Notifying | Closed,
    RecallCars | FindHarmless | OwnerReached | ReportWritten | NoticePrinted,
](name="cancel_multiple_instance_activity", version=1)
