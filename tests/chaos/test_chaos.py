"""The short form: all that `make chaos` does, a few times each, in processes of its own."""

import json
import os
import subprocess
import sys

import pytest

from tests.chaos import servers
from tests.house.tree import ROOT
from tests.services import absent

NOTHING = {"lost": 0, "twice": 0, "effects_twice": 0, "stuck": 0}


def run(tmp_path, store):
    """Run it with few kills; return what it says of each scenario, and all that it printed."""
    figures = tmp_path / "chaos.json"
    arguments = ["--kills", "5", "--store", store, "--json", str(figures)]
    told = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *arguments],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    return json.loads(figures.read_text(encoding="utf-8"))["outcomes"]


def breaches(outcomes):
    return {f"{one['scenario']}, {one['store']}": {name: one[name] for name in NOTHING} for one in outcomes}


@pytest.mark.timeout(300)
def test_nothing_is_lost_doubled_or_stuck_in_memory_whatever_call_fails(tmp_path):
    outcomes = run(tmp_path, "memory")
    assert len(outcomes) == 3
    assert all(found == NOTHING for found in breaches(outcomes).values())
    assert all(one["times"] > 50 for one in outcomes)


@pytest.mark.timeout(300)
def test_nothing_is_lost_doubled_or_stuck_in_a_file_whatever_happens_to_its_workers(tmp_path):
    outcomes = run(tmp_path, "sqlite")
    assert len(outcomes) == 14
    assert all(found == NOTHING for found in breaches(outcomes).values())
    assert all(one["records"] > one["instances"] > 0 for one in outcomes)


@pytest.mark.timeout(300)
def test_nothing_is_lost_doubled_or_stuck_on_a_server_whatever_happens_to_it(tmp_path):
    if servers.programs() is None:
        absent("postgres", "no initdb, on the path or under /usr/lib/postgresql")
    outcomes = run(tmp_path, "postgres")
    assert len(outcomes) == 11
    assert all(found == NOTHING for found in breaches(outcomes).values())
    assert all(one["records"] > one["instances"] > 0 for one in outcomes)
