"""What is proved of the shop order and of its payment: the whole suite, their worlds, their approved behaviour."""

from decimal import Decimal

from examples.scenarios.shop_order.machine import OrderCleaningUp, OrderCompleted, OrderFailed, order
from examples.scenarios.shop_order.payment import PaymentFailed, PaymentVoiding, payment
from examples.scenarios.shop_order.vocabulary import (
    BeginPayment,
    CardDeclined,
    CleanUp,
    CustomerId,
    Item,
    OrderId,
    PaymentId,
    PaymentRefused,
    PlaceOrder,
    Sku,
    TrackingNumber,
)
from telic.testing import suite
from telic.verify import Domain, always, ended, eventually, is_, leads_to, sometimes

ID = OrderId("o-1")
TWO = tuple(Item(sku=Sku(name), quantity=1, price=Decimal(10)) for name in ("book", "cup"))
CARTS = (
    PlaceOrder(order_id=ID, customer_id=CustomerId("c-1"), items=TWO),
    PlaceOrder(order_id=ID, customer_id=CustomerId("c-1"), items=(TWO[0], TWO[0])),
    PlaceOrder(order_id=ID),
)
ORDERS = (
    Domain()
    .of(PlaceOrder, CARTS)
    .each(PaymentId, PaymentId("p-1"))
    .each(TrackingNumber, TrackingNumber("t-1"))
    .field(PaymentRefused, "reason", "no money")
    .random("tracking", 0.25)
)
PAYMENTS = (
    Domain().of(BeginPayment, [BeginPayment(order_id=ID, amount=Decimal(20))]).field(CardDeclined, "reason", "no money")
)


def cleaned_whole(world):
    """A failed order whose payment was taken is cleaned up in both ways."""
    state = world.state
    return not isinstance(state, OrderFailed) or state.failed_at == "paying" or set(state.cleaned) == set(CleanUp)


TestShopOrder = suite(
    order,
    domain=ORDERS,
    check=[
        sometimes("an order is completed", is_(OrderCompleted)),
        eventually("every order ends", ended),
        always("what failed after the payment is cleaned up whole", cleaned_whole),
        leads_to("cleaning up ends", is_(OrderCleaningUp), is_(OrderFailed)),
    ],
    graph="shop_order.graph.json",
)
TestShopPayment = suite(
    payment,
    domain=PAYMENTS,
    check=[
        eventually("every payment ends", ended),
        leads_to("a payment in doubt is voided", is_(PaymentVoiding), is_(PaymentFailed)),
    ],
    graph="shop_payment.graph.json",
)
