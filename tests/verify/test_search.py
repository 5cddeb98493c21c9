"""The search: breadth-first, each world once, and every way a shortest one."""

import gc
import itertools
from collections import deque

import pytest

from telic.verify import Bound, explore
from tests.verify import small
from tests.verify.leaky import leaky

GRAPHS = {
    "many": explore(small.many(4)).graph,
    "withdrawing": explore(small.withdrawing()).graph,
    "counting": explore(small.counting()).graph,
    "leaky": explore(leaky).graph,
}


def distances(graph):
    found = dict.fromkeys(range(graph.starts), 0)
    queue = deque(found)
    while queue:
        place = queue.popleft()
        for _, target in graph.steps(place):
            if target not in found:
                found[target] = found[place] + 1
                queue.append(target)
    return found


@pytest.mark.parametrize("name", GRAPHS)
def test_every_way_is_a_shortest_one_and_nearer_worlds_come_first(name):
    graph = GRAPHS[name]
    found = distances(graph)
    assert len(found) == len(graph.worlds)
    assert [len(graph.way(place)) - 1 for place in range(len(graph.worlds))] == [
        found[place] for place in range(len(graph.worlds))
    ]
    assert list(found.values()) == sorted(found.values())
    assert graph.depth == max(found.values())


@pytest.mark.parametrize("name", GRAPHS)
def test_every_world_is_there_once(name):
    worlds = GRAPHS[name].worlds
    assert len(set(worlds)) == len(worlds)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_way_is_made_of_steps(name):
    graph = GRAPHS[name]
    for place in range(len(graph.worlds)):
        way = graph.way(place)
        assert way[-1][1] == place
        for (_, before), (label, after) in itertools.pairwise(way):
            assert (label, after) in graph.steps(before)


def test_steps_are_counted_without_the_starts():
    graph = GRAPHS["counting"]
    assert graph.edges == sum(len(list(graph.steps(place))) for place in range(graph.expanded)) == 6
    assert (graph.starts, graph.expanded) == (1, 7)


def test_a_world_that_was_not_looked_beyond_has_no_steps():
    graph = explore(small.counting(), bound=Bound(depth=2)).graph
    assert (graph.expanded, len(graph.worlds)) == (2, 3)
    assert list(graph.steps(2)) == []


def test_a_problem_is_noted_where_it_is_first_found():
    graph = explore(small.keeping(lambda ctx: 1 // 0)).graph
    (found, *_) = graph.found.values()
    assert (str(found.problem.kind), found.world) == ("exception", min(one.world for one in graph.found.values()))


def test_worlds_from_which_a_step_led_outside_or_broke_are_known():
    assert explore(small.counting(), within=lambda world: getattr(world.state, "count", 0) <= 2).graph.cut == {2}
    assert explore(small.keeping(lambda ctx: 1 // 0)).graph.cut
    assert GRAPHS["many"].cut == set()


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        explore(small.counting())
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
