"""``ls``: page by page however many there are, filtered, watched, and by family."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from telic.stores.sqlite.store import SqliteStore
from tests.cli.conftest import ROOT

MANY = 100_000
# Whoever runs the tests in the background may have switched ctrl-C off, and children inherit that.
LISTENING = """
import signal, sys
from telic.cli.entry import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main())
"""


@pytest.fixture
def pages(monkeypatch):
    """How many instances the store was asked for each time, and how many it gave."""
    asked, find = [], SqliteStore.find

    async def counted(self, **query):
        page = await find(self, **query)
        asked.append((query["limit"], len(page.items)))
        return page

    monkeypatch.setattr(SqliteStore, "find", counted)
    return asked


@pytest.fixture
def many(shop, file):
    """A hundred thousand instances: copies of one in the table."""
    shop("start", "Sell", "-d", '{"price": 5}', "--id", "s")
    with closing(sqlite3.connect(file.removeprefix("sqlite:///"))) as connection, connection:
        columns = [
            row[1] for row in connection.execute("PRAGMA table_info(telic_instance)") if row[1] not in ("id", "key")
        ]
        names = ", ".join(columns)
        connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY}) "
            f"INSERT INTO telic_instance (id, {names}) SELECT printf('t-%06d', i), {names} FROM telic_instance, n"
        )


@pytest.mark.usefixtures("many")
def test_a_hundred_thousand_are_shown_a_page_at_a_time(shop, pages):
    first = shop("ls", "-o", "plain")
    assert (first.out.count("\n"), first.err) == (100, "there are more; do telic ls --after t-000099\n")
    assert pages == [(101, 101)]
    pages.clear()
    assert shop("ls", "--limit", "1200", "-o", "jsonl").out.count("\n") == 1200
    assert pages == [(500, 500), (500, 500), (201, 201)]


@pytest.mark.usefixtures("many")
def test_all_of_them_are_told_and_no_page_is_long(shop, pages):
    ended = shop("ls", "--limit", MANY + 1, "-o", "plain")
    assert (ended.out.count("\n"), ended.err) == (MANY + 1, "")
    assert max(given for _, given in pages) == 500


def test_ls_pages_and_filters(shop):
    for number in range(5):
        shop("start", "Sell", "-d", f'{{"price": {number}}}', "--id", f"s-{number}")
    first = shop("ls", "--limit", "2", "-o", "plain")
    assert [line.split("\t")[0] for line in first.out.splitlines()] == ["s-0", "s-1"]
    assert first.err == "there are more; do telic ls --after s-1\n"
    rest = shop("ls", "--after", "s-1", "-o", "plain")
    assert [line.split("\t")[0] for line in rest.out.splitlines()] == ["s-2", "s-3", "s-4"]
    found = shop("ls", "--attribute", "price=3", "--kind", "charging", "--status", "running", "-o", "plain")
    assert found.out.split("\t")[0] == "s-3"
    assert shop("ls", "--parent", "s-1").out == ""


def test_an_attribute_is_a_name_and_a_value(shop):
    ended = shop("ls", "--attribute", "price")
    assert (ended.code, ended.err) == (2, "error: expected --attribute NAME=VALUE, got 'price'\n")


def test_watch_tells_each_that_is_new_or_changes(shop, file):
    shop("start", "Sell", "-d", '{"price": 5}', "--id", "s-1")
    command = [sys.executable, "-c", LISTENING, "ls", "--watch", "--every", "0.05"]
    where = ["--app", "tests.cli.shop:system", "--store", file]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([*command, *where], cwd=ROOT, env=environment, **pipes) as process:
        try:
            assert process.stdout.readline().split("\t")[:4] == ["s-1", "charging", "running", "1"]
            shop("start", "Sell", "-d", '{"price": 5}', "--id", "s-2")
            assert process.stdout.readline().split("\t")[0] == "s-2"
            shop("pause", "s-1", "--actor", "ann")
            assert process.stdout.readline().split("\t")[:4] == ["s-1", "charging", "paused", "2"]
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
            assert process.stderr.read() == "\ninterrupted\n"
        finally:
            process.kill()


def test_the_family_of_one_is_listed_over_all_machines(telic, tmp_path):
    where = ("--app", "tests.cli.lineage:system", "--store", f"sqlite:///{tmp_path / 'family.db'}")
    telic("start", "Open", "--id", "d-1", "-m", "desk", *where)
    telic("send", "d-1", "Have", "-d", '{"what": "roof"}', "-m", "desk", *where)
    assert telic("worker", "--burst", *where).code == 0
    (row,) = telic("ls", "-m", "desk", "--family", "d-1", *where, "--json").data()
    assert (row["machine"], row["parent"], row["root"]) == ("check", "d-1:2:0", ["desk", "d-1"])
    assert telic("ls", "-m", "check", "--parent", "d-1", *where, "--json").data()[0]["id"] == row["id"]
    ended = telic("ls", "-m", "desk", "--family", "d-1", "--kind", "x", *where)
    assert (ended.code, ended.err) == (
        2, "error: expected --family alone, got a filter, --after or --watch beside it\n",
    )  # fmt: skip
