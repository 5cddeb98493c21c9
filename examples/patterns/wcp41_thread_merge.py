"""WCP41 Thread Merge: so many threads of one and the same branch become one.

Four eggs are candled, each by itself; whenever two are good to go, they are packed into one box. What may never be
here: a box for each egg, or an egg that is in no box.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Fact, FinalState, Intent, Machine, Many, NoIntent, State, TypedId, start, transition

IN_BOX = 2


class EggsKind(StrEnum):
    CANDLING = "candling"
    PACKED = "packed"


class Egg(TypedId):
    """Names one egg."""


class Box(TypedId):
    """Names one box."""


EGGS = tuple(Egg(f"e-{number}") for number in range(4))


class CollectEggs(Command): ...


class EggCandled(Fact):
    egg: Egg


class BoxPacked(Fact):
    box: Box


class CandleEgg(Intent[EggCandled]):
    egg: Egg


class PackBox(Intent[BoxPacked]):
    box: Box


class Candling(State):
    kind: Literal[EggsKind.CANDLING] = EggsKind.CANDLING
    candled: int = 0
    packed: int = 0

    @classmethod
    @start
    def collect(cls, event: CollectEggs) -> tuple[Self, Many[CandleEgg]]:
        return cls(), Many.of(CandleEgg(egg=one) for one in EGGS)

    @transition
    def merge(self, event: EggCandled) -> tuple[Self, NoIntent] | tuple[Self, PackBox]:
        more = self.evolve(candled=self.candled + 1)
        full, lonely = divmod(more.candled, IN_BOX)
        return (more, NoIntent()) if lonely else (more, PackBox(box=Box(f"b-{full}")))

    @transition
    def finish(self, event: BoxPacked) -> tuple[Self, NoIntent] | tuple[Packed, NoIntent]:
        packed = self.packed + 1
        return (self.evolve(packed=packed), NoIntent()) if packed * IN_BOX < len(EGGS) else (Packed(), NoIntent())


class Packed(FinalState):
    kind: Literal[EggsKind.PACKED] = EggsKind.PACKED
    settles = (CandleEgg, PackBox)


thread_merge = Machine[
    Candling | Packed,
    CollectEggs | EggCandled | BoxPacked,
](name="thread_merge", version=1)
