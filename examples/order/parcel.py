"""The parcel of an order: picked, handed over, then delivered or lost. A machine of its own.

An order begins it by ``ShipParcel`` and hears of its end: each final state says, by its
``outcome``, what the order is answered. What may never be here: the order.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from examples.order.vocabulary import OrderId, OrderLine, ParcelLost, ParcelShipped, TrackingNumber
from telic import Command, Fact, FinalState, Intent, Machine, NoIntent, State, start, transition
from telic.kernel.messages import Spawn


class ParcelKind(StrEnum):
    PICKING = "picking"
    PACKED = "packed"
    UNDERWAY = "underway"
    DELIVERED = "delivered"
    LOST = "lost"


class PackParcel(Command):
    order_id: OrderId
    lines: tuple[OrderLine, ...]


class LinesPicked(Fact):
    order_id: OrderId


class ParcelHandedOver(Fact):
    tracking: TrackingNumber


class ParcelReceived(Fact):
    tracking: TrackingNumber


class ParcelVanished(Fact):
    tracking: TrackingNumber


class PickLines(Intent[LinesPicked]):
    order_id: OrderId
    lines: tuple[OrderLine, ...]


class HandOverParcel(Intent[ParcelHandedOver]):
    order_id: OrderId


class FollowParcel(Intent[ParcelReceived | ParcelVanished]):
    tracking: TrackingNumber


class ParcelPicking(State):
    kind: Literal[ParcelKind.PICKING] = ParcelKind.PICKING
    order_id: OrderId

    @classmethod
    @start
    def pick(cls, event: PackParcel) -> tuple[ParcelPicking, PickLines]:
        return cls(order_id=event.order_id), PickLines(order_id=event.order_id, lines=event.lines)

    @transition
    def pack(self, event: LinesPicked) -> tuple[ParcelPacked, HandOverParcel]:
        return ParcelPacked(order_id=self.order_id), HandOverParcel(order_id=self.order_id)


class ParcelPacked(State):
    kind: Literal[ParcelKind.PACKED] = ParcelKind.PACKED
    order_id: OrderId

    @transition
    def hand_over(self, event: ParcelHandedOver) -> tuple[ParcelUnderway, FollowParcel]:
        return ParcelUnderway(order_id=self.order_id), FollowParcel(tracking=event.tracking)


class ParcelUnderway(State):
    kind: Literal[ParcelKind.UNDERWAY] = ParcelKind.UNDERWAY
    order_id: OrderId

    @transition
    def deliver(self, event: ParcelReceived) -> tuple[ParcelDelivered, NoIntent]:
        return ParcelDelivered(order_id=self.order_id, tracking=event.tracking), NoIntent()

    @transition
    def lose(self, event: ParcelVanished) -> tuple[ParcelMissing, NoIntent]:
        return ParcelMissing(order_id=self.order_id, tracking=event.tracking), NoIntent()


class ParcelDelivered(FinalState):
    kind: Literal[ParcelKind.DELIVERED] = ParcelKind.DELIVERED
    order_id: OrderId
    tracking: TrackingNumber

    def outcome(self) -> ParcelShipped:
        return ParcelShipped(tracking=self.tracking)


class ParcelMissing(FinalState):
    kind: Literal[ParcelKind.LOST] = ParcelKind.LOST
    order_id: OrderId
    tracking: TrackingNumber

    def outcome(self) -> ParcelLost:
        return ParcelLost(tracking=self.tracking)


ParcelState: TypeAlias = Annotated[
    ParcelPicking | ParcelPacked | ParcelUnderway | ParcelDelivered | ParcelMissing,
    Field(discriminator="kind"),
]
ParcelEvent: TypeAlias = PackParcel | LinesPicked | ParcelHandedOver | ParcelReceived | ParcelVanished
parcel = Machine[ParcelState, ParcelEvent](name="parcel", version=1)


class ShipParcel(Spawn[ParcelShipped | ParcelLost], machine=lambda: parcel):
    """What an order asks for: a parcel, which answers when it has come to its end."""

    order_id: OrderId
    lines: tuple[OrderLine, ...]

    def begin(self) -> PackParcel:
        return PackParcel(order_id=self.order_id, lines=self.lines)
