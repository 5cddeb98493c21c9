"""The search: every world that can come about, breadth-first, so that each way is a shortest one.

What may never be here: a judgement of what was found, beyond the problems of single steps.
"""

from __future__ import annotations

import gc
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, Protocol
from uuid import UUID

from pydantic import BaseModel

from telic.verify.moves import Move
from telic.verify.problems import Problem
from telic.verify.stepping import Step, Stepper
from telic.verify.worlds import Numbers, World

__all__ = ["Bound", "Found", "Graph", "Walked", "searched", "walked_from"]

_NONE = 0xFFFFFFFF


class Bound(NamedTuple):
    """How far an exploration goes; each bound that was hit is said.

    Attributes:
        worlds: The greatest number of worlds.
        depth: The greatest number of steps from a start, if there is to be a limit.
        open: The greatest number of intents open at once.
        deferred: The greatest number of commands that an instance keeps at once; stands in
            for ``max_deferred`` where that is greater, and is told as an assumption.
    """

    worlds: int = 200_000
    depth: int | None = None
    open: int = 64
    deferred: int = 2


class Found(NamedTuple):
    """A problem of one step, where it was first found.

    Attributes:
        problem: What is wrong.
        world: The place of the world before the step; -1 for a start.
        move: The number of the move.
    """

    problem: Problem
    world: int
    move: int


class Walked(Protocol):
    """What a search walks: one instance, or several together."""

    @property
    def moves(self) -> list[Move]:
        """The moves, by number."""
        ...

    def steps(self, world: Numbers) -> tuple[list[Step], bool]:
        """Return the steps from a world, and whether some could not be tried."""
        ...

    def naming(self, world: Numbers, label: int, after: Numbers) -> Mapping[UUID, UUID]:
        """Return under which names the fresh names of a world go on in one that follows it."""
        ...

    def shown(self, world: Numbers) -> World:
        """Return a world as a property sees it."""
        ...

    def shown_to(self, world: Numbers, who: str) -> World | None:
        """Return the part of a world that one instance is."""
        ...


class Graph:
    """The worlds that were found, and the steps between them.

    Attributes:
        walked: What was walked, and what the numbers mean.
        worlds: The worlds, in the order of their discovery; those nearer to a start come first.
        starts: How many of them are first worlds.
        expanded: How many of them have had their steps taken.
        depth: How many steps the farthest world is away from a start.
        blind: The places of worlds of which some steps could not be tried.
        outside: How many steps led out of the limits that the user set.
        cut: The places of worlds from which such a step led, or one that broke.
        hit: The bounds that were hit, as sentences.
        found: The problems of single steps.
    """

    def __init__(self, walked: Walked) -> None:
        """Begin without a world."""
        self.walked = walked
        self.worlds: list[Numbers] = []
        self.starts = 0
        self.expanded = 0
        self.depth = 0
        self.blind: set[int] = set()
        self.outside = 0
        self.cut: set[int] = set()
        self.hit: list[str] = []
        self.found: dict[tuple[object, ...], Found] = {}
        self.parents = array("I")
        self.through = array("I")
        self.offsets = array("I", [0])
        self.targets = array("I")
        self.labels = array("I")

    @property
    def stepper(self) -> Stepper:
        """What was walked, where it was one machine."""
        assert isinstance(self.walked, Stepper)
        return self.walked

    @property
    def edges(self) -> int:
        """How many steps there are, without those that begin an instance."""
        return len(self.targets)

    def shown(self, place: int) -> World:
        """Return a world as a property sees it."""
        return self.walked.shown(self.worlds[place])

    def shown_to(self, place: int, who: str) -> World | None:
        """Return the part of a world that one instance is; where there is one instance, all of it."""
        return self.walked.shown_to(self.worlds[place], who)

    def move(self, label: int) -> Move:
        """Return the move of a number."""
        return self.walked.moves[label]

    def steps(self, place: int) -> Iterator[tuple[int, int]]:
        """Yield the steps from a world: the number of the move, and the place of the world after it."""
        if place < self.expanded:
            for edge in range(self.offsets[place], self.offsets[place + 1]):
                yield self.labels[edge], self.targets[edge]

    def way(self, place: int) -> list[tuple[int, int]]:
        """Return a shortest way to a world: each move with the world after it; the first begins."""
        way: list[tuple[int, int]] = []
        while place != _NONE:
            way.append((self.through[place], place))
            place = self.parents[place]
        way.reverse()
        return way

    def reaching(self, goals: Iterable[int]) -> set[int]:
        """Return the places from which one of some places can be reached, these included."""
        before: dict[int, list[int]] = {}
        for place in range(self.expanded):
            for _, target in self.steps(place):
                before.setdefault(target, []).append(place)
        seen = set(goals)
        todo = list(seen)
        while todo:
            new = [one for one in before.get(todo.pop(), ()) if one not in seen]
            seen.update(new)
            todo += new
        return seen

    def add(self, world: Numbers, parent: int, label: int) -> None:
        """Take a world in."""
        self.worlds.append(world)
        self.parents.append(parent if parent >= 0 else _NONE)
        self.through.append(label)

    def note(self, problem: Problem, world: int, label: int) -> None:
        """Keep a problem, if it is the first of its kind at its place."""
        event = self.move(label).event
        self.found.setdefault((problem.kind, problem.where, type(event)), Found(problem, world, label))


def searched(
    stepper: Stepper,
    starts: tuple[BaseModel, ...],
    bound: Bound,
    within: Callable[[World], bool] | None = None,
    worlds: tuple[Numbers, ...] | None = None,
) -> Graph:
    """Search all that can come about.

    Args:
        stepper: What follows from a world.
        starts: The first states; without any, the machine's own starts.
        bound: How far to go.
        within: Worlds of which this does not hold are left out.
        worlds: First worlds, in the place of all starts.
    """
    if worlds is None:
        return walked_from(stepper, stepper.first(starts), bound, within)
    return walked_from(stepper, [(stepper.number_of_begin(one), one, None) for one in worlds], bound, within)


def walked_from(
    walked: Walked, first: Iterable[Step], bound: Bound, within: Callable[[World], bool] | None = None
) -> Graph:
    """Search all that can come about from some first steps.

    Args:
        walked: What follows from a world.
        first: The steps by which it begins.
        bound: How far to go.
        within: Worlds of which this does not hold are left out.
    """
    graph = Graph(walked)
    with _quiet_collector():
        _Search(graph, bound, within).run(first)
    return graph


class _Search:
    def __init__(self, graph: Graph, bound: Bound, within: Callable[[World], bool] | None) -> None:
        self._graph = graph
        self._bound = bound
        self._within = within
        self._places: dict[Numbers, int] = {}

    def run(self, first: Iterable[Step]) -> None:
        graph = self._graph
        for label, world, problem in first:
            if problem is not None:
                graph.note(problem, -1, label)
            if world is not None and world not in self._places and self._inside(world):
                self._places[world] = len(graph.worlds)
                graph.add(world, -1, label)
        graph.starts = len(graph.worlds)
        frontier = range(graph.starts)
        while frontier:
            if self._bound.depth is not None and graph.depth >= self._bound.depth:
                graph.hit.append(f"{self._bound.depth} steps deep, with {len(frontier)} worlds not looked beyond")
                return
            if not all(map(self._expand, frontier)):
                graph.hit.append(f"{self._bound.worlds} worlds")
                return
            frontier = range(frontier.stop, len(graph.worlds))
            graph.depth += bool(frontier)

    def _expand(self, place: int) -> bool:
        """Take the steps from a world; return whether there was room for what was found."""
        graph, places = self._graph, self._places
        world = graph.worlds[place]
        if len(world) - 2 > self._bound.open:
            graph.blind.add(place)
            limit = f"{self._bound.open} intents open at once"
            if limit not in graph.hit:
                graph.hit.append(limit)
            steps: list[Step] = []
        else:
            steps, blind = graph.walked.steps(world)
            if blind:
                graph.blind.add(place)
        for label, after, problem in steps:
            if problem is not None:
                graph.note(problem, place, label)
            if after is None:
                if problem is not None:
                    graph.cut.add(place)
                continue
            target = places.get(after)
            if target is None:
                if self._within is not None and not self._inside(after):
                    graph.outside += 1
                    graph.cut.add(place)
                    continue
                target = places[after] = len(graph.worlds)
                graph.add(after, place, label)
            graph.targets.append(target)
            graph.labels.append(label)
        graph.offsets.append(len(graph.targets))
        graph.expanded += 1
        return len(graph.worlds) <= self._bound.worlds

    def _inside(self, world: Numbers) -> bool:
        return self._within is None or self._within(self._graph.walked.shown(world))


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """Keep the collector from walking over millions of living tuples again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
