"""``list``, ``describe``, ``graph`` and ``schema``: what a machine is, for people and for programs."""

import pytest

SHOP = ("--app", "tests.cli.shop:system")


def test_list_shows_the_machines(telic):
    ended = telic("list", *SHOP)
    assert ended == (0, "NAME  VERSION  STATES  EVENTS  INTENTS\ntill  1        4       4       1\n", "")


def test_options_may_stand_before_the_command(telic):
    assert telic(*SHOP, "list", "-o", "plain").out == "till\t1\t4\t4\t1\n"


def test_json_lines_hold_all_of_a_row(telic):
    ended = telic("list", *SHOP, "-o", "jsonl")
    assert ended.out == '{"name": "till", "version": 1, "states": 4, "events": 4, "intents": 1, "perpetual": false}\n'


def test_describe_tells_what_each_state_takes(telic):
    assert telic("describe", *SHOP).out.splitlines() == [
        "till, version 1",
        "",
        "begins",
        "  Sell -> Charging, to do: Charge",
        "  Sell -> Reject",
        "",
        "Charging",
        "  Charged -> Reviewed",
        "",
        "Reviewed",
        "  waits for deadline Lapsed",
        "  waits for task Approve",
        "  Approve -> Paid",
        "  Lapsed -> Refused",
        "",
        "Paid (end)",
        "",
        "Refused (end)",
        "",
        "intents",
        "  Charge is answered by Charged",
    ]


def test_describe_is_data_for_programs(telic):
    data = telic("describe", "till", *SHOP, "--json").data()
    assert data["intents"] == {"Charge": ["Charged"]}
    assert data["states"][1]["waits"] == [{"for": "deadline", "event": "Lapsed"}, {"for": "task", "event": "Approve"}]
    assert data["transitions"][0] == {
        "from": None,
        "event": "Sell",
        "cause": "command",
        "to": "Charging",
        "intents": ["Charge"],
        "verdict": None,
    }


@pytest.mark.parametrize(
    ("form", "first"),
    [
        ("text", "till"),
        ("mermaid", "stateDiagram-v2"),
        ("dot", 'digraph "till" {'),
        ("svg", '<svg xmlns="http://www.w3.org/2000/svg" class="telic"'),
        ("matrix", "          Sell               Approve"),
        ("markdown", "|  | Sell |"),
    ],
)
def test_graph_draws_in_every_form(telic, form, first):
    assert telic("graph", *SHOP, "-f", form).out.startswith(first)


def test_graph_writes_a_file_and_says_so_beside_the_data(telic, tmp_path):
    ended = telic("graph", *SHOP, "-f", "svg", "-O", tmp_path / "till.svg")
    assert (ended.code, ended.out, ended.err) == (0, "", f"wrote {tmp_path / 'till.svg'}\n")
    assert (tmp_path / "till.svg").read_text().endswith("</svg>\n")


def test_graph_says_which_file_it_cannot_write(telic, tmp_path):
    ended = telic("graph", *SHOP, "-O", tmp_path / "none" / "till.svg")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error: expected a file that can be written, got {tmp_path / 'none' / 'till.svg'}: ")


def test_schema_is_that_of_one_event_or_of_all(telic):
    one = telic("schema", *SHOP, "-e", "Sell").data()
    assert one["properties"]["price"]["type"] == "integer"
    assert telic("schema", *SHOP).data()["Sell"] == one


def test_a_misspelt_event_suggests_the_nearest(telic):
    ended = telic("schema", *SHOP, "-e", "Aprove")
    assert ended.code == 3
    assert ended.err == "error: expected an event of machine 'till', got 'Aprove' (did you mean 'Approve'?)\n"


@pytest.mark.parametrize("form", ["text", "mermaid", "dot", "svg"])
def test_graph_marks_where_an_instance_is(shop, charged, form):
    id = charged("s-1")
    plain, marked = shop("graph", "-f", form).out, shop("graph", "-f", form, "--instance", id).out
    assert marked != plain
    assert "Lapsed at " in marked


def test_graph_of_nobody_ends_with_three(shop):
    ended = shop("graph", "--instance", "nobody")
    assert (ended.code, ended.err) == (3, "error: expected an instance of 'till', got no nobody; do telic ls\n")


def test_a_matrix_shows_no_instance(shop):
    ended = shop("graph", "--instance", "s-1", "-f", "matrix")
    assert (ended.code, ended.err) == (
        2, "error: expected a drawing of an instance, got --format matrix; do leave one out\n",
    )  # fmt: skip
