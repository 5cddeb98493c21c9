"""WCP15 Multiple Instances without a Priori Run-Time Knowledge: instances are added while others run; then a join.

An inquiry hears witnesses. While one is still to be heard, further ones may be named; when all that were named
have been heard, the findings are written. What may never be here: a number that is known when the first begins.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Command,
    Fact,
    FinalState,
    FrozenSet,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    TypedId,
    start,
    transition,
)


class InquiryKind(StrEnum):
    HEARING = "hearing"
    WRITING = "writing"
    CLOSED = "closed"


class Witness(TypedId):
    """Names one witness."""


class OpenInquiry(Command):
    witness: Witness


class NameWitness(Command):
    witness: Witness


class WitnessHeard(Fact):
    witness: Witness


class FindingsWritten(Fact): ...


class HearWitness(Intent[WitnessHeard]):
    witness: Witness


class WriteFindings(Intent[FindingsWritten]): ...


class Hearing(State):
    kind: Literal[InquiryKind.HEARING] = InquiryKind.HEARING
    named: FrozenSet[Witness]
    unheard: FrozenSet[Witness]

    @classmethod
    @start
    def open(cls, event: OpenInquiry) -> tuple[Self, HearWitness]:
        first = FrozenSet((event.witness,))
        return cls(named=first, unheard=first), HearWitness(witness=event.witness)

    @transition
    def add(self, event: NameWitness) -> tuple[Self, HearWitness] | tuple[Self, Reject]:
        if event.witness in self.named:
            return self, Reject(f"{event.witness} has been named already")
        more = self.evolve(named=self.named.put(event.witness), unheard=self.unheard.put(event.witness))
        return more, HearWitness(witness=event.witness)

    @transition
    def join(self, event: WitnessHeard) -> tuple[Self, NoIntent] | tuple[Writing, WriteFindings]:
        unheard = self.unheard.without(event.witness)
        return (self.evolve(unheard=unheard), NoIntent()) if unheard else (Writing(), WriteFindings())


class Writing(State):
    kind: Literal[InquiryKind.WRITING] = InquiryKind.WRITING
    settles = (HearWitness,)

    @transition
    def close(self, event: FindingsWritten) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Closed(FinalState):
    kind: Literal[InquiryKind.CLOSED] = InquiryKind.CLOSED


multiple_instances_without_a_priori_run_time_knowledge = Machine[
    Hearing | Writing | Closed,
    OpenInquiry | NameWitness | WitnessHeard | FindingsWritten,
](name="multiple_instances_without_a_priori_run_time_knowledge", version=1)
