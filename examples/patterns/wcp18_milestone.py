"""WCP18 Milestone: an activity is possible while the instance is in one state, neither before nor after.

The address of an order can be changed while it is packed: from its payment on, until the carrier has it. What may
never be here: a moment at which somebody has to switch that off.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from telic import Command, Fact, FinalState, HumanTask, Intent, Machine, NoIntent, State, TypedId, start, transition


class OrderKind(StrEnum):
    PAYING = "paying"
    PACKING = "packing"
    SHIPPING = "shipping"
    SHIPPED = "shipped"


class Address(TypedId):
    """Names one address of the customer."""


class PlaceOrder(Command):
    address: Address


class ChangeAddress(Command):
    address: Address


class OrderPaid(Fact): ...


class OrderPacked(Fact): ...


class OrderShipped(Fact): ...


class CollectPayment(Intent[OrderPaid]): ...


class PackOrder(Intent[OrderPacked]): ...


class ShipOrder(Intent[OrderShipped]):
    address: Address


class Ordered(State):
    address: Address


class Paying(Ordered):
    kind: Literal[OrderKind.PAYING] = OrderKind.PAYING

    @classmethod
    @start
    def place(cls, event: PlaceOrder) -> tuple[Self, CollectPayment]:
        return cls(address=event.address), CollectPayment()

    @transition
    def pack(self, event: OrderPaid) -> tuple[Packing, PackOrder]:
        return Packing(address=self.address), PackOrder()


class Packing(Ordered):
    kind: Literal[OrderKind.PACKING] = OrderKind.PACKING

    def waits(self) -> tuple[HumanTask[ChangeAddress]]:
        return (HumanTask(answer=ChangeAddress, title="Another address?"),)

    @transition
    def change_address(self, event: ChangeAddress) -> tuple[Self, NoIntent]:
        return self.evolve(address=event.address), NoIntent()

    @transition
    def ship(self, event: OrderPacked) -> tuple[Shipping, ShipOrder]:
        return Shipping(address=self.address), ShipOrder(address=self.address)


class Shipping(Ordered):
    kind: Literal[OrderKind.SHIPPING] = OrderKind.SHIPPING

    @transition
    def finish(self, event: OrderShipped) -> tuple[Shipped, NoIntent]:
        return Shipped(address=self.address), NoIntent()


class Shipped(Ordered, FinalState):
    kind: Literal[OrderKind.SHIPPED] = OrderKind.SHIPPED


milestone = Machine[
    Paying | Packing | Shipping | Shipped,
    PlaceOrder | ChangeAddress | OrderPaid | OrderPacked | OrderShipped,
](name="milestone", version=1)
