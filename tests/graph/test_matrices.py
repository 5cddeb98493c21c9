"""The matrix: what each state does with each event, verdicts and ignored facts included."""

from telic.graph import matrix
from tests.graph.fulfilment import fulfilment


def test_every_pair_of_the_table_has_its_cell():
    found = matrix(fulfilment)
    assert found.states == ("(start)", "Reviewed", "Fulfilling", "Done", "Lost")
    assert found.events[-1] == "IntentFailed[Charge]"
    assert found.cell("(start)", "Place") == "Reviewed | Reject"
    assert found.cell("Fulfilling", "Pick") == "Fulfilling | Reject"
    assert found.cell("Lost", "Charged") == "ignored"
    assert found.cell("Done", "Pick") == ""


def test_markdown_escapes_its_own_sign():
    first = matrix(fulfilment).markdown().splitlines()[2]
    assert first.startswith("| (start) | Reviewed \\| Reject |")


def test_as_text_the_longer_side_goes_down():
    lines = matrix(fulfilment).text().splitlines()
    assert lines[0].split() == ["(start)", "Reviewed", "Fulfilling", "Done", "Lost"]
    assert lines[1].startswith("Place ")
    assert len(lines) == 1 + len(matrix(fulfilment).events)
