"""``--wait``, ``--until`` and ``--timeout``: what comes is waited for, and what does not come ends with eight."""

import threading

import pytest

from telic.cli import waiting

SELL = ("start", "Sell", "-d", '{"price": 5}')


@pytest.fixture
def meanwhile(shop, monkeypatch):
    """Does something with the command line when somebody has looked for the first time."""

    def do(*arguments):
        load = waiting._loaded
        looked = []

        async def then_does(runtime, id):
            found = await load(runtime, id)
            if not looked:
                looked.append(id)
                thread = threading.Thread(target=shop, args=arguments)
                thread.start()
                thread.join()
            return found

        monkeypatch.setattr(waiting, "_loaded", then_does)
        monkeypatch.setattr(waiting, "_LOOK_SECONDS", 0)

    return do


def test_a_start_that_waits_tells_where_it_has_come_to(shop, meanwhile):
    meanwhile("worker", "--burst")
    data = shop(*SELL, "--id", "s-1", "--until", "Reviewed", "--timeout", "60", "--json").data()
    assert (data["result"], data["state"], data["status"], data["revision"]) == ("started", "Reviewed", "running", 2)


def test_a_start_that_is_not_taken_waits_for_nothing(shop):
    assert shop("start", "Sell", "-d", '{"price": -1}', "--id", "s", "--wait").code == 5


def test_what_does_not_come_in_time_ends_with_eight_and_says_where_it_stands(shop):
    ended = shop(*SELL, "--id", "s-1", "--wait", "--timeout", "0", "--json")
    assert (ended.code, ended.err) == (
        8, "timed out after 0 s: it is running in Charging; do telic show s-1\n",
    )  # fmt: skip
    assert (ended.data()["result"], ended.data()["state"]) == ("started", "Charging")


def test_send_waits_until_the_instance_is_over(shop, charged):
    id = charged("s-1")
    data = shop("send", id, "Approve", "--wait", "--timeout", "60", "--json").data()
    assert (data["state"], data["status"]) == ("Paid", "ended")


def test_show_waits_and_then_shows(shop, charged):
    id = charged("s-1")
    assert shop("show", id, "--wait", "--timeout", "0").code == 8
    shop("send", id, "Approve")
    assert shop("show", id, "--wait").out.startswith(f"{id}  Paid  ended")


def test_one_that_is_over_elsewhere_ends_with_five(shop, charged):
    id = charged("s-1")
    ended = shop("send", id, "Approve", "--until", "refused")
    assert (ended.code, ended.err) == (5, "it is over (ended) in Paid, and was to come to refused\n")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--until", "Payed"), 3, "expected a state of machine 'till', got 'Payed' (did you mean 'Paid'?)"),
        (("--timeout", "5"), 2, "expected --wait or --until with --timeout, got neither; do add one"),
        (("--wait", "--timeout", "nan"), 2, "expected seconds with --timeout, got nan"),
        (("--wait", "--at", "1"), 2, "expected either --at or --wait, got both"),
    ],
)
def test_what_cannot_be_waited_for_is_said(shop, options, code, said):
    shop(*SELL, "--id", "s-1")
    ended = shop("show", "s-1", *options)
    assert (ended.code, ended.err) == (code, f"error: {said}\n")


def test_nothing_comes_of_what_is_only_tried(shop):
    shop(*SELL, "--id", "s-1")
    ended = shop("send", "s-1", "Approve", "--dry-run", "--wait")
    assert (ended.code, ended.err) == (2, "error: expected either --dry-run or --wait, got both\n")


def test_nothing_is_begun_or_sent_where_no_state_is_called_so(shop, charged):
    id = charged("s-1")
    assert shop(*SELL, "--id", "s-2", "--until", "Payed").code == 3
    assert shop("send", id, "Approve", "--until", "Payed").code == 3
    assert shop("show", "s-2").code == 3
    assert shop("show", id, "--json").data()["state"] == "Reviewed"
