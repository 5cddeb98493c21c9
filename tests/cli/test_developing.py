"""``dev``: a file, samples and a worker in one process, until ctrl-C."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

SHOP = ("--app", "tests.cli.shop:system")


@contextmanager
def developing(gate, *options):
    """The command as a process, whose handler says when it begins, and ends when the gate is there."""
    command = [sys.executable, "-m", "telic", "dev", "--app", "tests.cli.slow:system", *map(str, options)]
    environment = {**os.environ, "TELIC_TEST_GATE": str(gate)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "sample.jsonl"
    path.write_text(
        '{"event": "Sell", "data": {"price": 5}, "key": "s-1"}\n\n{"event": "Sell", "data": {"price": -5}}\n'
    )
    return path


def told(process, count):
    return [process.stderr.readline() for _ in range(count)]


def test_samples_are_worked_off_until_ctrl_c(telic, sample, tmp_path):
    file, gate = tmp_path / "dev.db", tmp_path / "gate"
    with developing(gate, "--db", file, "--sample", sample) as process:
        assert told(process, 3) == [
            "sample: 1 started, 1 rejected\n",
            "serving till; do press ctrl-C to stop\n",
            f"do telic ls --store sqlite:///{file}\n",
        ]
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        gate.touch()
        assert process.wait(30) == 0
        assert process.stderr.read().endswith("stopped\n")
    (row,) = telic("ls", *SHOP, "--store", f"sqlite:///{file}", "--json").data()
    assert row["kind"] == "reviewed"
    with developing(gate, "--db", file, "--sample", sample) as process:
        assert told(process, 1) == ["sample: 1 duplicate, 1 rejected\n"]


def test_without_a_file_nothing_is_left(telic, sample, tmp_path):
    gate = tmp_path / "gate"
    with developing(gate, "--sample", sample) as process:
        url = told(process, 3)[-1].split()[-1]
        assert telic("ls", *SHOP, "--store", url, "-o", "plain").out.count("\n") == 1
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        gate.touch()
        assert process.wait(30) == 0
    assert not Path(url.removeprefix("sqlite:///")).parent.exists()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("what", 6, 'line 1 of the sample: expected {"event": ..., "data": {...}}, got \'what\''),
        (
            '{"event": "Sel"}',
            3,
            "line 1 of the sample: expected an event of machine 'till', got 'Sel' (did you mean 'Sell'?)",
        ),
        (
            '{"event": "Sell", "machine": "tll"}',
            3,
            "line 1 of the sample: expected a machine 'tll', got none (did you mean 'till'?)",
        ),
    ],
)
def test_a_sample_that_is_none_is_said_with_its_line(telic, tmp_path, line, code, said):
    (tmp_path / "sample.jsonl").write_text(line)
    ended = telic("dev", *SHOP, "--db", tmp_path / "dev.db", "--sample", tmp_path / "sample.jsonl")
    assert (ended.code, ended.err) == (code, f"error: {said}\n")


def test_a_sample_that_is_not_there_ends_with_three(telic):
    ended = telic("dev", *SHOP, "--sample", "nowhere.jsonl")
    assert (ended.code, ended.err) == (
        3, "error: expected a file of samples, got nowhere.jsonl: No such file or directory\n",
    )  # fmt: skip
