"""Views: what there is to draw of a machine."""

import pytest

from examples.signup.classic import classic_signup as classic
from telic.graph import view
from telic.graph.views import Cause, Open
from tests.graph.fulfilment import fulfilment


def test_a_state_knows_what_it_is_open_to_and_what_it_drops():
    seen = view(fulfilment)
    assert seen.node("Reviewed").opens == (Open(Cause.DEADLINE, "TooLate"), Open(Cause.TASK, "Approve"))
    assert seen.node("Lost").ignored == (("Charged", "given back by hand"),)
    assert seen.node("Fulfilling").regions == ("items", "money")
    with pytest.raises(KeyError, match="Nowhere"):
        seen.node("Nowhere")


def test_an_arrow_knows_what_causes_it():
    causes = {one.event: one.cause for one in view(fulfilment).arrows if one.source == "Reviewed"}
    assert causes == {
        "Approve": Cause.TASK,
        "Charged": Cause.FACT,
        "IntentFailed[Charge]": Cause.FAILURE,
        "TooLate": Cause.DEADLINE,
    }


def test_a_region_is_a_machine_of_its_own():
    items, money = view(fulfilment).regions
    assert (items.many, items.holders, items.firsts) == (True, ("Fulfilling",), ("Lying",))
    assert (money.many, [node.name for node in money.nodes]) == (False, ["Owed", "Paid"])
    assert [one.cause for one in money.arrows] == [Cause.TOPIC]


def test_a_hand_written_handle_is_marked_as_coarse():
    assert {one.coarse for one in view(classic).arrows if one.source} == {True}
