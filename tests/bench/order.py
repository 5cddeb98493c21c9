"""The order that is measured: small, and with what orders have."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Never, Self

from pydantic import AwareDatetime, Field

from telic import Command, Context, FinalState, Intent, Machine, NoIntent, State, TypedId, Value, start, transition


class OrderId(TypedId): ...


class OrderKind(StrEnum):
    NEW = "new"
    PAID = "paid"
    SHIPPED = "shipped"


class Line(Value):
    sku: str
    price: Decimal


class BeginOrder(Command):
    order_id: OrderId
    lines: tuple[Line, ...]


class PayOrder(Command):
    amount: Decimal


class NoteCall(Command): ...


class ShipOrder(Command): ...


class ChargeCard(Intent[Never]):
    order_id: OrderId
    amount: Decimal
    reference: str


class OrderBase(State):
    order_id: OrderId
    customer: str
    lines: tuple[Line, ...]
    total: Decimal
    placed_at: AwareDatetime
    calls: int = 0


class OrderNew(OrderBase):
    kind: Literal[OrderKind.NEW] = OrderKind.NEW

    @classmethod
    @start
    def begin(cls, event: BeginOrder, ctx: Context) -> tuple["OrderNew", NoIntent]:
        total = sum((line.price for line in event.lines), Decimal(0))
        order = cls(order_id=event.order_id, customer="c-1", lines=event.lines, total=total, placed_at=ctx.now)
        return order, NoIntent()

    @transition
    def pay(self, event: PayOrder) -> tuple["OrderPaid", ChargeCard]:
        paid = OrderPaid(
            order_id=self.order_id, customer=self.customer, lines=self.lines, total=self.total, placed_at=self.placed_at
        )
        return paid, ChargeCard(order_id=self.order_id, amount=event.amount, reference="invoice")

    @transition
    def call(self, event: NoteCall) -> tuple[Self, NoIntent]:
        return self.evolve(calls=self.calls + 1), NoIntent()


class OrderPaid(OrderBase):
    kind: Literal[OrderKind.PAID] = OrderKind.PAID

    @transition
    def ship(self, event: ShipOrder) -> tuple["OrderShipped", NoIntent]:
        return OrderShipped(order_id=self.order_id), NoIntent()


class OrderShipped(FinalState):
    kind: Literal[OrderKind.SHIPPED] = OrderKind.SHIPPED
    order_id: OrderId


OrderState = Annotated[OrderNew | OrderPaid | OrderShipped, Field(discriminator="kind")]
OrderEvent = BeginOrder | PayOrder | NoteCall | ShipOrder
order = Machine[OrderState, OrderEvent](name="order")
