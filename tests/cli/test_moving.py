"""``export --move`` while a worker serves the source: no one of a family takes a step for one that has left."""

import subprocess
import sys

import pytest

from telic.cli import carrying
from tests.cli.conftest import ROOT

APP = ("--app", "tests.cli.lineage:system")
ANN = ("--actor", "ann")


@pytest.fixture
def family(telic, file):
    """A desk that waits for its check; gives the id of the check."""
    where = (*APP, "--store", file)
    telic("start", "Open", "--id", "d-1", "-m", "desk", *where)
    telic("send", "d-1", "Have", "-d", '{"what": "roof"}', "-m", "desk", *where)
    telic("worker", "--burst", *where)
    return telic("ls", "-m", "check", *where, "--json").data()[0]["id"]


def test_a_child_that_would_end_between_its_parent_and_itself_ends_where_both_have_gone(
    telic, file, family, tmp_path, monkeypatch
):
    lines, there = tmp_path / "family.jsonl", f"sqlite:///{tmp_path / 'there.db'}"
    line_of = carrying.line_of

    def served_meanwhile(archived):
        where = [*APP, "--store", file]
        for command in (["send", family, "Decide", "-m", "check"], ["worker", "--burst"]):
            subprocess.run([sys.executable, "-m", "telic", *command, *where], cwd=ROOT, check=False)
        return line_of(archived)

    monkeypatch.setattr(carrying, "line_of", served_meanwhile)
    assert telic("export", "--move", *ANN, *APP, "--store", file, "-O", lines).code == 0
    here, over = (*APP, "--store", file), (*APP, "--store", there)
    assert telic("show", family, "-m", "check", *here, "--json").data()["status"] == "paused"
    assert telic("import", lines, *ANN, *over).code == 0
    for machine in ("desk", "check"):
        telic("outbox", "release", "--all", "--yes", "-m", machine, *ANN, *over)
        telic("resume", "--status", "paused", "-m", machine, *ANN, *over)
    telic("send", family, "Decide", "-m", "check", *over)
    telic("worker", "--burst", *over)
    assert telic("show", family, "-m", "check", *over, "--json").data()["status"] == "ended"
    assert "CheckPassed" in telic("history", "d-1", "-m", "desk", *over).out
