"""What must come about in the end: looks for a way that never gets there, and that is fair.

A way without end runs into a strongly connected part of the graph and stays there; standing
still for ever counts as such a way. It is a counterexample only if it is fair: each kind of
move that fairness speaks of is made there again and again, or is not possible there (weak:
at some time, strong: at any time). After Emerson and Lei, *Modalities for model checking*
(1987); fairness is tested on the very component in which the way stays. Open intents and
deadlines are followed one by one, see ``threads``. What may never be here: a verdict.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from telic.verify.components import components, way_within
from telic.verify.properties import Property, Strength
from telic.verify.search import Graph
from telic.verify.threads import Threads

__all__ = ["Lasso", "lasso_of"]


class Lasso(NamedTuple):
    """A way to a cycle, and the cycle; the cycle is empty where the way just stands still.

    Attributes:
        way: Each move with the world after it, from a start.
        cycle: Each move with the world after it, back to where it began.
    """

    way: tuple[tuple[int, int], ...]
    cycle: tuple[tuple[int, int], ...]


def lasso_of(graph: Graph, asked: Property, part: Collection[int], roots: Collection[int]) -> Lasso | None:
    """Return a fair way that stays in a part for ever, or ``None`` where there is none.

    Args:
        graph: The graph.
        asked: The property, for its fairness.
        part: The worlds in which what is asked for does not hold.
        roots: Where the way may enter the part.
    """
    return _Hunt(graph, asked, part, roots).run()


class _Asked(NamedTuple):
    """One part of the user's fairness: the moves of one kind, for one choice of values."""

    strength: Strength
    number: int
    part: object


class _Hunt:
    def __init__(self, graph: Graph, asked: Property, part: Collection[int], roots: Collection[int]) -> None:
        self._graph = graph
        self._asked = asked
        self._roots = set(roots)
        self._parts: dict[int, frozenset[_Asked]] = {}
        self._threads = Threads(graph)
        self._reached = self._reachable(part)

    def run(self) -> Lasso | None:
        todo = [set(one) for one in components(self._graph, self._reached)]
        todo.sort(key=min)
        while todo:
            component = todo.pop(0)
            removed = self._unfair(component)
            if removed is None:
                continue
            if not removed:
                return self._lasso(component)
            # A fair way cannot stay where something is possible, or owed, that is never done in here.
            todo = [set(one) for one in components(self._graph, component - removed)] + todo
        return None

    def _reachable(self, part: Collection[int]) -> set[int]:
        inside = set(part)
        seen = self._roots & inside
        frontier = list(seen)
        while frontier:
            place = frontier.pop()
            for _, target in self._graph.steps(place):
                if target in inside and target not in seen:
                    seen.add(target)
                    frontier.append(target)
        return seen

    def _unfair(self, component: set[int]) -> set[int] | None:
        """Return ``None`` for a component with no fair way, else the worlds that one must leave.

        Nothing to leave means that the whole component is a fair way.
        """
        graph = self._graph
        unknown = {place for place in component if place >= graph.expanded or place in graph.blind}
        if unknown:
            return unknown  # not all that is possible there is known, so nothing is said of it
        made: set[_Asked] = set()
        possible = {place: self._possible(place) for place in component}
        inner = ((place, *step) for place in component for step in graph.steps(place) if step[1] in component)
        for place, label, target in inner:
            if target != place:  # a move that changes nothing is no move
                made |= self._named(label)
        steady = frozenset.intersection(*possible.values())
        if any(one not in made and one.strength is Strength.WEAK for one in steady):
            return None
        starved = {
            place
            for place, ones in possible.items()
            if any(one not in made and one.strength is Strength.STRONG for one in ones)
        }
        return starved | (self._threads.doomed(component) if self._asked.answered else set())

    def _possible(self, place: int) -> frozenset[_Asked]:
        """Return the kinds of move of which the user's fairness speaks and that are possible in a world."""
        steps = self._graph.steps(place)
        return frozenset(one for label, target in steps if target != place for one in self._named(label))

    def _named(self, label: int) -> frozenset[_Asked]:
        """Return the parts of the user's fairness to which a move belongs."""
        found = self._parts.get(label)
        if found is None:
            move = self._graph.move(label)
            pairs = [(number, one, one.part(move)) for number, one in enumerate(self._asked.fair)]
            found = frozenset(_Asked(one.strength, number, part) for number, one, part in pairs if part is not None)
            self._parts[label] = found
        return found

    def _lasso(self, component: set[int]) -> Lasso:
        """Return the way to a component, and a cycle in it that makes every move it has to make."""
        into = way_within(self._graph, self._reached, self._roots & self._reached, component)
        assert into is not None
        first = into[0][1]
        way = [*self._graph.way(first), *into[1:]]
        return Lasso(tuple(way), tuple(self._cycle(component, into[-1][1])))

    def _cycle(self, component: set[int], start: int) -> list[tuple[int, int]]:
        """Return a way back to where it begins that makes every move it has to make.

        What is owed at its beginning is done before it closes; so what comes up on the way is
        done in the next round.
        """
        cycle: list[tuple[int, int]] = []
        at = start
        for source, label, target in self._witnesses(component):
            cycle += [*self._leg(component, at, source), (label, target)]
            at = target
        threads = self._threads
        owed = threads.left(threads.owed(start) if self._asked.answered else (), start, cycle)
        while owed:
            way = threads.way_to_done(component, at, min(owed, key=repr))
            owed = threads.left(owed, at, way)
            cycle += way
            at = way[-1][1]
        return [*cycle, *self._leg(component, at, start)]

    def _witnesses(self, component: set[int]) -> list[tuple[int, int, int]]:
        """Return one step for each kind of move that is made, and one from where it is not possible."""
        needed: dict[_Asked, tuple[int, int, int]] = {}
        absent: dict[_Asked, tuple[int, int, int]] = {}
        everything = {one for place in component for one in self._possible(place)}
        inner = ((place, *step) for place in sorted(component) for step in self._graph.steps(place))
        for place, label, target in inner:
            if target not in component:
                continue
            step = (place, label, target)
            for one in self._named(label) if target != place else ():
                needed.setdefault(one, step)
            for one in everything - self._possible(place):
                absent.setdefault(one, step)
        chosen = [needed.get(one) or absent.get(one) for one in everything]
        return sorted({one for one in chosen if one is not None})

    def _leg(self, component: set[int], start: int, goal: int) -> list[tuple[int, int]]:
        way = way_within(self._graph, component, (start,), (goal,))
        assert way is not None
        return way[1:]
