"""What is proved of the order: the whole suite, its worlds, its approved behaviour."""

from decimal import Decimal

from examples.order.machine import OrderCancelled, OrderRefunding, OrderShipped, order
from examples.order.vocabulary import CancelOrder, OrderId, OrderLine, PlaceOrder, Sku, TrackingNumber
from telic.testing import suite
from telic.verify import Domain, ended, eventually, is_, leads_to, sometimes

ONE = OrderLine(sku=Sku("lamp"), quantity=2, price=Decimal(30))
ORDERS = (
    Domain()
    .of(PlaceOrder, [PlaceOrder(order_id=OrderId("o-1"), lines=lines) for lines in ((ONE,), ())])
    .field(CancelOrder, "reason", "changed my mind")
    .each(TrackingNumber, TrackingNumber("t-1"))
)

TestOrder = suite(
    order,
    domain=ORDERS,
    check=[
        sometimes("an order is shipped", is_(OrderShipped)),
        eventually("every order ends", ended),
        leads_to("who was charged too much is refunded", is_(OrderRefunding), is_(OrderCancelled)),
    ],
    graph="order.graph.json",
    worlds=13,
)
