"""What is proved of the fulfilment: nobody pays for what is not shipped."""

from decimal import Decimal

from examples.scenarios.fulfilment.machine import FulfilOrder, OrderId, PaymentId, TrackingId, fulfilment
from telic.patterns import ApprovalDenied, ApprovalGiven, SagaCompleted, SagaUndone, SettleUndo
from telic.testing import suite
from telic.verify import Domain, ended, eventually, is_, sometimes, weak

ORDERS = (
    Domain()
    .each(OrderId, OrderId("o-1"))
    .each(PaymentId, PaymentId("p-1"))
    .each(TrackingId, TrackingId("t-1"))
    .field(FulfilOrder, "total", Decimal(1000), Decimal(1001))
    .field(ApprovalGiven, "by", ())
    .field(ApprovalDenied, "reason", "too much")
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
