"""Each end of a command has its code, and each code a command that ends so."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from telic.cli.exits import Exit
from tests.cli.conftest import ROOT, Ended
from tests.cli.test_listing import LISTENING

SELL = ("start", "Sell", "-d", '{"price": 5}', "--id", "s-1")
TRIED = {
    Exit.OK: lambda shop, telic, file: shop("ls"),
    Exit.INTERNAL: lambda shop, telic, file: _torn(shop, file),
    Exit.USAGE: lambda shop, telic, file: shop("ls", "--limit", "0"),
    Exit.NOT_FOUND: lambda shop, telic, file: shop("show", "nobody"),
    Exit.REFUSED: lambda shop, telic, file: shop("start", "Sell", "-d", '{"price": -1}', "--id", "s"),
    Exit.INVALID: lambda shop, telic, file: shop("start", "Sell", "-d", '{"price": "x"}', "--id", "s"),
    Exit.UNAVAILABLE: lambda shop, telic, file: telic("ls", "-a", "tests.cli.shop:system", "-s", _no_database(file)),
    Exit.TIMED_OUT: lambda shop, telic, file: shop(*SELL, "--wait", "--timeout", "0"),
    Exit.PROBLEMS: lambda shop, telic, file: telic("check", "--app", "tests.cli.domains:impure"),
    Exit.INTERRUPTED: lambda shop, telic, file: _interrupted(shop, file),
}


def _no_database(file):
    place = Path(file.removeprefix("sqlite:///"))
    place.write_text("no database " * 100)
    return file


def _torn(shop, file):
    """An instance whose row nobody can read."""
    shop(*SELL)
    with closing(sqlite3.connect(file.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE telic_instance SET kind = 'torn'")
    return shop("pause", "--all", "--actor", "ann")


def _interrupted(shop, file):
    shop(*SELL)
    follow = ("history", "s-1", "--follow", "-o", "plain", "--app", "tests.cli.shop:system", "--store", file)
    command = [sys.executable, "-c", LISTENING, *follow]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, **pipes) as process:
        try:
            assert process.stdout.readline()
            process.send_signal(signal.SIGINT)
            return Ended(process.wait(30), "", "")
        finally:
            process.kill()


@pytest.mark.parametrize("exit_", list(Exit), ids=lambda one: one.name)
def test_a_command_ends_so(exit_, shop, telic, file):
    assert TRIED[exit_](shop, telic, file).code == exit_


def test_there_is_no_code_for_an_identity_that_is_refused_as_long_as_there_is_no_server():
    assert 4 not in set(Exit)
