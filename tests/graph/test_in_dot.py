"""DOT: a graph with clusters that Graphviz draws."""

import shutil
import subprocess

import pytest

from examples.loan.machine import loan
from telic.graph import Arrow, Marks, Node, View, dot
from telic.graph.views import Cause
from tests.graph.fulfilment import fulfilment
from tests.small_order.machine import order


def test_arrows_carry_their_events_and_intents():
    lines = dot(order).splitlines()
    assert '  "*/" -> "OrderAwaitingPayment" [label="PlaceOrder / ChargeCard"]' in lines
    assert '  "OrderAwaitingPayment" -> "OrderCancelling" [label="PaymentOverdue\\nCancelOrder"]' in lines
    assert '  "OrderShipped" [label="OrderShipped" peripheries=2]' in lines


def test_regions_are_clusters():
    text = dot(fulfilment)
    assert 'subgraph "cluster items" {' in text
    assert 'label="items of Fulfilling, any number by key" style=dashed' in text
    assert '"items/Lying" -> "items/Picked" [label="Pick"]' in text
    assert 'label="IntentFailed[Charge]" color="#b42318"' in text


def test_marks_are_colours():
    text = dot(fulfilment, marks=Marks(frozenset({"Fulfilling"}), frozenset({"Reviewed"}), waiting=("Tell",)))
    assert '"Fulfilling" [label="Fulfilling\\nwaits for Tell" fillcolor="#dcfae6" penwidth=2.4]' in text
    assert 'fillcolor="#eff4ff"' in text


def test_quotes_and_backslashes_are_escaped():
    seen = View('a"b', (Node('x"\\', "x"),), (Arrow("", 'x"\\', "Go", Cause.COMMAND, "go"),))
    assert '"x\\"\\\\"' in dot(seen)
    assert dot(seen).startswith('digraph "a\\"b" {')


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("machine", [order, loan, fulfilment], ids=lambda one: one.name)
def test_graphviz_draws_it(machine):
    drawn = subprocess.run(["dot", "-Tsvg"], input=dot(machine), capture_output=True, text=True, check=False)
    assert drawn.returncode == 0, drawn.stderr
    assert all(cls.__name__ in drawn.stdout for cls in machine.states)
