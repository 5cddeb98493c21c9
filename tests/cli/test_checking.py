"""``check``, ``explore`` and ``diff``: what is proved, and what the program ends with."""

import pytest

STUCK = "tests.cli.domains:stuck"
SHOP = ("--app", "tests.cli.shop:system")


def test_a_sound_machine_is_proved_once_its_values_are_known(telic):
    ended = telic("check", *SHOP, "--domain", "tests.cli.domains:PRICES")
    assert ended.code == 0
    assert ended.out.splitlines()[0].startswith("till: proved: ")


def test_without_values_the_verdict_is_open_and_strict_minds(telic):
    ended = telic("check", *SHOP)
    assert ended.code == 0
    assert ended.out.startswith("till: undetermined: ")
    assert "no domain: Sell.price" in ended.out
    assert telic("check", *SHOP, "--strict").code == 9


def test_a_stuck_machine_ends_with_nine_and_the_shortest_way(telic):
    ended = telic("check", "--app", STUCK)
    assert ended.code == 9
    assert "REFUTED stuck: A: " in ended.out
    assert "1. " in ended.out


def test_check_is_data_for_programs(telic):
    rows = telic("check", "--app", STUCK, "--json").data()
    assert {row["verdict"] for row in rows} == {"proved", "refuted"}
    assert [row["where"] for row in rows if row["verdict"] == "refuted" and row["check"] == "stuck"] == ["A"]


def test_impure_code_is_a_problem(telic):
    ended = telic("check", "--app", "tests.cli.domains:impure")
    assert ended.code == 9
    assert "REFUTED purity: tests/cli/domains.py:" in ended.out


def test_explore_draws_the_story_and_writes_the_test(telic):
    ended = telic("explore", "--app", STUCK, "--story", "--test")
    assert ended.code == 9
    assert "sequenceDiagram" in ended.out
    assert "def test_" in ended.out
    assert telic("explore", "--app", STUCK, "--json").data()["verdict"] == "refuted"


def test_diff_compares_with_a_fingerprint_that_was_kept(telic, tmp_path):
    kept = tmp_path / "till.json"
    saved = telic("diff", kept, "--save", *SHOP)
    assert (saved.code, saved.err) == (0, f"wrote {kept}\n")
    same = telic("diff", kept, *SHOP)
    assert (same.code, same.out, same.err) == (0, "", "till 1 -> till 1: compatible\n")


def test_diff_of_two_machines_names_what_is_lost_and_ends_with_nine(telic):
    ended = telic("diff", "tests.cli.till:till", "tests.cli.shop:machine", "-o", "plain")
    assert ended.code == 9
    assert ended.out


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("nowhere.json", 3, "expected a file with a fingerprint, got nowhere.json: No such file or directory"),
        (
            "pyproject.toml",
            6,
            "expected a fingerprint in pyproject.toml, got something else; do write one with diff --save",
        ),
        ("tests.cli.shop:nothing", 2, "expected a Machine at tests.cli.shop:nothing, got int; do name one"),
    ],
)
def test_diff_says_what_it_cannot_read(telic, place, code, said):
    ended = telic("diff", place, *SHOP)
    assert (ended.code, ended.err) == (code, f"error: {said}\n")


def test_a_domain_has_to_be_one(telic):
    ended = telic("check", *SHOP, "--domain", "tests.cli.shop:nothing")
    assert (ended.code, ended.err) == (2, "error: expected a Domain at tests.cli.shop:nothing, got int; do name one\n")
