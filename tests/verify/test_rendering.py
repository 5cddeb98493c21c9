"""Stories in other forms; the regression test that is written out is run."""

import pytest

from telic.verify import always, ended, eventually, explore
from telic.verify.rendering import json_of, regression_test, sequence_of, state_diagram
from tests.verify import small
from tests.verify.leaky import leaky

REPORT = explore(
    leaky,
    check=[
        eventually("it ends", ended),
        always("nobody is held", lambda world: type(world.state).__name__ != "Held"),
    ],
)
STUCK = REPORT.check("stuck")


def run(source):
    names = {}
    exec(source, names)  # what is written out has to run as it stands
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    test()


def test_a_regression_test_is_red_on_the_machine_that_leaks():
    with pytest.raises(AssertionError, match="stuck: Held: expected an open intent"):
        run(REPORT.regression_test(STUCK))


def test_the_same_test_is_green_on_the_machine_that_is_mended():
    source = REPORT.regression_test(STUCK)
    mended = source.replace("Oid, leaky\n", "Oid, mended\n").replace(" leaky,\n", " mended,\n")
    assert mended.count("mended") == 2
    run(mended)


def test_a_story_against_a_property_must_not_happen():
    source = REPORT.regression_test(REPORT.check("nobody is held"))
    assert "assert retraced.world is None, retraced.text()" in source
    with pytest.raises(AssertionError, match="Open → Held"):
        run(source)


def test_a_regression_test_stands_by_itself_and_tells_its_story():
    lines = REPORT.regression_test(STUCK).splitlines()
    assert lines[:2] == [
        "from telic.verify import How, Move, retrace",
        "from tests.verify.leaky import Charge, Declined, Go, Oid, leaky",
    ]
    assert "def test_till_stuck_held():" in lines
    assert (
        "    # 2. Charge answers Declined(oid=Oid('o-7e11c000-0000-8000-8000-000000000001'), reason='fraud')  Open → Held"
        in lines
    )
    assert lines[-1] == "    assert 'stuck' not in retraced.problems, retraced.text()"


def test_a_check_without_a_story_makes_no_test():
    with pytest.raises(ValueError, match=r"do choose one of report\.failures with a trace"):
        regression_test(REPORT.check("dead transition"), leaky)


def test_a_machine_that_no_module_holds_is_named_with_an_order_to_import_it():
    machine = small.parts(mixed_up=True)
    report = explore(machine)
    assert "m  # do import your machine" in report.regression_test(report.check("stuck"))


def test_a_sequence_diagram_tells_who_does_what():
    assert sequence_of(STUCK.trace, "till").mermaid().splitlines() == [
        "sequenceDiagram",
        "    participant M as till",
        "    People->>M: Go",
        "    Note over M: Open",
        "    M->>Charge: Charge(oid=Oid('o-7e11c000-0000-8000-8000-000000000001'))",
        "    Charge-->>M: Declined",
        "    Note over M: Held",
    ]


def test_a_way_that_never_ends_is_a_loop_or_a_standstill_in_the_diagram():
    text = REPORT.sequence_diagram(REPORT.check("it ends"))
    assert ("    loop again and again" in text) is bool(REPORT.check("it ends").trace.cycle)
    assert "Note over M: and then nothing more, for ever" in text or text.endswith("    end")


def test_a_state_diagram_numbers_the_steps():
    assert state_diagram(STUCK.trace).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> Open: 1. Go",
        "    Open --> Held: 2. Declined",
        "    classDef here stroke-width:3px",
        "    class Held here",
    ]
    assert REPORT.state_diagram(STUCK) == state_diagram(STUCK.trace)


def test_time_and_deadlines_are_told_as_such():
    report = explore(small.parts(mixed_up=True), deadlines="late")
    diagram = report.sequence_diagram(report.check("stuck"))
    assert "    Time->>M: Due" in diagram
    first = json_of(report.check("stuck"))["steps"][1]
    assert (first["how"], first["wait"], first["later_seconds"]) == ("deadline", "parts.y.Due", 86400.0)


def test_the_json_of_a_check_has_every_step_with_the_world_after_it():
    data = json_of(STUCK)
    assert [one["event"]["type"] for one in data["steps"]] == ["Go", "Declined"]
    assert data["steps"][0]["after"]["open"][0]["type"] == "Charge"
    assert data["steps"][1]["intent"]["type"] == "Charge"
    assert data["steps"][1]["after"]["state"] == {"type": "Held", "value": {"kind": "held"}}
    assert (data["cycle"], data["stays"]) == ([], False)
    assert json_of(REPORT.check("mutation"))["steps"] == []
