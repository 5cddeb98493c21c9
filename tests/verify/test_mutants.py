"""How many changes of a machine are noticed: with nothing written, and with the behaviour approved."""

from decimal import Decimal

import pytest

from telic.verify import Domain, Verdict, behaviour_of, changes_between, explore, mutate
from tests.small_order.machine import order
from tests.small_order.vocabulary import CancelOrder, OrderId, OrderLine, PlaceOrder, Sku, TrackingNumber

ONE = OrderLine(sku=Sku("lamp"), quantity=2, price=Decimal(30))
ORDERS = (
    Domain()
    .of(PlaceOrder, [PlaceOrder(order_id=OrderId("o-1"), lines=lines) for lines in ((ONE,), ())])
    .field(CancelOrder, "reason", "changed my mind")
    .each(TrackingNumber, TrackingNumber("t-1"))
)
# What no default check can notice, since the machine that comes of it is as sound as the first:
# nothing in the types says which of the two is meant.
A_MATTER_OF_MEANING = {
    "0 becomes 1": "an order costs one more",
    "the transitions for CardCharged and CardDeclined exchange their events": "who pays is refused, twice",
    "the transitions for StockReserved and StockMissing exchange their events": "what is missing is shipped",
    "if not event.lines is negated": "only an empty order is taken",
    "'an order has at least one line' becomes 'an order has at least one line!'": "a text for people",
    "'declined' becomes 'declined!'": "a text for people",
    "'not paid in time' becomes 'not paid in time!'": "a text for people",
    "'out of stock' becomes 'out of stock!'": "a text for people",
}


def rate(found):
    return (found.noticed + found.refused) / found.total


def test_without_a_word_written_every_unsound_change_is_noticed():
    found = mutate(order, lambda one: explore(one, domain=ORDERS).verdict is not Verdict.PROVED)
    assert found.limit is None
    assert {one.description for one in found.survivors} == A_MATTER_OF_MEANING.keys(), found.text()
    assert rate(found) > 0.75


def test_with_the_behaviour_approved_every_change_is_noticed():
    approved = behaviour_of(explore(order, domain=ORDERS))
    found = mutate(order, lambda one: bool(changes_between(approved, behaviour_of(explore(one, domain=ORDERS)))))
    assert found.survivors == (), found.text()


@pytest.mark.parametrize("check", [lambda one: True])
def test_a_check_that_finds_fault_with_the_machine_itself_measures_nothing(check):
    with pytest.raises(ValueError, match="do make it pass first"):
        mutate(order, check)
