"""The order, from placing it to shipping or refunding it. Read it from top to bottom.

A large order waits for a person first. A cancellation while the card is being charged leads to
``OrderCancelling``, which waits for the answer: the money may have been taken. The parcel is a
child, ``parcel``. What may never be here: a payment; see ``handlers``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field

from examples.order.parcel import ShipParcel
from examples.order.vocabulary import (
    ApprovalOverdue,
    CancelOrder,
    CardCharged,
    CardDeclined,
    CardRefunded,
    ChargeCard,
    DecideOrder,
    OrderEvent,
    OrderId,
    OrderKind,
    OrderLine,
    ParcelLost,
    ParcelShipped,
    PaymentOverdue,
    PlaceOrder,
    RefundCard,
    ReserveStock,
    Seconds,
    StockMissing,
    StockReserved,
    TrackingNumber,
)
from telic import Context, Deadline, FinalState, HumanTask, Machine, NoIntent, Reject, State, start, transition

APPROVAL_LIMIT = Decimal(1000)
ESCALATION_PERIOD = timedelta(days=2)


class OrderBase(State):
    order_id: OrderId
    lines: tuple[OrderLine, ...]

    @property
    def total(self) -> Decimal:
        """What the order costs."""
        return sum((line.price * line.quantity for line in self.lines), Decimal(0))


class OrderUndecided(OrderBase):
    """A person decides; nothing is under way yet, so a cancellation is the end."""

    pay_within_seconds: Seconds
    decide_by: AwareDatetime

    @transition
    def decide(
        self, event: DecideOrder, ctx: Context
    ) -> tuple[OrderAwaitingPayment, ChargeCard] | tuple[OrderCancelled, NoIntent]:
        if event.approved:
            return charged(self, self.pay_within_seconds, ctx.now)
        return OrderCancelled(order_id=self.order_id, lines=self.lines, reason="not approved"), NoIntent()

    @transition
    def cancel(self, event: CancelOrder) -> tuple[OrderCancelled, NoIntent]:
        return OrderCancelled(order_id=self.order_id, lines=self.lines, reason=event.reason), NoIntent()


class OrderAwaitingApproval(OrderUndecided):
    kind: Literal[OrderKind.AWAITING_APPROVAL] = OrderKind.AWAITING_APPROVAL

    @classmethod
    @start
    def place(
        cls, event: PlaceOrder, ctx: Context
    ) -> tuple[OrderAwaitingPayment, ChargeCard] | tuple[OrderAwaitingApproval, NoIntent | Reject]:
        order = cls(
            order_id=event.order_id,
            lines=event.lines,
            pay_within_seconds=event.pay_within_seconds,
            decide_by=ctx.now + timedelta(seconds=event.approve_within_seconds),
        )
        if not event.lines:
            return order, Reject("an order has at least one line")
        if order.total > APPROVAL_LIMIT:
            return order, NoIntent()
        return charged(order, event.pay_within_seconds, ctx.now)

    @transition
    def escalate(self, event: ApprovalOverdue, ctx: Context) -> tuple[OrderEscalated, NoIntent]:
        return OrderEscalated(
            order_id=self.order_id,
            lines=self.lines,
            pay_within_seconds=self.pay_within_seconds,
            decide_by=ctx.now + ESCALATION_PERIOD,
        ), NoIntent()

    def waits(self) -> tuple[HumanTask[DecideOrder], Deadline[ApprovalOverdue]]:
        asked = HumanTask(
            answer=DecideOrder, title=f"Approve {self.order_id}: {self.total}", groups=("sales",), due=self.decide_by
        )
        return asked, Deadline(at=self.decide_by, event=ApprovalOverdue())


class OrderEscalated(OrderUndecided):
    """Nobody has decided in time, so one person is asked, above all else."""

    kind: Literal[OrderKind.ESCALATED] = OrderKind.ESCALATED

    @transition
    def lapse(self, event: ApprovalOverdue) -> tuple[OrderCancelled, NoIntent]:
        return OrderCancelled(order_id=self.order_id, lines=self.lines, reason="not approved in time"), NoIntent()

    def waits(self) -> tuple[HumanTask[DecideOrder], Deadline[ApprovalOverdue]]:
        title = f"OVERDUE: approve {self.order_id}: {self.total}"
        asked = HumanTask(answer=DecideOrder, title=title, assignee="boss", due=self.decide_by, priority=9)
        return asked, Deadline(at=self.decide_by, event=ApprovalOverdue())


class OrderAwaitingPayment(OrderBase):
    kind: Literal[OrderKind.AWAITING_PAYMENT] = OrderKind.AWAITING_PAYMENT
    pay_by: AwareDatetime

    @transition
    def reserve(self, event: CardCharged) -> tuple[OrderReserving, ReserveStock]:
        reserving = OrderReserving(order_id=self.order_id, lines=self.lines)
        return reserving, ReserveStock(order_id=self.order_id, lines=self.lines)

    @transition
    def decline(self, event: CardDeclined) -> tuple[OrderCancelled, NoIntent]:
        return OrderCancelled(order_id=self.order_id, lines=self.lines, reason="declined"), NoIntent()

    @transition
    def lapse(self, event: PaymentOverdue) -> tuple[OrderCancelling, NoIntent]:
        return OrderCancelling(order_id=self.order_id, lines=self.lines, reason="not paid in time"), NoIntent()

    @transition
    def cancel(self, event: CancelOrder) -> tuple[OrderCancelling, NoIntent]:
        return OrderCancelling(order_id=self.order_id, lines=self.lines, reason=event.reason), NoIntent()

    def waits(self) -> tuple[Deadline[PaymentOverdue]]:
        return (Deadline(at=self.pay_by, event=PaymentOverdue()),)


def charged(order: OrderBase, within_seconds: int, now: datetime) -> tuple[OrderAwaitingPayment, ChargeCard]:
    """Ask for the money of an order that may go on."""
    waiting = OrderAwaitingPayment(
        order_id=order.order_id, lines=order.lines, pay_by=now + timedelta(seconds=within_seconds)
    )
    return waiting, ChargeCard(order_id=order.order_id, amount=order.total)


class OrderReserving(OrderBase):
    kind: Literal[OrderKind.RESERVING] = OrderKind.RESERVING

    @transition
    def ship(self, event: StockReserved) -> tuple[OrderShipping, ShipParcel]:
        shipping = OrderShipping(order_id=self.order_id, lines=self.lines)
        return shipping, ShipParcel(order_id=self.order_id, lines=self.lines)

    @transition
    def refund(self, event: StockMissing) -> tuple[OrderRefunding, RefundCard]:
        return refunded(self, "out of stock")


class OrderShipping(OrderBase):
    """The parcel is an instance of its own; how it ends is the answer."""

    kind: Literal[OrderKind.SHIPPING] = OrderKind.SHIPPING

    @transition
    def hand_over(self, event: ParcelShipped) -> tuple[OrderShipped, NoIntent]:
        return OrderShipped(order_id=self.order_id, lines=self.lines, tracking=event.tracking), NoIntent()

    @transition
    def refund(self, event: ParcelLost) -> tuple[OrderRefunding, RefundCard]:
        return refunded(self, "lost on its way")


class OrderShipped(OrderBase, FinalState):
    kind: Literal[OrderKind.SHIPPED] = OrderKind.SHIPPED
    tracking: TrackingNumber


class OrderCancelling(OrderBase):
    """Cancelled, and the answer of the card is still to come."""

    kind: Literal[OrderKind.CANCELLING] = OrderKind.CANCELLING
    reason: str

    @transition
    def refund(self, event: CardCharged) -> tuple[OrderRefunding, RefundCard]:
        return refunded(self, self.reason)

    @transition
    def settle(self, event: CardDeclined) -> tuple[OrderCancelled, NoIntent]:
        return OrderCancelled(order_id=self.order_id, lines=self.lines, reason=self.reason), NoIntent()


class OrderRefunding(OrderBase):
    kind: Literal[OrderKind.REFUNDING] = OrderKind.REFUNDING
    reason: str

    @transition
    def settle(self, event: CardRefunded) -> tuple[OrderCancelled, NoIntent]:
        return OrderCancelled(order_id=self.order_id, lines=self.lines, reason=self.reason), NoIntent()


def refunded(order: OrderBase, reason: str) -> tuple[OrderRefunding, RefundCard]:
    """Give back the money of an order that cannot be fulfilled."""
    refunding = OrderRefunding(order_id=order.order_id, lines=order.lines, reason=reason)
    return refunding, RefundCard(order_id=order.order_id, amount=order.total)


class OrderCancelled(OrderBase, FinalState):
    kind: Literal[OrderKind.CANCELLED] = OrderKind.CANCELLED
    reason: str


OrderState: TypeAlias = Annotated[
    OrderAwaitingApproval
    | OrderEscalated
    | OrderAwaitingPayment
    | OrderReserving
    | OrderShipping
    | OrderShipped
    | OrderCancelling
    | OrderRefunding
    | OrderCancelled,
    Field(discriminator="kind"),
]
order = Machine[OrderState, OrderEvent](name="order", version=1)
