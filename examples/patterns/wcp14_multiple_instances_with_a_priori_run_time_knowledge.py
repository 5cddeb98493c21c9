"""WCP14 Multiple Instances with a Priori Run-Time Knowledge: how many is known when the first begins; then a join.

An order is read, then each of its items is packed, and the parcel is closed when all of them are in. An order
without items has its parcel closed at once. What may never be here: an item that is added while others are packed.
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
    Many,
    NoIntent,
    State,
    TypedId,
    start,
    transition,
)


class ParcelKind(StrEnum):
    READING = "reading"
    PACKING = "packing"
    CLOSING = "closing"
    CLOSED = "closed"


class Item(TypedId):
    """Names one item of an order."""


class PackOrder(Command): ...


class OrderRead(Fact):
    items: FrozenSet[Item]


class ItemPacked(Fact):
    item: Item


class ParcelClosed(Fact): ...


class ReadOrder(Intent[OrderRead]): ...


class PackItem(Intent[ItemPacked]):
    item: Item


class CloseParcel(Intent[ParcelClosed]): ...


class Reading(State):
    kind: Literal[ParcelKind.READING] = ParcelKind.READING

    @classmethod
    @start
    def pack(cls, event: PackOrder) -> tuple[Self, ReadOrder]:
        return cls(), ReadOrder()

    @transition
    def divide(self, event: OrderRead) -> tuple[Packing, Many[PackItem]] | tuple[Closing, CloseParcel]:
        if not event.items:
            return Closing(), CloseParcel()
        return Packing(missing=event.items), Many.of(PackItem(item=one) for one in event.items)


class Packing(State):
    kind: Literal[ParcelKind.PACKING] = ParcelKind.PACKING
    missing: FrozenSet[Item]

    @transition
    def join(self, event: ItemPacked) -> tuple[Self, NoIntent] | tuple[Closing, CloseParcel]:
        missing = self.missing.without(event.item)
        return (self.evolve(missing=missing), NoIntent()) if missing else (Closing(), CloseParcel())


class Closing(State):
    kind: Literal[ParcelKind.CLOSING] = ParcelKind.CLOSING
    settles = (PackItem,)

    @transition
    def finish(self, event: ParcelClosed) -> tuple[Closed, NoIntent]:
        return Closed(), NoIntent()


class Closed(FinalState):
    kind: Literal[ParcelKind.CLOSED] = ParcelKind.CLOSED


multiple_instances_with_a_priori_run_time_knowledge = Machine[
    Reading | Packing | Closing | Closed,
    PackOrder | OrderRead | ItemPacked | ParcelClosed,
](name="multiple_instances_with_a_priori_run_time_knowledge", version=1)
