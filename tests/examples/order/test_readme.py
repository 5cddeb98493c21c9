"""The commands of the order's README, run in their order: real workers, and a real ``kill -9``."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from examples.order.__main__ import main
from tests.docs.sessions import Said, session
from tests.services import postgres_database

ROOT = Path(__file__).parents[3]
README = ROOT / "examples" / "order" / "README.md"
EXAMPLE = ["python", "-m", "examples.order"]
LIMIT_SECONDS = 60


class Terminal:
    """Types commands as a reader would; what runs in the background is a process of its own.

    Commands that end at once are called in this process, since twenty interpreters take longer to
    start than all that they do. Workers and everything of the shell are real.
    """

    def __init__(self, capsys):
        self.capsys = capsys
        self.workers = []

    def type(self, command):
        if command.endswith("&"):
            words = [sys.executable, *shlex.split(command.removesuffix("&"))[1:]]
            self.workers.append(subprocess.Popen(words, env=os.environ | {"PYTHONPATH": str(ROOT)}))
            return ""
        words = shlex.split(command)
        if words[:3] == EXAMPLE:
            anyio.run(main, words[3:])
            said = self.capsys.readouterr()
            return (said.out + said.err).rstrip("\n")
        done = subprocess.run(command, shell=True, check=True, capture_output=True, text=True)
        return done.stdout.rstrip("\n")


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if request.param == "sqlite":
        monkeypatch.delenv("ORDER_STORE", raising=False)
        yield
        return
    with postgres_database() as url:
        monkeypatch.setenv("ORDER_STORE", url)
        yield


@pytest.fixture
def terminal(store, capsys):
    made = Terminal(capsys)
    try:
        yield made
    finally:
        for worker in made.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()


def test_the_page_says_what_happens_when_its_commands_are_typed(terminal):
    said = session(README)
    assert [Said(one.command, terminal.type(one.command)) for one in said] == said
    first, second = terminal.workers
    assert (first.wait(LIMIT_SECONDS), second.wait(LIMIT_SECONDS)) == (-signal.SIGKILL, 0)


def test_the_page_kills_a_worker_and_begins_another():
    commands = [one.command for one in session(README)]
    assert [command for command in commands if command.endswith("&")] == ["python -m examples.order worker &"] * 2
    assert "kill -9 $(cat build/order/worker.pid)" in commands
