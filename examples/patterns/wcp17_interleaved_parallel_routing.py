"""WCP17 Interleaved Parallel Routing: partly ordered activities, each once, never two at a time, in an order left open.

At a check-up a dog is weighed, vaccinated and groomed by one vet, who may choose; but the dose depends on the weight.
What may never be here: a second activity while one is being carried out.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import (
    Command,
    Fact,
    FinalState,
    FrozenSet,
    HumanTask,
    Intent,
    Machine,
    NoIntent,
    Reject,
    State,
    start,
    transition,
)


class VisitKind(StrEnum):
    CHOOSING = "choosing"
    TREATING = "treating"
    OVER = "over"


class Treatment(StrEnum):
    WEIGH = "weigh"
    VACCINATE = "vaccinate"
    GROOM = "groom"


class BringDog(Command): ...


class ChooseNext(Command):
    treatment: Treatment


class DogTreated(Fact): ...


class TreatDog(Intent[DogTreated]):
    treatment: Treatment


class Choosing(State):
    kind: Literal[VisitKind.CHOOSING] = VisitKind.CHOOSING
    done: FrozenSet[Treatment] = FrozenSet()

    @classmethod
    @start
    def bring(cls, event: BringDog) -> tuple[Self, NoIntent]:
        return cls(), NoIntent()

    def waits(self) -> tuple[HumanTask[ChooseNext]]:
        return (HumanTask(answer=ChooseNext, title="What is next?", groups=("vets",)),)

    @transition
    def choose(self, event: ChooseNext) -> tuple[Treating, TreatDog] | tuple[Self, Reject]:
        if event.treatment in self.done:
            return self, Reject(f"{event.treatment} is done already")
        if event.treatment is Treatment.VACCINATE and Treatment.WEIGH not in self.done:
            return self, Reject("the dose depends on the weight")
        return Treating(done=self.done, treatment=event.treatment), TreatDog(treatment=event.treatment)


class Treating(State):
    kind: Literal[VisitKind.TREATING] = VisitKind.TREATING
    done: FrozenSet[Treatment]
    treatment: Treatment

    @transition
    def finish(self, event: DogTreated) -> tuple[Choosing, NoIntent] | tuple[Over, NoIntent]:
        done = self.done.put(self.treatment)
        return (Choosing(done=done), NoIntent()) if len(done) < len(Treatment) else (Over(), NoIntent())


class Over(FinalState):
    kind: Literal[VisitKind.OVER] = VisitKind.OVER


interleaved_parallel_routing = Machine[
    Choosing | Treating | Over,
    BringDog | ChooseNext | DogTreated,
](name="interleaved_parallel_routing", version=1)
