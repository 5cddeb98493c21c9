"""Strongly connected components of a part of a graph.

Tarjan, *Depth-first search and linear graph algorithms* (1972), without recursion. What may
never be here: what the worlds mean.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator

from telic.verify.search import Graph

__all__ = ["components", "way_within"]


def components(graph: Graph, part: Collection[int]) -> Iterator[list[int]]:
    """Yield the strongly connected components of the worlds of a part, each once.

    Args:
        graph: The graph.
        part: Places of worlds; a set, for speed.
    """
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    waiting: list[int] = []
    inside: set[int] = set()
    for root in sorted(part):
        if root in order:
            continue
        order[root] = low[root] = len(order)
        waiting.append(root)
        inside.add(root)
        stack = [(root, iter(_targets(graph, root)))]
        while stack:
            place, targets = stack[-1]
            new = _next(targets, place, part, order, low, inside)
            if new is not None:
                order[new] = low[new] = len(order)
                waiting.append(new)
                inside.add(new)
                stack.append((new, iter(_targets(graph, new))))
                continue
            stack.pop()
            if stack:
                above = stack[-1][0]
                low[above] = min(low[above], low[place])
            if low[place] == order[place]:
                yield _popped(waiting, inside, place)


def _next(
    targets: Iterator[int],
    place: int,
    part: Collection[int],
    order: dict[int, int],
    low: dict[int, int],
    inside: set[int],
) -> int | None:
    """Return the next target that was not seen yet; note the others."""
    for target in targets:
        if target not in part:
            continue
        if target not in order:
            return target
        if target in inside:
            low[place] = min(low[place], order[target])
    return None


def _popped(waiting: list[int], inside: set[int], root: int) -> list[int]:
    component: list[int] = []
    while True:
        place = waiting.pop()
        inside.discard(place)
        component.append(place)
        if place == root:
            return component


def _targets(graph: Graph, place: int) -> list[int]:
    if place >= graph.expanded:
        return []
    return list(graph.targets[graph.offsets[place] : graph.offsets[place + 1]])


def way_within(
    graph: Graph, part: Collection[int], starts: Collection[int], goals: Collection[int]
) -> list[tuple[int, int]] | None:
    """Return a shortest way inside a part: each move with the world after it, or ``None``.

    The way begins with ``(-1, start)`` for the start that it takes.
    """
    came: dict[int, tuple[int, int]] = dict.fromkeys(sorted(starts), (-1, -1))
    todo = deque(came)
    while todo:
        place = todo.popleft()
        if place in goals:
            return _back(came, place)
        for label, target in graph.steps(place):
            if target in part and target not in came:
                came[target] = (label, place)
                todo.append(target)
    return None


def _back(came: dict[int, tuple[int, int]], place: int) -> list[tuple[int, int]]:
    way: list[tuple[int, int]] = []
    while place != -1:
        label, before = came[place]
        way.append((label, place))
        place = before
    way.reverse()
    return way
