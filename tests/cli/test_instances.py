"""``start``, ``send``, ``show``, ``history`` and ``replay``, on a file."""

import pytest

SELL = ("start", "Sell", "-d", '{"price": 5}')


@pytest.fixture
def sold(shop):
    """The id of a sale that waits for its card."""
    return shop(*SELL, "--key", "s-1", "--actor", "ann", "--json").data()["id"]


def test_start_says_what_came_of_it(shop):
    data = shop(*SELL, "--key", "s-1", "--json").data()
    assert {name: data[name] for name in ("result", "revision", "state", "intents")} == {
        "result": "started",
        "revision": 1,
        "state": "Charging",
        "intents": ["Charge"],
    }


def test_a_second_start_under_a_key_is_known_again(shop, sold):
    again = shop(*SELL, "--key", "s-1", "--json")
    assert (again.code, again.data()["result"], again.data()["id"]) == (0, "duplicate", sold)


def test_start_takes_a_key_or_an_id_and_not_both(shop):
    neither = shop(*SELL)
    assert (neither.code, neither.err) == (2, "error: expected either --key or --id, got none\n")
    both = shop(*SELL, "--key", "a", "--id", "b")
    assert (both.code, both.err) == (2, "error: expected either --key or --id, got both\n")


def test_a_refusal_ends_with_five_and_its_reason(shop):
    refused = shop("start", "Sell", "-d", '{"price": -1}', "--id", "s", "--json")
    assert refused.code == 5
    assert refused.data() == {"id": "s", "result": "rejected", "reasons": ["nothing costs less than nothing"]}


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        ("{}", 6, "expected the fields of Sell: Sell.price: Field required, got {}"),
        ("5", 6, "expected an object in --data, got '5'"),
        ("@nowhere.json", 2, "expected a file of JSON, got nowhere.json: No such file or directory"),
    ],
)
def test_wrong_data_is_said_and_nothing_begins(shop, data, code, said):
    ended = shop("start", "Sell", "-d", data, "--id", "s")
    assert (ended.code, ended.err) == (code, f"error: {said}\n")
    assert shop("ls").out == ""


def test_json_that_is_none_is_said_with_the_place(shop):
    ended = shop("start", "Sell", "-d", "{", "--id", "s")
    assert ended.code == 6
    assert ended.err.startswith("error: expected JSON in --data, got '{': ")


def test_data_may_come_from_a_file(shop, tmp_path):
    (tmp_path / "sale.json").write_text('{"price": 7}')
    assert shop("start", "Sell", "-d", f"@{tmp_path / 'sale.json'}", "--id", "s").code == 0


def test_show_is_the_one_list_of_what_an_instance_waits_for(shop, sold):
    page = shop("show", sold).out.splitlines()
    assert page[0].startswith(f"{sold}  Charging  running  revision 1  ")
    since = page[0].split("  ")[-1]
    assert page[1:] == ["  price: 5", "waits for", f"  answer Charge: on worker, since {since}"]


def test_show_is_data_for_programs(shop, sold):
    data = shop("show", sold, "--json").data()
    assert (data["state"], data["fields"], data["key"]) == ("Charging", {"kind": "charging", "price": 5}, "s-1")
    assert [one["what"] for one in data["waits"]] == ["Charge"]


def test_show_of_nothing_ends_with_three(shop):
    ended = shop("show", "nobody")
    assert (ended.code, ended.err) == (3, "error: expected an instance of 'till', got no nobody; do telic ls\n")


def test_history_tells_every_record(shop, sold):
    rows = shop("history", sold, "-o", "plain").out.splitlines()
    assert [row.split("\t")[2:6] for row in rows] == [["Sell", "started", "charging", "ann"]]
    assert "ann->>M: Sell" in shop("history", sold, "--sequence").out


def test_send_may_be_tried_first(shop, sold):
    tried = shop("send", sold, "Cancel", "-d", '{"reason": "no"}', "--dry-run")
    assert tried.code == 3  # a machine without a transition for it has no such event
    tried = shop("send", sold, "Approve", "--dry-run", "--json")
    assert (tried.code, tried.data()["result"], tried.data()["dry_run"]) == (5, "rejected", True)


def test_send_minds_the_revision(shop, sold):
    ended = shop("send", sold, "Approve", "--if-revision", "7", "--json")
    assert (ended.code, ended.data()["result"]) == (5, "conflict")


def test_a_fact_that_nobody_asked_for_is_refused(shop, sold):
    ended = shop("send", sold, "Charged", "--json")
    assert (ended.code, ended.data()["result"]) == (5, "unasked")


def test_send_to_nobody_ends_with_three(shop):
    ended = shop("send", "nobody", "Approve")
    assert (ended.code, ended.err) == (3, "no instance nobody; do telic ls\n")


def test_replay_agrees_with_the_code_that_wrote(shop, sold):
    ended = shop("replay", sold, "--verify", "-o", "plain")
    assert (ended.code, ended.out) == (0, f"{sold}\t1\tsame\t0\t\t\n")


def test_show_at_a_revision_is_what_it_was(shop, sold):
    assert shop("show", sold, "--at", "1", "--json").data()["revision"] == 1
    ended = shop("show", sold, "--at", "2")
    assert (ended.code, ended.err) == (3, "error: expected a revision up to 1, got 2\n")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "mysql://x",
            "expected --store sqlite:///file.db, postgresql://user@host/database or memory:, got 'mysql://x'",
        ),
        (
            "sqlite://shop.db",
            "expected sqlite:///relative.db or sqlite:////absolute.db, got 'sqlite://shop.db'; "
            "do write three slashes and a path",
        ),
    ],
)
def test_a_store_that_is_none_is_said(telic, url, said):
    ended = telic("ls", "--app", "tests.cli.shop:system", "--store", url)
    assert (ended.code, ended.err) == (2, f"error: {said}\n")


def test_a_file_that_cannot_be_opened_ends_with_seven(telic, tmp_path):
    ended = telic("ls", "--app", "tests.cli.shop:system", "--store", f"sqlite:///{tmp_path / 'none' / 'shop.db'}")
    assert ended.code == 7


def test_a_machine_needs_a_store(telic):
    ended = telic("ls", "--app", "tests.cli.shop:machine")
    assert ended.code == 2
    assert "do add --store URL" in ended.err


def test_a_refusal_of_telic_is_a_sentence_for_people_and_fields_for_programs(shop, sold):
    refused = ("send", sold, "Sell", "-d", '{"price": 5}')
    assert "\nreasons  expected one of no command in Charging, got Sell\n" in shop(*refused).out
    fields = {"command": "Sell", "state": "Charging", "accepts": []}
    assert shop(*refused, "--json").data()["reasons"] == [fields]


def test_a_machine_alone_is_an_application_with_a_store(telic, file):
    alone = ("--app", "tests.cli.till:till", "--store", file)
    assert telic(*SELL, "--id", "s", "--json", *alone).data()["result"] == "started"
    assert telic("show", "s", "--json", *alone).data()["revision"] == 1
