"""That something comes about on every way through a graph, also where ways meet or turn back.

Verdicts: Stateright, src/checker.rs, whose own checker misses the cycle and the join; a way there goes on
while it can, which is weak fairness to all moves here.
"""

from itertools import pairwise

import pytest

from telic.verify import eventually, weak
from tests.verify.nodes import Colour, Go, explored, places
from tests.verify.truths.models import PROVED, REFUTED


def odd(*paths):
    edges = {at: set() for path in paths for at in path}
    for path in paths:
        for before, after in pairwise(path):
            edges[before].add((Colour.RED, after))
    check = eventually("odd", lambda world: world.state.at % 2 == 1, fair=weak(Go))
    return explored(edges, {path[0] for path in paths}, check).check("odd")


@pytest.mark.parametrize(
    "paths", [([1], [2, 3], [2, 6, 7], [4, 9, 10]), ([1],), ([2, 3],), ([2, 6, 7],), ([4, 9, 10],)]
)
def test_an_odd_number_comes_about(paths):
    assert odd(*paths).verdict is PROVED


@pytest.mark.parametrize(
    ("paths", "way"),
    [
        (([0, 1], [0, 2]), [0, 2]),
        (([0, 1], [2, 4]), [2, 4]),
        (([0, 1, 4, 6], [2, 4, 8]), [2, 4, 6]),
    ],
)
def test_a_way_without_an_odd_number_is_found(paths, way):
    check = odd(*paths)
    assert check.verdict is REFUTED and check.trace.stays
    assert places(check.trace.steps) == way


def test_a_cycle_without_an_odd_number_is_found():
    check = odd([0, 2, 4, 2])
    assert check.verdict is REFUTED
    assert places(check.trace.steps) == [0, 2]
    assert places(check.trace.cycle) == [4, 2]


def test_a_way_through_a_world_that_is_also_reached_over_an_odd_number_is_found():
    check = odd([0, 2, 4], [1, 4, 6])
    assert check.verdict is REFUTED and check.trace.stays
    assert places(check.trace.steps) == [0, 2, 4, 6]
