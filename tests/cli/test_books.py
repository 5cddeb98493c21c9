"""``outbox`` and ``deadlines``: what is to be done, by whom, and what nobody does any more."""

import sqlite3

import pytest

ANN = ("--actor", "ann")


def test_ls_tells_open_intents_from_dead_letters(shop, dead):
    letter = dead("s-1")
    shop("start", "Sell", "-d", '{"price": 7}', "--id", "s-2")
    rows = shop("outbox", "ls", "--json").data()
    assert {(one["id"], one["name"], one["stands"], one["attempts"]) for one in rows} == {
        ("s-1", "Charge", "dead", 1),
        ("s-2", "Charge", "open", None),
    }
    (row,) = shop("outbox", "ls", "--dead", "--json").data()
    assert (row["intent"], row["problem"], row["crashes"]) == (letter, "the card machine is on fire", 0)


def test_an_intent_that_nobody_can_read_is_told_and_hides_no_other(shop, file):
    for number in (1, 2):
        shop("start", "Sell", "-d", '{"price": 5}', "--id", f"s-{number}")
    with sqlite3.connect(file.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE telic_outbox SET tag = 'Charg' WHERE id = 's-1'")
    connection.close()
    rows = {one["id"]: one for one in shop("outbox", "ls", "--json").data()}
    assert (rows["s-1"]["name"], rows["s-1"]["stands"]) == ("Charg", "unread")
    assert "Charg" in rows["s-1"]["problem"]
    assert rows["s-2"]["stands"] == "open"


def test_dead_letters_go_on_after_a_page(shop, dead):
    first, second = dead("s-1"), dead("s-2")
    page = shop("outbox", "ls", "--dead", "--limit", "1", "-o", "plain")
    assert page.err == f"there may be more; do telic outbox ls --dead --after {first}\n"
    rest = shop("outbox", "ls", "--dead", "--after", first, "-o", "plain")
    assert (rest.out.split("\t")[3], rest.err) == (second, "")


def test_after_is_for_dead_letters(shop):
    ended = shop("outbox", "ls", "--after", "x")
    assert (ended.code, ended.err) == (
        2,
        "error: expected --dead with --after, got none; do add it, or raise --limit\n",
    )


def test_redrive_of_an_intent_leaves_a_trace_and_is_done_once(shop, dead):
    letter = dead("s-1")
    tried = shop("outbox", "redrive", letter, *ANN, "--dry-run", "-o", "plain")
    assert (tried.code, tried.out, tried.err) == (0, f"s-1\t{letter}\twould\t\n", "1 would\n")
    assert (
        shop("outbox", "redrive", letter, *ANN, "--operation", "o-1", "-o", "plain").out == f"s-1\t{letter}\tdone\t\n"
    )
    assert shop("outbox", "redrive", letter, *ANN, "--operation", "o-1").err == "1 already\n"
    assert shop("outbox", "ls", "--dead").out == ""


def test_redrive_of_what_is_no_dead_letter_is_refused(shop, dead):
    letter = dead("s-1")
    shop("outbox", "redrive", letter, *ANN)
    ended = shop("outbox", "redrive", letter, *ANN, "--json")
    assert (ended.code, ended.err) == (5, "1 refused\n")
    assert ended.data()[0]["why"] == f"expected a dead letter, got {letter}, which is none"


def test_redrive_takes_ids_or_all(shop, dead):
    ended = shop("outbox", "redrive", *ANN)
    assert (ended.code, ended.err) == (2, "error: expected either ids of intents or --all, got neither\n")
    assert shop("outbox", "redrive", "x", "--all", *ANN).err.endswith("got both\n")
    assert shop("outbox", "redrive", "--all", *ANN).err == "found nothing\n"
    dead("s-1")
    assert shop("outbox", "redrive", "--all", *ANN).err == "1 done\n"


def test_what_a_fork_asks_for_is_set_aside_until_it_is_released(shop):
    shop("start", "Sell", "-d", '{"price": 5}', "--id", "s-1")
    made = shop("fork", "s-1", *ANN, "--json")
    data = made.data()
    assert made.err == f"its intents are set aside; do telic outbox release --of {data['id']}\n"
    assert shop("outbox", "release", "--of", data["id"], *ANN).err == "1 done\n"
    assert shop("outbox", "release", data["aside"][0], *ANN).code == 5
    both = shop("outbox", "release", "x", "--of", "y", *ANN)
    assert (both.code, both.err) == (
        2,
        "error: expected ids of intents, --of ID, a filter, or --all, got several of these\n",
    )


def test_deadlines_are_listed_with_their_moments(shop, charged):
    assert shop("deadlines", "ls").out == ""
    id = charged("s-1")
    (row,) = shop("deadlines", "ls", "--json").data()
    assert (row["machine"], row["id"], row["key"], row["overdue"]) == ("till", id, "Lapsed", False)
    assert shop("deadlines", "ls", "--by", "2020-01-01").out == ""
    assert shop("deadlines", "ls", "--limit", "1").err == "there may be more; do telic deadlines ls --limit 2\n"


@pytest.mark.parametrize("command", [("outbox", "ls"), ("deadlines", "ls")])
def test_a_machine_that_is_not_there_is_said(shop, command):
    ended = shop(*command, "--machine", "tll")
    assert (ended.code, ended.err) == (3, "error: expected a machine 'tll', got none (did you mean 'till'?)\n")
