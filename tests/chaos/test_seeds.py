"""Seeds hold, are all run on any number of processes, and one that does not hold is told so that it happens again."""

import pytest

from telic.shell import Fate
from telic.stores.memory import MemoryStore
from tests.chaos import seeds


def test_each_seed_is_run_once_and_all_hold():
    outcome = seeds.simulated(60, processes=1)
    assert outcome.ok, outcome.problems
    assert outcome.blows == outcome.verdict.figures["instances"] == 60
    assert outcome.details["faults"] > 30


def test_processes_share_the_seeds(monkeypatch):
    monkeypatch.setattr(seeds, "_CHUNK", 7)
    one, two = (seeds.simulated(30, processes=processes) for processes in (1, 2))
    assert one.verdict.figures == two.verdict.figures
    assert one.details == two.details
    assert one.blows == two.blows == 30


def test_a_seed_that_does_not_hold_ends_the_run_and_is_told(monkeypatch):
    noted = MemoryStore._noted

    def forgotten(self, commit):
        if len(commit.opened) == 0:
            noted(self, commit)

    monkeypatch.setattr(MemoryStore, "_noted", forgotten)
    outcome = seeds.simulated(20, processes=1)
    assert not outcome.ok
    (told,) = outcome.problems
    assert "nobody will carry it out" in told
    assert "again: Fate(0" in told
    with pytest.raises(Exception, match="nobody will carry it out"):
        seeds.one_errand(Fate(0))
