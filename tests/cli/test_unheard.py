"""Whoever reads a command's output goes away: what only tells ends quietly, what acts says so."""

import os
import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT

ANN = ("--actor", "ann")


@pytest.fixture
def unread(file):
    """Calls ``telic`` with the shop, and with an output that nobody reads."""

    def call(*arguments):
        read, written = os.pipe()
        os.close(read)
        command = [sys.executable, "-m", "telic", *arguments]
        environment = {**os.environ, "TELIC_APP": "tests.cli.shop:system", "TELIC_STORE": file}
        pipes = {"stdout": written, "stderr": subprocess.PIPE, "text": True}
        try:
            return subprocess.run(command, cwd=ROOT, env=environment, **pipes, check=False)
        finally:
            os.close(written)

    return call


@pytest.mark.parametrize("command", [("ls",), ("ls", "--json"), ("export",), ("show", "s-1"), ("check",), ("--help",)])
def test_what_only_tells_ends_quietly(shop, unread, command):
    shop("start", "Sell", "-d", '{"price": 1}', "--id", "s-1")
    ended = unread(*command)
    assert (ended.returncode, ended.stderr) == (130, "")


@pytest.mark.parametrize(
    "command", [("export", "--move", *ANN), ("pause", "--all", *ANN), ("outbox", "release", "--all", "--yes", *ANN)]
)
def test_what_acts_says_that_nobody_has_read_it(shop, unread, command):
    shop("start", "Sell", "-d", '{"price": 1}', "--id", "s-1")
    if command[0] == "outbox":
        shop("export", "--move", *ANN)
    ended = unread(*command)
    assert ended.returncode == 130
    assert ended.stderr.endswith("error: expected a reader to the end, got a closed pipe; do call it again\n")


def test_an_import_does_not_blame_its_file(shop, unread, tmp_path):
    shop("start", "Sell", "-d", '{"price": 1}', "--id", "s-1")
    lines = tmp_path / "sales.jsonl"
    shop("export", "-O", lines)
    ended = unread("import", str(lines), *ANN)
    assert (ended.returncode, "closed pipe" in ended.stderr) == (130, True)


def test_an_export_is_utf_8_and_the_rest_is_told_whatever_the_terminal_speaks(shop, telic, file, tmp_path):
    shop("start", "Sell", "-d", '{"price": 1}', "--id", "sp\u00e4t\u2603")
    where, there = ["--app", "tests.cli.shop:system", "--store"], f"sqlite:///{tmp_path / 'other.db'}"
    command = [sys.executable, "-m", "telic"]
    pipes = {"cwd": ROOT, "env": {**os.environ, "PYTHONIOENCODING": "latin-1"}, "stdout": subprocess.PIPE}
    told = subprocess.run([*command, "export", *where, file], **pipes, check=True).stdout
    assert "sp\u00e4t\u2603" in told.decode()
    taken = subprocess.run([*command, "import", "-", *ANN, *where, there], input=told, **pipes, check=True).stdout
    assert taken == b"sp\xe4t\\u2603\t\tdone\t\n"
    assert telic("ls", *where, there, "-o", "plain").out.startswith("sp\u00e4t\u2603")
