"""``export`` and ``import``: instances as lines of a file, from one database into another."""

import json
import subprocess
import sys
import tracemalloc
from hashlib import sha256

import pytest

from tests.cli.conftest import ROOT

ANN = ("--actor", "ann")
MOVED = ("--paused-for", "moved to the new server")
APP = ("--app", "tests.cli.shop:system")


@pytest.fixture
def other(telic, tmp_path):
    """Calls ``telic`` with the shop on another file."""

    def call(*arguments):
        return telic(*arguments, *APP, "--store", f"sqlite:///{tmp_path / 'other.db'}")

    return call


@pytest.fixture
def three(shop, charged):
    """A sale that waits for a decision, one that waits for its card, and one that is over."""
    shop("send", charged("over"), "Approve")
    reviewed = charged("reviewed")
    shop("start", "Sell", "-d", '{"price": 1}', "--id", "s-1")
    return reviewed


@pytest.fixture
def lines(tmp_path):
    return tmp_path / "sales.jsonl"


def sealed(text):
    """Write the last line anew, as who has written the others would have."""
    *lines, end = text.splitlines(keepends=True)
    before = "".join(lines)
    told = {**json.loads(end), "instances": len(lines) - 1, "digest": sha256(before.encode()).hexdigest()}
    return f"{before}{json.dumps(told)}\n"


def swapped(text):
    """Two instances in another order."""
    heading, one, two, *others = text.splitlines(keepends=True)
    return "".join((heading, two, one, *others))


@pytest.mark.usefixtures("three")
def test_an_export_is_a_heading_a_line_for_each_and_an_end(shop):
    ended = shop("export")
    heading, *instances, end = map(json.loads, ended.out.splitlines())
    assert (ended.code, ended.err) == (0, "3 done\n")
    assert (heading["kind"], heading["format"], list(heading["machines"])) == ("telic export", 1, ["till"])
    before = ended.out.rsplit("\n", 2)[0] + "\n"
    digest = sha256(before.encode()).hexdigest()
    assert end == {"kind": "end of telic export", "instances": 3, "digest": digest}
    (one,) = [line for line in instances if line["id"] == "s-1"]
    assert (one["machine"], one["tenant"], one["image"]["instance"]["status"]) == ("till", "", "running")
    assert [row["intent_id"] for row in one["image"]["intents"]] == ["s-1:1:0"]
    assert shop("ls", "--status", "running", "-o", "plain").out.count("\n") == 2


def test_what_moves_is_carried_out_where_it_went_and_nowhere_else(shop, other, three, lines):
    shop("pause", three, "--reason", "stocktaking", *ANN)
    moved = shop("export", "--move", "--to", "the new server", *ANN, "--operation", "o-1", "-O", lines)
    assert (moved.code, moved.out, moved.err) == (0, "", "3 done\n")
    assert "moved to the new server" in shop("history", "s-1").out
    taken = other("import", lines, *ANN)
    assert (taken.code, taken.err, taken.out.count("\tdone\t")) == (0, "3 done\n", 3)
    assert [side("resume", "--status", "paused", *MOVED, *ANN).err for side in (shop, other)] == ["1 done\n"] * 2
    assert other("show", three, "--json").data()["paused_for"] == "stocktaking"
    for side in (shop, other):
        assert side("resume", "--status", "paused", *ANN).err == "1 done\n"
        assert side("worker", "--burst", "--json").data()["carried_out"] == 0
    unasked = other("outbox", "release", "--all", *ANN)
    assert (unasked.code, unasked.err) == (
        2, "error: expected --yes to release all that a filter finds, got none; do try --dry-run first\n"
    )  # fmt: skip
    assert other("outbox", "release", "--all", "--yes", *ANN).err == "1 done\n"
    assert other("worker", "--burst", "--json").data()["carried_out"] == 1
    assert other("show", "s-1", "--json").data()["state"] == "Reviewed"
    assert shop("show", "s-1", "--json").data()["state"] == "Charging"
    assert other("replay", "s-1", three, "--verify").code == 0
    assert other("ls", "--key", "reviewed", "-o", "plain").out.split("\t")[0] == three


@pytest.mark.usefixtures("three")
def test_twice_is_once_and_another_one_is_refused_with_its_reason(shop, other, lines):
    shop("export", "-O", lines)
    assert other("import", lines, *ANN).err == "3 done\n"
    again = other("import", lines, *ANN)
    assert (again.code, again.err) == (0, "3 already\n")
    assert shop("worker", "--burst").code == 0
    shop("export", "--kind", "reviewed", "-O", lines)
    ended = other("import", lines, *ANN, "-o", "jsonl")
    assert ended.code == 5
    told = {one["id"]: one["effect"] for one in map(json.loads, ended.out.splitlines())}
    assert told["s-1"] == "refused"
    assert sorted(told.values()) == ["already", "refused"]


@pytest.mark.usefixtures("three")
def test_what_is_set_aside_is_told_as_that(shop):
    shop("export", "--move", *ANN)
    (row,) = shop("outbox", "ls", "--json").data()
    assert (row["intent"], row["stands"]) == ("s-1:1:0", "aside")
    assert "set aside; do telic outbox release --of s-1" in shop("show", "s-1").out
    assert shop("outbox", "release", "--of", "s-1", *ANN).code == 0
    assert [row["stands"] for row in shop("outbox", "ls", "--json").data()] == ["open"]
    assert "set aside" not in shop("show", "s-1").out


@pytest.mark.usefixtures("three")
def test_a_filter_chooses_and_what_is_only_tried_changes_nothing(shop, other, lines):
    tried = shop("export", "--move", *ANN, "--kind", "charging", "--dry-run", "-O", lines)
    assert (tried.err, lines.exists()) == ("1 would\n", False)
    assert shop("show", "s-1", "--json").data()["status"] == "running"
    shop("export", "--attribute", "price=1", "-O", lines)
    assert other("import", lines, *ANN, "--dry-run").err == "1 would\n"
    assert other("ls").out == ""
    assert other("import", lines, *ANN).out == "s-1\t\tdone\t\n"


@pytest.mark.usefixtures("three")
def test_standard_output_goes_into_standard_input(shop, file, tmp_path):
    telic = [sys.executable, "-m", "telic"]
    told = shop("export").out
    where = ["--store", f"sqlite:///{tmp_path / 'other.db'}", *APP]
    taken = subprocess.run(
        [*telic, "import", "-", *ANN, *where], cwd=ROOT, input=told, capture_output=True, text=True, check=True
    )
    assert taken.stderr == "3 done\n"


@pytest.mark.usefixtures("three")
def test_what_was_changed_in_a_pipe_is_known_at_its_end(shop, other, tmp_path):
    where = ["--store", f"sqlite:///{tmp_path / 'other.db'}", *APP]
    told = swapped(shop("export").out)
    taken = subprocess.run(
        [sys.executable, "-m", "telic", "import", "-", *ANN, *where],
        cwd=ROOT, input=told, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (taken.returncode, "line 5: expected lines of digest " in taken.stderr) == (6, True)
    assert {row["status"] for row in other("ls", "--json").data()} <= {"paused", "ended"}


def test_tenants_go_together_and_stay_apart(shop, other, lines):
    for tenant in ("blue", "green"):
        shop("start", "Sell", "-d", '{"price": 1}', "--id", "s-1", "--tenant", tenant)
    assert shop("export", "-O", lines).err == "found nothing\n"
    assert shop("export", "--all-tenants", "-O", lines).err == "2 done\n"
    assert other("import", lines, *ANN).err == "2 done\n"
    assert [other("ls", "--tenant", one, "-o", "plain").out[:3] for one in ("blue", "green")] == ["s-1", "s-1"]
    assert other("ls").out == ""
    shop("export", "--tenant", "blue", "-O", lines)
    assert other("import", lines, *ANN, "--tenant", "red").err == "1 done\n"
    assert other("show", "s-1", "--tenant", "red", "--json").data()["status"] == "paused"


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('"format": 1', '"format": 2'), "line 1: expected format 1, got 2 of telic "),
        (lambda text: "{}\n", "line 1: expected the heading of an export, got '{}\\n'"),
        (lambda text: "", "line 1: expected the heading of an export, got ''"),
        (
            lambda text: sealed(text.split("\n", 1)[0] + "\n{}\n" + text.splitlines()[-1]),
            "line 2: expected an instance, got at machine: Field required",
        ),
        (lambda text: text[:-300], "expected the last line of an export, got the end after 3 instances"),
        (lambda text: text[:-60], "line 5: expected the last line of an export, got "),
        (swapped, "line 5: expected lines of digest "),
        (lambda text: text.replace('"actor":""', '"actor":"eve"', 1), "line 5: expected lines of digest "),
        (lambda text: text.replace("\n", "\r\n"), "they were changed since; do export them once more"),
        (lambda text: text.rsplit(", ", 1)[0] + "}\n", "line 5: expected the last line of an export, got "),
        (lambda text: text.rsplit("\n", 2)[0] + "\n", "expected the last line of an export, got the end after 3 in"),
        (lambda text: text.replace('"instances": 3', '"instances": 4'), "line 5: expected the end after 4 instances"),
        (lambda text: text.replace('"instances": 3', '"instances": "x"'), "line 5: expected the last line of an exp"),
        (lambda text: text[:-5], "line 5: expected the last line of an export, got "),
        (lambda text: text * 2, "line 6: expected nothing after the end of an export, got "),
        (lambda text: text.replace('"machines": {', '"machines": [], "others": {'), "line 1: expected the machines of"),
        (
            lambda text: sealed(text.replace('{"till": {', '{"till": 7, "other": {')),
            "line 1: expected the fingerprint of mach",
        ),
        (
            lambda text: sealed(text.replace('"state_hash":"', '"state_hash":"zz')),
            "got at image.journal: a state_hash that is",
        ),
    ],
)
def test_what_is_no_whole_export_ends_with_six(shop, other, lines, change, said):
    shop("export", "-O", lines)
    lines.write_text(change(lines.read_text()))
    ended = other("import", lines, *ANN)
    assert (ended.code, said in ended.err) == (6, True), ended.err
    assert other("ls").out == ""


@pytest.mark.usefixtures("three")
def test_a_journal_that_today_s_code_does_not_follow_is_taken_in_only_unseen(shop, other, lines):
    shop("export", "--kind", "charging", "-O", lines)
    lines.write_text(sealed(lines.read_text().replace('"outcome":"started"', '"outcome":"rejected"')))
    ended = other("import", lines, *ANN)
    assert (ended.code, "expected a journal that today's code follows" in ended.out) == (5, True)
    assert other("import", lines, *ANN, "--no-replay").err == "1 done\n"


@pytest.mark.usefixtures("three")
def test_another_machine_than_where_they_come_from_is_said(shop, other, lines):
    shop("export", "-O", lines)
    heading, rest = lines.read_text().split("\n", 1)
    lines.write_text(sealed(heading.replace('"charging"', '"paying"') + "\n" + rest))
    assert other("import", lines, *ANN, "--dry-run").err.startswith(
        "machine till is another one than where they come from: "
    )


def test_what_is_missing_is_said(shop, telic, lines):
    shop("ls")
    assert shop("export", "--move").err.startswith("error: expected the name of who acts, got none")
    ended = shop("export", "--move", "--status", "running", *ANN)
    assert (ended.code, ended.err.split(",")[0]) == (2, "error: expected with --move what finds them a second time")
    ended = shop("export", "--move", *ANN, "-O", lines.parent)
    assert (ended.code, ended.err.split(",")[0]) == (2, "error: expected the name of a file")
    ended = telic("export", *APP, "--store", f"sqlite:///{lines}.db")
    assert (ended.code, ended.err) == (3, f"error: expected a database to export from, got no file {lines}.db\n")
    ended = shop("export", "--to", "x")
    assert (ended.code, ended.err) == (2, "error: expected --move with --to and --operation, got none; do add it\n")
    ended = shop("import", lines, *ANN)
    assert (ended.code, ended.err) == (3, f"error: expected an export, got {lines}: No such file or directory\n")
    ended = shop("export", "-O", lines / "x")
    assert (ended.code, ended.err) == (
        2,
        f"error: expected a file that can be written, got {lines}/x: No such file or directory\n",
    )


def test_a_file_is_there_only_when_it_is_complete(shop, lines, monkeypatch):
    shop("start", "Sell", "-d", '{"price": 1}', "--id", "s-1")
    lines.write_text("what was there before")
    monkeypatch.setattr("telic.cli.carrying.line_of", lambda archived: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shop("export", "-O", lines)
    assert lines.read_text() == "what was there before"
    assert not list(lines.parent.glob(".*.part"))


@pytest.mark.usefixtures("three")
def test_many_are_told_while_they_go(shop, lines, monkeypatch):
    monkeypatch.setattr("telic.cli.progress._EVERY", 2)
    assert shop("export", "-O", lines).err == "2 so far\n3 done\n"


def test_no_more_than_a_few_instances_are_held_at_a_time(shop, other, lines, copied):
    shop("start", "Sell", "-d", '{"price": 5}', "--id", "s")
    copied(2000)
    tracemalloc.start()
    try:
        assert shop("export", "-O", lines, "-q").code == 0
        assert other("import", lines, *ANN, "-q", "--dry-run").code == 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert lines.read_text().count("\n") == 2003
    assert peak < 3_000_000  # with all of them it would be half as much again
