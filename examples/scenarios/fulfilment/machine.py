"""Fulfilment of an order, the short way: approve a large one, take the money, reserve, ship.

An order that is placed begins it, by a trigger. Where a step does not succeed, those before it are undone, the
last first. Read it from top to bottom. What may never be here: a payment; see ``handlers``.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from telic import Command, Fact, Intent, TypedId
from telic.kernel.messages import Spawn
from telic.patterns import ApprovalDenied, ApprovalGiven, Approver, Panel, RequestApproval, approvals, saga
from telic.shell.triggers import Trigger

APPROVAL_FROM = Decimal(1000)
ORDER_DESK = Approver("order desk")
HEAD_OF_SALES = Panel[Approver].of(Approver("head of sales"), within=timedelta(days=2))


class OrderId(TypedId):
    """Names one order."""


class PaymentId(TypedId):
    """Names one payment."""


class TrackingId(TypedId):
    """Names one parcel on its way."""


class OrderPlaced(Fact):
    order_id: OrderId
    total: Decimal


class FulfilOrder(Command):
    order_id: OrderId
    total: Decimal


class PaymentTaken(Fact):
    payment_id: PaymentId


class PaymentRefused(Fact):
    """There is no money."""


class PaymentRefunded(Fact):
    """The money is back."""


class ItemsReserved(Fact):
    """They are put aside."""


class ItemsMissing(Fact):
    """There are not enough."""


class ItemsReleased(Fact):
    """They can be sold again."""


class OrderShipped(Fact):
    tracking_id: TrackingId


class AskForApproval(Spawn[ApprovalGiven | ApprovalDenied], machine=lambda: approvals):
    order_id: OrderId

    def begin(self) -> RequestApproval:
        return RequestApproval(about=f"Order {self.order_id}", panels=(HEAD_OF_SALES,), coordinators=(ORDER_DESK,))


class TakePayment(Intent[PaymentTaken | PaymentRefused]):
    order_id: OrderId
    total: Decimal


class RefundPayment(Intent[PaymentRefunded]):
    payment_id: PaymentId


class ReserveItems(Intent[ItemsReserved | ItemsMissing]):
    order_id: OrderId


class ReleaseItems(Intent[ItemsReleased]):
    order_id: OrderId


class ShipOrder(Intent[OrderShipped]):
    order_id: OrderId


def needs_approval(asked: FulfilOrder) -> bool:
    """Say whether the head of sales is asked first."""
    return asked.total > APPROVAL_FROM


fulfilment = (
    saga("fulfilment", FulfilOrder)
    .do(AskForApproval, expect=ApprovalGiven, when=needs_approval)
    .do(TakePayment, expect=PaymentTaken, undo=RefundPayment)
    .do(ReserveItems, expect=ItemsReserved, undo=ReleaseItems)
    .do(ShipOrder)
    .finish(groups=(ORDER_DESK,))
)

fulfil_orders = Trigger(
    "fulfil orders",
    fact=OrderPlaced,
    topic="orders",
    machine=fulfilment,
    event=lambda fact: FulfilOrder(order_id=fact.order_id, total=fact.total),
    key=lambda fact: fact.order_id,
)
