"""What is proved of the fulfilment: nobody pays for what is not shipped."""

from decimal import Decimal

from examples.scenarios.fulfilment.machine import FulfilOrder, OrderId, PaymentId, TrackingId, fulfilment
from telic.patterns import (
    ApprovalDenied,
    ApprovalGiven,
    Approver,
    DecideApproval,
    ResubmitApproval,
    SagaCompleted,
    SagaUndone,
    SettleUndo,
    approvals,
)
from telic.testing import suite
from telic.verify import Domain, ended, eventually, explore, is_, sometimes, weak

SALES, DESK = Approver("head of sales"), Approver("order desk")
ORDERS = (
    Domain()
    .each(OrderId, OrderId("o-1"))
    .each(PaymentId, PaymentId("p-1"))
    .each(TrackingId, TrackingId("t-1"))
    .field(FulfilOrder, "total", Decimal(1000), Decimal(1001))
    .field(ApprovalGiven, "by", ())
    .field(ApprovalDenied, "reason", "too much")
)

# A large order, with the people who decide on it.
TOGETHER = (
    ORDERS.field(FulfilOrder, "total", Decimal(1001))
    .field(DecideApproval, "comment", "too much")
    .field(ResubmitApproval, "about", "Order o-1")
    .each(Approver, SALES, DESK)
    .actors(SALES, DESK)
)

TestFulfilment = suite(
    fulfilment,
    domain=ORDERS,
    check=[
        sometimes("an order is shipped", is_(SagaCompleted)),
        sometimes("an order is undone", is_(SagaUndone)),
        eventually("every order ends once people have settled what they were asked", ended, fair=weak(SettleUndo)),
    ],
    graph="fulfilment.graph.json",
    worlds=349,
)


def test_the_order_and_its_approval_are_proved_together():
    explore(fulfilment, approvals, domain=TOGETHER).assert_ok()
