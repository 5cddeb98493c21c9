"""``tasks``: what people have to do, listed, claimed, handed on and answered from the command line."""

import pytest

DESK = ("--actor", "ann", "--group", "desk")


@pytest.fixture
def asked(shop, charged):
    """The id of a sale that waits for somebody of the desk."""
    return charged("s-1")


def test_ls_shows_whom_a_task_asks_and_until_when(shop, asked):
    (row,) = shop("tasks", "ls", "--json").data()
    assert {name: row[name] for name in ("machine", "id", "key", "title", "on", "claimant", "overdue")} == {
        "machine": "till", "id": asked, "key": "Approve", "title": "Look at the sale", "on": "desk",
        "claimant": None, "overdue": False,
    }  # fmt: skip
    assert shop("tasks", "ls").out.split()[:8] == [
        "MACHINE", "ID", "KEY", "TITLE", "ON", "CLAIMANT", "DUE", "PRIORITY",
    ]  # fmt: skip


def test_ls_shows_mine_and_those_of_my_groups(shop, asked):
    assert shop("tasks", "ls", "--group", "kitchen").out == ""
    assert shop("tasks", "ls", "--mine", "--actor", "ann").out == ""
    shop("tasks", "claim", asked, *DESK)
    assert shop("tasks", "ls", "--group", "desk").out == ""
    assert shop("tasks", "ls", "--mine", "--actor", "ann", "-o", "plain").out.split("\t")[5] == "ann"
    assert shop("tasks", "ls", "--due-by", "2020-01-01").out == ""


def test_mine_needs_somebody(shop):
    ended = shop("tasks", "ls", "--mine")
    assert (ended.code, ended.err) == (2, "error: expected whose tasks with --mine, got nobody; do add --actor NAME\n")


def test_ls_pages_and_says_how_it_goes_on(shop, charged):
    first, second = sorted((charged("s-1"), charged("s-2")))
    page = shop("tasks", "ls", "--limit", "1", "-o", "plain")
    told = page.err.removeprefix("there are more; do telic tasks ls --after '").removesuffix("'\n")
    rest = shop("tasks", "ls", "--after", told, "-o", "plain")
    assert {page.out.split("\t")[1], rest.out.split("\t")[1]} == {first, second}
    wrong = shop("tasks", "ls", "--after", "there")
    assert (wrong.code, wrong.err) == (2, "error: expected the next= of a page of tasks, got 'there'\n")


def test_show_has_the_form_and_what_was_done(shop, asked):
    shop("tasks", "claim", asked, *DESK)
    data = shop("tasks", "show", asked, "--json").data()
    assert data["form"]["title"] == "Approve"
    assert [(one["name"], one["actor"]) for one in data["acts"]] == [("claim", "ann")]
    assert "claimant     ann\n" in shop("tasks", "show", asked).out


def test_who_acts_has_to_be_named(shop, asked):
    ended = shop("tasks", "claim", asked)
    assert (ended.code, ended.err) == (
        2, "error: expected the name of who acts, got none; do add --actor NAME, or set TELIC_ACTOR\n",
    )  # fmt: skip


def test_claim_is_for_those_whom_it_asks(shop, asked):
    ended = shop("tasks", "claim", asked, "--actor", "bob", "--json")
    assert (ended.code, ended.data()["result"]) == (5, "not_entitled")
    assert ended.err == "expected desk, got bob; do add --group, or telic tasks assign\n"


def test_what_somebody_has_claimed_is_theirs_until_they_give_it_back(shop, asked):
    assert shop("tasks", "claim", asked, *DESK, "--json").data()["claimant"] == "ann"
    ended = shop("tasks", "complete", asked, "--actor", "bob", "--group", "desk")
    assert (ended.code, ended.err) == (5, "ann has claimed it; do ask them, or telic tasks assign\n")
    assert shop("tasks", "unclaim", asked, "--actor", "ann").code == 0
    assert shop("tasks", "claim", asked, "--actor", "bob", "--group", "desk").code == 0


def test_assign_asks_another_person(shop, asked):
    assert shop("tasks", "assign", asked, "--to", "eve", "--actor", "boss", "--json").data()["on"] == "eve"
    assert shop("tasks", "assign", asked, "--actor", "boss", "--json").data()["on"] == "desk"


def test_a_draft_is_kept_and_thrown_away(shop, asked):
    assert shop("tasks", "draft", asked, *DESK, "-d", '{"half": 1}', "--json").data()["draft"] == {"half": 1}
    assert shop("tasks", "draft", asked, *DESK, "--clear", "--json").data()["draft"] is None


def test_complete_moves_the_instance(shop, asked):
    ended = shop("tasks", "complete", asked, "Approve", *DESK, "--json")
    assert (ended.code, ended.data()["state"], ended.data()["key"]) == (0, "Paid", "Approve")
    again = shop("tasks", "complete", asked, *DESK)
    assert (again.code, again.err) == (3, f"error: expected an open task of {asked}, got none; do telic tasks ls\n")


def test_wrong_fields_end_with_six_and_the_task_stays(shop, asked):
    ended = shop("tasks", "complete", asked, *DESK, "-d", '{"colour": "red"}', "--json")
    assert (ended.code, ended.data()["result"]) == (6, "invalid")
    assert shop("tasks", "ls").out


def test_a_misspelt_key_suggests_the_nearest(shop, asked):
    ended = shop("tasks", "claim", asked, "Aprove", *DESK)
    assert ended.code == 3
    assert ended.err == (
        f"error: expected an open task of {asked}, got no Aprove (did you mean 'Approve'?); do telic tasks ls\n"
    )


def test_a_misspelt_command_suggests_the_nearest(telic):
    ended = telic("tasks", "clam")
    assert (ended.code, ended.err) == (
        2, "error: expected a command of telic tasks, got 'clam' (did you mean 'claim'?); do telic tasks --help\n",
    )  # fmt: skip


def test_tasks_of_all_tenants_are_listed_with_whose_they_are(shop):
    for tenant in ("blue", "green"):
        shop("start", "Sell", "-d", '{"price": 5}', "--id", "s-1", "--tenant", tenant)
        assert shop("worker", "--burst", "--tenant", tenant).code == 0
    assert shop("tasks", "ls").out == ""
    rows = shop("tasks", "ls", "--all-tenants", "-o", "plain").out.splitlines()
    assert sorted(row.split("\t")[:3] for row in rows) == [["blue", "till", "s-1"], ["green", "till", "s-1"]]
