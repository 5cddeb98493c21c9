"""What is proved of the order and of its parcel: the whole suite, their worlds, their approved behaviour."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Self

from examples.order.machine import OrderCancelled, OrderEscalated, OrderRefunding, OrderShipped, OrderShipping, order
from examples.order.parcel import PackParcel, ParcelDelivered, ParcelMissing, parcel
from examples.order.vocabulary import (
    CancelOrder,
    CardCharged,
    CardRefunded,
    OrderId,
    OrderLine,
    PlaceOrder,
    Sku,
    TrackingNumber,
)
from telic.kernel.events import Event
from telic.testing import suite
from telic.verify import (
    Domain,
    always,
    ended,
    eventually,
    explore,
    is_,
    leads_to,
    sometimes,
)

SMALL = OrderLine(sku=Sku("lamp"), quantity=2, price=Decimal(30))
EDGE = OrderLine(sku=Sku("lamp"), quantity=10, price=Decimal(100))
LARGE = OrderLine(sku=Sku("piano"), quantity=1, price=Decimal(4200))
ORDERS = (
    Domain()
    .of(PlaceOrder, [PlaceOrder(order_id=OrderId("o-1"), lines=lines) for lines in ((SMALL,), (EDGE,), (LARGE,), ())])
    .field(CancelOrder, "reason", "changed my mind")
    .each(TrackingNumber, TrackingNumber("t-1"))
)
PARCELS = (
    Domain()
    .of(PackParcel, [PackParcel(order_id=OrderId("o-1"), lines=(SMALL,))])
    .each(TrackingNumber, TrackingNumber("t-1"))
)


@dataclass(frozen=True)
class Money:
    """What the card was charged for, and not given back."""

    taken: int = 0

    def fold(self, event: Event) -> Self:
        return replace(self, taken=self.taken + isinstance(event, CardCharged) - isinstance(event, CardRefunded))


def is_paid_when_it_has_to_be(world):
    return not ended(world) or world.ghost.taken == isinstance(world.state, OrderShipped)


TestOrder = suite(
    order,
    domain=ORDERS,
    ghost=Money(),
    check=[
        sometimes("an order is shipped", is_(OrderShipped)),
        sometimes("the boss is asked", is_(OrderEscalated)),
        eventually("every order ends", ended),
        leads_to("who was charged too much is refunded", is_(OrderRefunding), is_(OrderCancelled)),
        always("what is shipped is paid, and nothing else", is_paid_when_it_has_to_be),
    ],
    graph="order.graph.json",
    worlds=49,
)
TestParcel = suite(
    parcel,
    domain=PARCELS,
    check=[
        sometimes("a parcel is delivered", is_(ParcelDelivered)),
        sometimes("a parcel is lost", is_(ParcelMissing)),
        eventually("every parcel ends", ended),
    ],
    graph="parcel.graph.json",
    worlds=5,
)


def is_shipping_while_there_is_a_parcel(world):
    return "order/parcel" not in world.others or isinstance(world.state, OrderShipping)


def test_an_order_and_its_parcel_are_proved_together():
    report = explore(
        order,
        parcel,
        domain=ORDERS,
        check=[
            always("a parcel has an order that waits for it", is_shipping_while_there_is_a_parcel),
            sometimes("a parcel is there", lambda world: "order/parcel" in world.others),
        ],
    )
    report.assert_ok()
    assert report.stats.worlds == 64
