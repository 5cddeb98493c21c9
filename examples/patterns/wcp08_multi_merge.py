"""WCP8 Multi-Merge: what follows several branches begins anew for each of them, when it arrives.

A witness is heard and a camera is read; each statement is filed when it is there, perhaps while the
other is being filed. What may never be here: a statement that waits for the other, or is filed twice.
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
    Intent,
    Machine,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)


class CaseKind(StrEnum):
    GATHERING = "gathering"
    GATHERED = "gathered"


class Statement(TypedId):
    """Names one statement by where it comes from."""


WITNESS = Statement("witness")
CAMERA = Statement("camera")


class OpenCase(Command): ...


class WitnessHeard(Fact): ...


class CameraRead(Fact): ...


class StatementFiled(Fact):
    statement: Statement


class HearWitness(Intent[WitnessHeard]): ...


class ReadCamera(Intent[CameraRead]): ...


class FileStatement(Intent[StatementFiled]):
    statement: Statement


class Gathering(State):
    kind: Literal[CaseKind.GATHERING] = CaseKind.GATHERING
    unfiled: FrozenSet[Statement] = FrozenSet((WITNESS, CAMERA))

    @classmethod
    @start
    def open(cls, event: OpenCase) -> tuple[Self, Batch[HearWitness | ReadCamera]]:
        return cls(), HearWitness() & ReadCamera()

    @transition
    def merge(self, event: WitnessHeard | CameraRead) -> tuple[Self, FileStatement]:
        return self, FileStatement(statement=WITNESS if isinstance(event, WitnessHeard) else CAMERA)

    @transition
    def finish(self, event: StatementFiled) -> tuple[Self, NoIntent] | tuple[Gathered, NoIntent]:
        unfiled = self.unfiled.without(event.statement)
        return (self.evolve(unfiled=unfiled), NoIntent()) if unfiled else (Gathered(), NoIntent())


class Gathered(FinalState):
    kind: Literal[CaseKind.GATHERED] = CaseKind.GATHERED
    settles = (HearWitness, ReadCamera, FileStatement)


multi_merge = Machine[
    Gathering | Gathered,
    OpenCase | WitnessHeard | CameraRead | StatementFiled,
](name="multi_merge", version=1)
