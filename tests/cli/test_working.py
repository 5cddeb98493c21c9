"""``worker``: in one burst, and as a process of its own that is stopped or killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.cli.conftest import ROOT


@pytest.fixture
def sold(shop):
    shop("start", "Sell", "-d", '{"price": 5}', "--id", "s-1")


@contextmanager
def working(file, gate, *options):
    command = [sys.executable, "-m", "telic", "worker", "--app", "tests.cli.slow:system", "--store", file, *options]
    environment = {**os.environ, "TELIC_TEST_GATE": str(gate)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.usefixtures("sold")
def test_a_burst_does_what_there_is_and_ends(shop):
    ended = shop("worker", "--burst", "--json")
    assert (ended.code, ended.data()) == (0, {"carried_out": 1, "fired": 0, "later": [], "failed": []})
    assert shop("show", "s-1", "--json").data()["state"] == "Reviewed"


@pytest.mark.usefixtures("sold")
def test_a_burst_with_failures_ends_with_nine_and_leaves_them_open(telic, shop, file):
    ended = telic("worker", "--burst", "--app", "tests.cli.slow:burning", "--store", file, "--json")
    assert (ended.code, ended.data()["failed"]) == (9, ["s-1:1:0"])
    assert "Charge s-1:1:0: RuntimeError: the card machine is on fire\n" in ended.err
    assert shop("worker", "--burst").code == 0


def test_a_burst_fires_what_is_due(telic, shop, charged, file):
    id = charged("s-1")
    ended = telic("worker", "--burst", "--app", "tests.cli.slow:late", "--store", file, "--json")
    assert (ended.code, ended.data()["fired"]) == (0, 1)
    assert shop("show", id, "--json").data()["state"] == "Refused"


@pytest.mark.usefixtures("sold")
def test_at_sigterm_what_runs_may_end(shop, file, tmp_path):
    gate = tmp_path / "gate"
    with working(file, gate) as process:
        assert process.stderr.readline() == "serving till; do press ctrl-C to stop\n"
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGTERM)
        gate.touch()
        assert process.wait(30) == 0
        assert process.stderr.read().endswith("stopped\n")
    assert shop("show", "s-1", "--json").data()["state"] == "Reviewed"


@pytest.mark.usefixtures("sold")
def test_what_a_killed_worker_was_at_is_done_by_another(shop, file, tmp_path):
    gate = tmp_path / "gate"
    with working(file, gate, "--lease-seconds", "0.5") as process:
        assert process.stdout.readline() == "begun\n"
        process.kill()
        process.wait()
    with working(file, gate) as process:
        assert process.stdout.readline() == "begun\n"
        gate.touch()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert shop("show", "s-1", "--json").data()["state"] == "Reviewed"


def test_no_room_for_a_handler_is_a_wrong_option(shop):
    assert shop("worker", "--concurrency", "0").code == 2
