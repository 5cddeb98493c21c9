"""A parcel in the classic form: plain frozen models, ``kind`` without a default, values in.

Nothing here derives from a state of telic; the union is a plain assignment. The same union
as a ``type`` statement stands in ``parcel_312``.
"""

from enum import StrEnum
from typing import Annotated, Literal, Never, assert_never

from pydantic import BaseModel, Field

from telic import Command, Intent, NoIntent, TypedId


class CourierId(TypedId): ...


class Town(TypedId): ...


class ParcelKind(StrEnum):
    PACKED = "packed"
    COLLECTED = "collected"
    DELIVERED = "delivered"


class CollectParcel(Command):
    courier_id: CourierId


class DeliverParcel(Command):
    signed: bool


class TellReceiver(Intent[Never]):
    town: Town
    courier_id: CourierId


class ParcelPacked(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[ParcelKind.PACKED]
    town: Town

    def collect(self, courier_id: CourierId) -> tuple["ParcelCollected", "TellReceiver"]:
        new_state = ParcelCollected(kind=ParcelKind.COLLECTED, town=self.town, courier_id=courier_id)
        return new_state, TellReceiver(town=self.town, courier_id=courier_id)

    def handle(self, event: CollectParcel) -> tuple["ParcelCollected", "TellReceiver"]:
        match event:
            case CollectParcel(courier_id=courier_id):
                return self.collect(courier_id)
            case _:
                assert_never(event)


class ParcelCollected(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[ParcelKind.COLLECTED]
    town: Town
    courier_id: CourierId

    def deliver(self, signed: bool) -> tuple["ParcelDelivered", NoIntent]:
        return ParcelDelivered(kind=ParcelKind.DELIVERED, town=self.town, signed=signed), NoIntent()

    def handle(self, event: DeliverParcel) -> tuple["ParcelDelivered", NoIntent]:
        match event:
            case DeliverParcel(signed=signed):
                return self.deliver(signed)
            case _:
                assert_never(event)


class ParcelDelivered(BaseModel):
    model_config = {"frozen": True}
    kind: Literal[ParcelKind.DELIVERED]
    town: Town
    signed: bool


ParcelState = Annotated[ParcelPacked | ParcelCollected | ParcelDelivered, Field(discriminator="kind")]
ParcelEvent = CollectParcel | DeliverParcel
