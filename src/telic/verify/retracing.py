"""``retrace``: follows one story through a machine and says what is wrong at its end.

What may never be here: a search.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.events import Event
from telic.kernel.machine import AnyMachine, Machine
from telic.kernel.snapshot import Begin
from telic.verify.domains import Domain
from telic.verify.judging import ends_of, judged
from telic.verify.moves import Move, described
from telic.verify.problems import Problem
from telic.verify.properties import Predicate
from telic.verify.search import Graph
from telic.verify.space import Space
from telic.verify.stepping import Deadlines, Step, Stepper
from telic.verify.traces import trace_to
from telic.verify.worlds import Numbers, World

__all__ = ["Retraced", "retrace"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)


class Retraced(NamedTuple):
    """Where a story leads.

    Attributes:
        world: The world at its end; ``None`` where the story cannot happen.
        found: What is wrong at its end, or on the way.
        stopped: The step that cannot happen any more, as a sentence; empty where all can.
        story: The way, as text.
    """

    world: World | None
    found: tuple[Problem, ...]
    stopped: str
    story: str

    @property
    def problems(self) -> tuple[str, ...]:
        """The names of the checks that fail."""
        return tuple(str(one.kind) for one in self.found)

    def text(self) -> str:
        """Return the story and what is wrong with it."""
        return "\n".join([*map(str, self.found), self.stopped, self.story]).strip()


def retrace(
    machine: Machine[S, E], *moves: Move, domain: Domain | None = None, ends: Predicate | None = None
) -> Retraced:
    """Follow a story, and judge the world at its end.

    Args:
        machine: The machine.
        moves: What happens, in order; the first begins an instance.
        domain: What may come at the end, where the types do not say.
        ends: Further worlds where standing still is right.
    """
    widened = (domain or Domain()).with_moves(moves)
    stepper = Stepper(Space(cast("AnyMachine", machine), None), widened, Deadlines(late=True))
    graph = Graph(stepper)
    world: Numbers | None = None
    for number, move in enumerate(moves):
        found = _follow(stepper, world, move)
        if found is None:
            gone = f"step {number + 1} cannot happen any more: {described(move)}"
            return Retraced(None, (), gone, trace_to(graph, len(graph.worlds) - 1).text() if graph.worlds else "")
        label, world, problem = found
        place = len(graph.worlds)
        if problem is not None:
            graph.note(problem, place - 1, label)
        if world is None:
            break
        graph.add(world, place - 1, label)
        if place:
            graph.targets.append(place)
            graph.labels.append(label)
            graph.offsets.append(place)
    graph.starts, graph.expanded = 1, max(len(graph.worlds) - 1, 0)
    last = len(graph.worlds) - 1
    problems = _at_end(graph, ends) if world is not None else [one.problem for one in graph.found.values()]
    shown = graph.shown(last) if world is not None else None
    return Retraced(shown, tuple(problems), "", trace_to(graph, last).text() if last >= 0 else "")


def _follow(stepper: Stepper, world: Numbers | None, move: Move) -> Step | None:
    if world is None:
        states = (move.event.state,) if isinstance(move.event, Begin) else ()
        if not states and isinstance(move.event, BaseModel) and type(move.event) in stepper.space.machine.states:
            states = (move.event,)
        steps = list(stepper.first(states))
    else:
        steps, _ = stepper.steps(world)
    for step in steps:
        made = stepper.rows.moves[step[0]]
        event = made.event.state if isinstance(made.event, Begin) else made.event
        asked = move.event.state if isinstance(move.event, Begin) else move.event
        if (made.how, event, made.intent, made.wait) == (move.how, asked, move.intent, move.wait) and (
            not move.actor or made.actor == move.actor
        ):
            return step
    return None


def _at_end(graph: Graph, ends: Predicate | None) -> list[Problem]:
    """Take the steps from the last world, and judge it by them."""
    last = len(graph.worlds) - 1
    steps, blind = graph.stepper.steps(graph.worlds[last])
    if blind:
        graph.blind.add(last)
    places = {world: place for place, world in enumerate(graph.worlds)}
    for label, world, problem in steps:
        if problem is not None:
            graph.note(problem, last, label)
        if world is not None:
            target = places.setdefault(world, len(graph.worlds))
            if target == len(graph.worlds):
                graph.add(world, last, label)
            graph.targets.append(target)
            graph.labels.append(label)
    graph.offsets.append(len(graph.targets))
    graph.expanded = last + 1
    ending = ends_of(graph, ends)
    return [
        one.problem for one in judged(graph, ending, complete=False) if one.world in (last, -1) or one.extra is not None
    ]
