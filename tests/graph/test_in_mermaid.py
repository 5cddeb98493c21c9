"""Mermaid: each arrow once, regions nested, nothing that breaks out of a label."""

from examples.loan.machine import loan
from telic.graph import Arrow, Marks, Node, View, mermaid
from telic.graph.in_mermaid import escaped
from telic.graph.views import Cause
from tests.graph.fulfilment import fulfilment


def test_a_machine_with_parts_is_drawn_nested():
    assert mermaid(fulfilment).splitlines() == [
        "stateDiagram-v2",
        "    direction TB",
        '    state "Reviewed" as Reviewed',
        '    state "Fulfilling" as Fulfilling',
        '    state "Done" as Done',
        '    state "Lost" as Lost',
        "    [*] --> Reviewed: Place / Charge",
        "    Reviewed --> Reviewed: task Approve<br/>deadline TooLate",
        "    Reviewed --> Fulfilling: Charged / Tell*",
        "    Reviewed --> Lost: IntentFailed[Charge]",
        "    Fulfilling --> Fulfilling: Pick<br/>Count",
        "    Fulfilling --> Done: Settled",
        "    state Fulfilling {",
        '        state "Lying" as items__Lying',
        '        state "Picked" as items__Picked',
        "        [*] --> items__Lying",
        "        items__Lying --> items__Picked: Pick",
        "        items__Lying --> items__Lying: Count",
        "        --",
        '        state "Owed" as money__Owed',
        '        state "Paid" as money__Paid',
        "        [*] --> money__Owed",
        "        money__Owed --> money__Paid: topic Settled",
        "    }",
        "    Done --> [*]",
        "    Lost --> [*]",
    ]


def test_a_region_of_several_states_stands_apart_and_names_them():
    holders = "PartlySubmitted, Preaccepted, Accepted, Finalized, Granting, Activated, Declined, Cancelled"
    assert f'    state "work, any number by key, in {holders}" as region__work {{' in mermaid(loan).splitlines()


def test_marks_are_classes_and_a_note():
    marks = Marks(frozenset({"Fulfilling"}), frozenset({"Reviewed"}), waiting=("Tell", "Pick of desk: now"))
    assert mermaid(fulfilment, marks=marks).splitlines()[-5:] == [
        "    classDef visited fill:#eff4ff,color:#1f2430",
        "    classDef current fill:#dcfae6,color:#1f2430,stroke:#067647,stroke-width:3px",
        "    class Reviewed visited",
        "    class Fulfilling current",
        "    note right of Fulfilling: waits for Tell, Pick of desk#58; now",
    ]


def test_nothing_breaks_out_of_a_label():
    assert escaped('a;b:"c"\n<d>#') == "a#59;b#58;#quot;c#quot; #lt;d#gt;#35;"


def test_a_name_that_is_no_identifier_gets_one():
    seen = View(
        "v", (Node("Box[int]", "b"),), (Arrow("", "Box[int]", "Go", Cause.COMMAND, "go"),), firsts=("Box[int]",)
    )
    assert mermaid(seen, direction="LR").splitlines() == [
        "stateDiagram-v2",
        "    direction LR",
        '    state "Box[int]" as Box_int_',
        "    [*] --> Box_int_",
        "    [*] --> Box_int_: Go",
    ]
