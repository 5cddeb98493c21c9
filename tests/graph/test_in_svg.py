"""SVG: well formed, escaped, without an address; marks are seen."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from telic.graph import Arrow, Marks, Node, View, svg
from telic.graph.views import Cause
from tests.graph.fulfilment import fulfilment
from tests.graph.pictures import views
from tests.small_order.machine import order

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture):
    return [one.text for one in ET.fromstring(picture).iter(f"{SVG}text")]


def states(picture):
    root = ET.fromstring(picture)
    groups = [one for one in root.iter(f"{SVG}g") if one.get("data-state")]
    return {one.get("data-state"): next(one.iter(f"{SVG}rect")).get("class", "").split() for one in groups}


def test_every_state_event_and_intent_stands_in_the_picture():
    words = texts(svg(order))
    assert {node.__name__ for node in order.states} <= set(words)
    assert {"PlaceOrder", "/ ChargeCard", "CardCharged", "PaymentOverdue"} <= set(words)


@given(views())
def test_any_view_gives_a_document_that_can_be_read(seen):
    assert {node.name for node in seen.nodes} <= set(texts(svg(seen)))


@given(st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable() and text.strip() == text))
def test_names_are_escaped(name):
    seen = View(name, (Node(name, name),), (Arrow("", name, name, Cause.COMMAND, "go"),))
    assert name in texts(svg(seen))


def test_a_picture_names_no_address_but_that_of_its_own_language():
    picture = svg(fulfilment)
    assert picture.count("http") == 1
    assert "<script" not in picture
    assert "url(" not in picture


def test_an_end_has_two_borders():
    root = ET.fromstring(svg(order))
    ends = {
        one.get("data-state")
        for one in root.iter(f"{SVG}g")
        if one.get("data-state") and len(one.findall(f"{SVG}rect")) == 2
    }
    assert ends == {"OrderShipped", "OrderCancelled"}


def test_marks_show_where_an_instance_stands_and_how_it_came_there():
    marks = Marks(
        frozenset({"OrderReserving"}),
        frozenset({"OrderAwaitingPayment", "OrderReserving"}),
        frozenset({("OrderAwaitingPayment", "OrderReserving")}),
        ("ReserveStock",),
    )
    picture = svg(order, marks=marks)
    assert states(picture)["OrderReserving"] == ["state", "visited", "current"]
    assert states(picture)["OrderAwaitingPayment"] == ["state", "visited"]
    assert states(picture)["OrderShipped"] == ["state"]
    assert texts(picture).count("ReserveStock") == 1
    taken = [one for one in ET.fromstring(picture).iter(f"{SVG}path") if "way taken" in one.get("class", "")]
    assert len(taken) == 1


def test_what_is_waited_for_is_said_of_the_whole_and_not_of_its_parts():
    marks = Marks(frozenset({"Fulfilling", "Lying", "Owed"}), waiting=("Tell",))
    picture = svg(fulfilment, marks=marks)
    assert texts(picture).count("Tell") == 1
    assert {"Fulfilling", "Lying", "Owed"} == {name for name, look in states(picture).items() if "current" in look}


def test_the_larger_is_drawn_before_what_lies_in_it():
    picture = svg(fulfilment)
    assert picture.index('data-state="Fulfilling"') < picture.index("items: any number") < picture.index("Lying")
