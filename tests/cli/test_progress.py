"""How far long work has come: a line that changes on a terminal, lines elsewhere, and nothing when quiet."""

import os
import subprocess
import sys

from tests.cli.conftest import ROOT

COMMAND = [sys.executable, "-m", "telic", "replay", "s-1", "--app", "tests.cli.shop:system"]
SELL = ("start", "Sell", "-d", '{"price": 5}', "--id", "s-1")


def on_terminal(file, *options):
    """What a terminal is shown beside the results."""
    ours, theirs = os.openpty()
    try:
        ended = subprocess.run(
            [*COMMAND, "--store", file, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, check=True
        )
        os.write(theirs, b"END")
        return os.read(ours, 100_000).decode(), ended.stdout.decode()
    finally:
        os.close(ours)
        os.close(theirs)


def test_on_a_terminal_a_line_changes_and_is_gone_at_the_end(shop, file):
    shop(*SELL)
    shown, out = on_terminal(file)
    assert "replaying" in shown
    assert "\x1b[2K" in shown
    assert out.startswith("ID ")


def test_nothing_is_told_to_who_wants_results_only(shop, file):
    shop(*SELL)
    assert on_terminal(file, "--quiet")[0] == "END"


def test_elsewhere_there_is_a_line_now_and_then(shop, monkeypatch):
    shop(*SELL)
    monkeypatch.setattr("telic.cli.progress._EVERY", 2)
    assert shop("replay", "s-1", "s-1", "s-1").err == "2 so far\n"
    assert shop("replay", "s-1", "s-1", "s-1", "-q").err == ""
