"""Text: each state once, at the end of the shortest way to it."""

from hypothesis import given

from telic.graph import Marks, text
from tests.graph.fulfilment import fulfilment
from tests.graph.pictures import views
from tests.small_order.machine import order


def test_a_machine_is_a_tree_of_lines():
    assert text(order, ascii_only=True).splitlines() == [
        "order",
        "`- PlaceOrder / ChargeCard -> OrderAwaitingPayment (deadline PaymentOverdue)",
        "   |- CardCharged / ReserveStock -> OrderReserving",
        "   |  |- StockReserved / ShipParcel -> OrderShipping",
        "   |  |  `- ParcelShipped -> OrderShipped (end)",
        "   |  `- StockMissing / RefundCard -> OrderRefunding",
        "   |     `- CardRefunded -> OrderCancelled ^",
        "   |- CardDeclined -> OrderCancelled (end)",
        "   `- PaymentOverdue, CancelOrder -> OrderCancelling",
        "      |- CardCharged / RefundCard -> OrderRefunding ^",
        "      `- CardDeclined -> OrderCancelled ^",
    ]


def test_parts_follow_and_marks_stand_before_their_state():
    marks = Marks(frozenset({"Fulfilling", "Lying"}), waiting=("Tell",))
    assert text(fulfilment, marks=marks).splitlines() == [
        "fulfilment",
        "└─ Place / Charge → Reviewed (deadline TooLate, task Approve)",
        "   stays on Approve, TooLate",
        "   ├─ Charged / Tell* → ▶ Fulfilling (holds items, holds money)",
        "   │  waits for Tell",
        "   │  stays on Pick, Count",
        "   │  └─ Settled → Done (end)",
        "   └─ IntentFailed[Charge] → Lost (end)",
        "",
        "items of Fulfilling, any number by key",
        "└─ ▶ Lying",
        "   stays on Count",
        "   └─ Pick → Picked",
        "",
        "money of Fulfilling",
        "└─ Owed (topic Settled)",
        "   └─ Settled → Paid",
    ]


@given(views())
def test_no_state_is_missing_and_the_plain_form_is_ascii(seen):
    lines = text(seen, ascii_only=True)
    assert lines.isascii()
    for node in seen.nodes:
        assert any(
            line.split("->")[-1].strip().removeprefix("|- ").removeprefix("`- ") == node.name for line in _named(lines)
        )


def _named(lines):
    return [line.removeprefix("`- ").strip() for line in lines.splitlines()[1:] if not line.endswith("^")]
