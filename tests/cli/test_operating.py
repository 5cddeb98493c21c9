"""``pause``, ``resume``, ``cancel``, ``terminate``, ``redrive`` and ``fork``, by ids and by filters."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.cli.conftest import ROOT

ANN = ("--actor", "ann")


@pytest.fixture
def three(shop):
    """Three sales that wait for their cards."""
    for number in range(3):
        shop("start", "Sell", "-d", f'{{"price": {number}}}', "--id", f"s-{number}")


@pytest.mark.usefixtures("three")
def test_ids_are_acted_on_one_by_one(shop):
    ended = shop("pause", "s-0", "s-1", *ANN, "--reason", "stocktaking", "-o", "plain")
    assert ended == (0, "s-0\t\tdone\t\ns-1\t\tdone\t\n", "2 done\n")
    assert shop("show", "s-0", "--json").data()["status"] == "paused"
    assert [one["why"] for one in shop("history", "s-0", "--json").data()] == ["", "stocktaking"]


@pytest.mark.usefixtures("three")
def test_a_filter_finds_them(shop):
    assert shop("pause", "--attribute", "price=2", *ANN).err == "1 done\n"
    assert shop("resume", "--status", "paused", *ANN).err == "1 done\n"
    assert shop("pause", "--kind", "paid", *ANN) == (0, "", "found nothing\n")


@pytest.mark.usefixtures("three")
def test_a_pause_tells_its_reason_by_which_some_go_on_and_others_stay(shop):
    shop("pause", "s-0", *ANN, "--reason", "stocktaking")
    shop("pause", "s-1", *ANN, "--reason", "audit")
    assert "  paused for: audit" in shop("show", "s-1").out.splitlines()
    assert shop("show", "s-1", "--json").data()["paused_for"] == "audit"
    assert "paused for" not in shop("show", "s-2").out
    assert shop("resume", "--status", "paused", "--paused-for", "stocktaking", *ANN).err == "1 done\n"
    assert shop("show", "s-1", "--json").data()["status"] == "paused"


@pytest.mark.usefixtures("three")
def test_a_dry_run_changes_nothing(shop):
    ended = shop("terminate", "--all", "--dry-run", *ANN, "--json")
    assert (ended.code, ended.err, [one["effect"] for one in ended.data()]) == (0, "3 would\n", ["would"] * 3)
    assert shop("ls", "--status", "running", "-o", "plain").out.count("\n") == 3


@pytest.mark.usefixtures("three")
def test_under_an_operation_it_is_done_once(shop):
    assert shop("pause", "s-0", *ANN, "--operation", "o-1").err == "1 done\n"
    assert shop("pause", "--all", *ANN, "--operation", "o-1").err == "1 already, 2 done\n"


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("command", [("cancel", "--reason", "closed"), ("terminate",)])
def test_what_ends_many_needs_a_yes_off_a_terminal(shop, command):
    ended = shop(*command, "--all", *ANN)
    assert (ended.code, ended.out, ended.err) == (
        2, "",
        f"error: expected --yes to {command[0]} all that a filter finds, got none; do try --dry-run first\n",
    )  # fmt: skip
    assert shop(*command, "--all", *ANN, "--yes").err == "3 done\n"


@pytest.mark.usefixtures("three")
def test_one_that_is_named_needs_none(shop):
    assert shop("cancel", "s-0", "--reason", "sold out", *ANN, "--json").data()[0]["effect"] == "done"
    assert shop("show", "s-0", "--json").data()["status"] == "cancelled"


@pytest.mark.usefixtures("three")
def test_a_refusal_ends_with_five_and_the_others_are_done(shop):
    shop("terminate", "s-0", *ANN)
    ended = shop("pause", "--all", *ANN, "-o", "plain")
    assert (ended.code, ended.err) == (5, "1 refused, 2 done\n")
    assert ended.out.splitlines()[0] == (
        "s-0\t\trefused\texpected an instance that goes on, got one that is terminated"
    )


def test_nobody_ends_with_three(shop):
    ended = shop("pause", "nobody", *ANN, "-o", "plain")
    assert (ended.code, ended.out) == (
        3, "nobody\t\trefused\texpected an instance, got the id nobody, which is none\n",
    )  # fmt: skip


def test_ids_or_a_filter_and_not_both(shop):
    ended = shop("pause", *ANN)
    assert (ended.code, ended.err) == (
        2, "error: expected either ids or a filter, got neither; do name ids, or add --all\n",
    )  # fmt: skip
    assert "got both" in shop("pause", "s-0", "--all", *ANN).err


def test_who_acts_has_to_be_named(shop):
    assert shop("pause", "s-0").err.startswith("error: expected the name of who acts, got none")


def test_many_are_told_while_they_are_done(shop, monkeypatch):
    monkeypatch.setattr("telic.cli.progress._EVERY", 2)
    for number in range(3):
        shop("start", "Sell", "-d", '{"price": 1}', "--id", f"s-{number}")
    assert shop("pause", "--all", *ANN).err == "2 so far\n3 done\n"


def test_dead_letters_of_instances_are_redriven(shop, dead):
    dead("s-1")
    assert shop("redrive", "s-1", *ANN, "--dry-run").err == "1 would\n"
    assert shop("redrive", "--kind", "charging", *ANN).err == "1 done\n"
    assert shop("redrive", "s-1", *ANN).err == "found nothing\n"


def test_show_says_what_went_wrong_with_an_intent(shop, dead):
    dead("s-1")
    assert "    after 1 attempt, dead letter: the card machine is on fire" in shop("show", "s-1").out


@pytest.mark.usefixtures("three")
def test_a_fork_is_an_instance_of_its_own(shop):
    data = shop("fork", "s-2", *ANN, "--operation", "o-1", "--json").data()
    assert (data["of"], data["revision"], len(data["aside"]), data["stopped"]) == ("s-2", 1, 1, "")
    assert shop("show", data["id"], "--json").data()["fields"]["price"] == 2
    assert shop("fork", "s-2", *ANN, "--operation", "o-1", "--json").data()["id"] == data["id"]


@pytest.mark.usefixtures("three")
def test_a_fork_that_is_only_tried_is_not_there(shop):
    tried = shop("fork", "s-2", *ANN, "--operation", "o-1", "--dry-run", "--json")
    assert (tried.code, tried.err) == (0, "")
    assert shop("show", tried.data()["id"]).code == 3
    assert shop("fork", "s-2", *ANN, "--operation", "o-1", "--json").data() == tried.data()
    assert shop("fork", "s-2", *ANN, "--operation", "o-1", "--dry-run", "--json").data() == tried.data()


@pytest.mark.usefixtures("three")
def test_a_fork_of_what_has_not_been_is_refused(shop):
    ended = shop("fork", "s-2", "--at", "7", *ANN)
    assert (ended.code, ended.err) == (5, "error: expected a revision from 1 to 1, got 7\n")


@pytest.mark.usefixtures("three")
def test_one_that_nobody_can_read_ends_with_one_and_the_others_are_done(shop, file):
    with closing(sqlite3.connect(file.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE telic_instance SET kind = 'torn' WHERE id = 's-1'")
    ended = shop("pause", "--all", *ANN, "--json")
    assert (ended.code, ended.err) == (1, "2 done, 1 failed\n")
    assert [one["why"].split(":")[0] for one in ended.data() if one["effect"] == "failed"] == ["DecodeError"]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(("answer", "code", "status"), [("n", 130, "running"), ("y", 0, "terminated")])
def test_on_a_terminal_it_asks(shop, file, answer, code, status):
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "telic", "terminate", "--all", *ANN, "--app", "tests.cli.shop:system"]
    try:
        os.write(ours, f"{answer}\n".encode())
        asked = subprocess.run(
            [*command, "--store", file], cwd=ROOT, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, check=False
        )
        assert asked.returncode == code
        assert b"terminate all that the filter finds? [y/N]:" in os.read(ours, 1000)
    finally:
        os.close(ours)
        os.close(theirs)
    assert shop("show", "s-0", "--json").data()["status"] == status
