"""The default checks: what no machine may do, looked for in the whole graph.

What is absent counts only where the search came to its end and nothing was left untried.
What may never be here: what a user asks for; see ``properties``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel

from telic.kernel.snapshot import Outcome
from telic.kernel.table import Row
from telic.kernel.verdicts import Reject
from telic.kernel.waits import Deadline
from telic.verify.growth import growing_field
from telic.verify.moves import How
from telic.verify.probing import EPOCH
from telic.verify.problems import Problem, ProblemKind
from telic.verify.properties import Predicate
from telic.verify.search import Graph
from telic.verify.worlds import World

__all__ = ["STEP_KINDS", "Judged", "ends_of", "judged", "judged_together", "unattended_in"]

STEP_KINDS = (
    ProblemKind.LOST_ANSWER,
    ProblemKind.FALSE_CLAIM,
    ProblemKind.EXCEPTION,
    ProblemKind.UNDECLARED,
    ProblemKind.NOT_DETERMINISTIC,
    ProblemKind.MUTATION,
    ProblemKind.NOT_STORABLE,
)
"""The kinds of problem that show in a single step."""

# Nobody owes these: time passes anyhow, and of an intent that has failed no answer need come.
_NOT_OWED = frozenset({How.TIME, How.LATE})
_PEOPLE_OR_NOBODY = _NOT_OWED | {How.COMMAND}


class Judged(NamedTuple):
    """One problem with the place where it shows.

    Attributes:
        problem: What is wrong.
        world: The place of the world; -1 where the problem is of the machine as a whole.
        extra: The number of the move from there that is wrong, if the problem is such a step.
    """

    problem: Problem
    world: int = -1
    extra: int | None = None


def judged(graph: Graph, ends: set[int], *, complete: bool) -> list[Judged]:
    """Return every problem of a graph, of each kind and place the first.

    Args:
        graph: The worlds and the steps between them.
        ends: The places of worlds where standing still is right.
        complete: Nothing was left out, so what was not found is not there.
    """
    found = [Judged(one.problem, one.world, one.move) for one in graph.found.values()]
    stuck = _stuck(graph, ends)
    found += _firsts(graph, stuck, ProblemKind.STUCK, _stuck_text)
    if complete and not graph.stepper.space.machine.perpetual:
        lost = _without_way(graph, ends | graph.cut | set(stuck))
        found += _firsts(graph, lost, ProblemKind.NO_WAY_OUT, _no_way_text)
    found += _at_end(graph)
    if complete:
        found += [Judged(one) for one in _dead(graph)]
    elif graph.hit and (field := growing_field(graph)) is not None:
        place, name = field
        where = type(graph.shown(place).state).__name__
        text = (
            f"expected an end of worlds, got {name} that grows with each round; do bound it, or drop it from the state"
        )
        found.append(Judged(Problem(ProblemKind.GROWTH, where, text), place))
    return found


def judged_together(graph: Graph, ends: set[int], *, complete: bool, perpetual: bool) -> list[Judged]:
    """Return the problems of several instances together: of single steps, and of all as a whole.

    Args:
        graph: The worlds and the steps between them.
        ends: The places of worlds where standing still is right.
        complete: Nothing was left out.
        perpetual: One of the machines has no end.
    """
    found = [Judged(one.problem, one.world, one.move) for one in graph.found.values()]
    stuck = _stuck(graph, ends)
    found += _first_together(graph, stuck, ProblemKind.STUCK, _STUCK_TOGETHER)
    if complete and not perpetual:
        lost = _without_way(graph, ends | set(stuck))
        found += [
            Judged(Problem(ProblemKind.NO_WAY_OUT, _together(graph, one), _LOST_TOGETHER), one) for one in lost[:1]
        ]
    return found


_STUCK_TOGETHER = (
    "expected something that can move one of the instances, got nothing; do look at what each one waits for"
)
_LOST_TOGETHER = "expected a way to the end of all instances, got only ways that never end; do add one that leads out"


def _first_together(graph: Graph, places: list[int], kind: ProblemKind, text: str) -> list[Judged]:
    return [Judged(Problem(kind, _together(graph, one), text), one) for one in places[:1]]


def _together(graph: Graph, place: int) -> str:
    """Return the states of all instances, by name."""
    others = graph.shown(place).others
    return ", ".join(f"{name} in {type(world.state).__name__}" for name, world in others.items())


def ends_of(graph: Graph, ends: Predicate | None) -> set[int]:
    """Return the places of worlds where standing still is right."""
    finals = graph.stepper.space.machine.final_states
    states = graph.stepper.space.states.values
    return {
        place
        for place, world in enumerate(graph.worlds)
        if type(states[world[0]]) in finals or (ends is not None and ends(graph.shown(place)))
    }


def unattended_in(graph: Graph, ends: set[int]) -> list[int]:
    """Return the worlds that only a command can move, one for each state: legal, and listed."""
    found: dict[type[BaseModel], int] = {}
    for place in range(graph.expanded):
        if place in ends or place in graph.blind:
            continue
        hows = {graph.move(label).how for label, target in graph.steps(place) if target != place}
        if How.COMMAND in hows and hows <= _PEOPLE_OR_NOBODY:
            found.setdefault(type(graph.shown(place).state), place)
    return list(found.values())


def _stuck(graph: Graph, ends: set[int]) -> list[int]:
    """Return the worlds that nothing moves: a kept event, time alone, or an answer after a failure is no move."""
    return [
        place
        for place in range(graph.expanded)
        if place not in ends
        and place not in graph.blind
        and place not in graph.cut
        and not any(_moves(graph, place, label, target) for label, target in graph.steps(place))
    ]


def _moves(graph: Graph, place: int, label: int, target: int) -> bool:
    move = graph.move(label)
    if move.how in _NOT_OWED or move.outcome is Outcome.DEFERRED:
        return False
    return target != place or move.outcome is Outcome.STEPPED


def _without_way(graph: Graph, goals: set[int]) -> list[int]:
    """Return the worlds from which no goal can be reached any more."""
    seen = graph.reaching(goals)
    return [place for place in range(len(graph.worlds)) if place not in seen]


def _firsts(graph: Graph, places: list[int], kind: ProblemKind, text: Callable[[World], str]) -> Iterator[Judged]:
    """Yield the problem once for each state; the worlds come in the order of their distance."""
    known: set[type[BaseModel]] = set()
    for place in places:
        world = graph.shown(place)
        if type(world.state) not in known:
            known.add(type(world.state))
            yield Judged(Problem(kind, type(world.state).__name__, text(world)), place)


def _stuck_text(world: World) -> str:
    name = type(world.state).__name__
    kept = f" ({len(world.deferred)} deferred events wait for a change of state)" if world.deferred else ""
    return (
        f"expected an open intent, a wait or a command that can move it, got none{kept}; "
        f"do give {name} a deadline, a task or a transition, or make it a FinalState"
    )


def _no_way_text(world: World) -> str:
    return (
        f"expected a way from {type(world.state).__name__} to a final state, got only ways that never end; "
        "do add a transition that leads out, or make the machine perpetual=True"
    )


def _at_end(graph: Graph) -> Iterator[Judged]:
    space = graph.stepper.space
    finals = space.machine.final_states
    known: set[tuple[ProblemKind, str]] = set()
    for place in range(graph.expanded):
        state = space.states.values[graph.worlds[place][0]]
        if type(state) not in finals:
            continue
        name = type(state).__name__
        for problem in _problems_at_end(graph, place, name):
            if (problem.kind, name) not in known:
                known.add((problem.kind, name))
                yield Judged(problem, place)


def _problems_at_end(graph: Graph, place: int, name: str) -> Iterator[Problem]:
    opened = graph.shown(place).open
    if opened and place not in graph.blind:
        kind = type(opened[0]).__name__
        text = (
            f"expected nothing open in {name}, got {kind}, whose answer it does not ignore; "
            f"do put a state before {name} that waits for it, or ignore its answers with the reason"
        )
        yield Problem(ProblemKind.OPEN_AT_END, name, text)
    for label, target in graph.steps(place):
        if graph.move(label).outcome is Outcome.STEPPED:
            to = type(graph.shown(target).state).__name__
            text = f"expected {name} to be the end, got a step to {to}; do make it a State, or ignore the event"
            yield Problem(ProblemKind.FINAL_MOVES, name, text)


def _dead(graph: Graph) -> Iterator[Problem]:
    """Yield what the machine declares and what never happens."""
    machine = graph.stepper.space.machine
    rows = graph.stepper.rows
    reached = {type(state) for state in graph.stepper.space.states.values}
    for state in machine.states:
        if state not in reached:
            text = "expected a way to it, got none; do remove it, or the condition that keeps it out of reach"
            yield Problem(ProblemKind.DEAD_STATE, state.__name__, text)
    yield from _past_deadlines(graph)
    takers: dict[object, list[Row]] = {}
    for row in machine.rows():
        if row.state in reached and not row.coarse and any(edge.verdict is not Reject for edge in row.edges):
            takers.setdefault(row.call, []).append(row)
    for group in takers.values():
        if not any((row.state, row.event) in rows.taken for row in group):
            text = f"expected {group[0].event.__name__} to come there at some time, got never; do remove the transition"
            yield Problem(ProblemKind.DEAD_TRANSITION, group[0].where, text)
            continue
        yield from _dead_alternatives(group, rows.decider.results)
    for intent, answers in machine.intents.items():
        if intent not in rows.decider.emitted:
            text = "expected a transition that emits it, got none that ever does; do remove it from the annotations"
            yield Problem(ProblemKind.DEAD_INTENT, intent.__name__, text)
            continue
        for answer in sorted(answers, key=lambda fact: fact.__qualname__):
            if (intent, answer) not in rows.answered:
                text = f"expected {answer.__name__} to answer it at some time, got never; do look at its domain"
                yield Problem(ProblemKind.DEAD_ANSWER, intent.__name__, text)


def _dead_alternatives(
    group: list[Row], results: set[tuple[type[BaseModel], type[object], type[object]]]
) -> Iterator[Problem]:
    """Yield the states and verdicts that a transition declares and never comes to."""
    pairs = {(row.state, row.event) for row in group}
    made = {result for state, event, result in results if (state, event) in pairs}
    declared = dict.fromkeys(edge.verdict or edge.target for row in group for edge in row.edges)
    for one in declared:
        # Where a method is inherited, `Self` is another class for each of its states.
        if one not in made and not (len(group) > 1 and one in {row.state for row in group}):
            text = f"expected it to come to {one.__name__} at some time, as it declares, got never"
            remedy = "do look at its guards, or take it out of the annotation"
            yield Problem(ProblemKind.DEAD_ALTERNATIVE, group[0].where, f"{text}; {remedy}")


def _past_deadlines(graph: Graph) -> Iterator[Problem]:
    """Yield the deadlines that are over in every world that declares them."""
    space = graph.stepper.space
    latest: dict[tuple[str, str], datetime] = {}
    for state in sorted({world[0] for world in graph.worlds}):
        for key, wait in space.waits(state).items():
            if isinstance(wait, Deadline):
                place = (type(space.states.values[state]).__name__, key)
                latest[place] = max(latest.get(place, wait.at), wait.at)
    for (name, key), at in latest.items():
        if at < EPOCH:
            text = f"expected deadline {key} to lie ahead in some world, got one that is always over when it is set"
            remedy = "do look at how its moment is worked out"
            yield Problem(ProblemKind.PAST_DEADLINE, f"{name}.waits", f"{text}; {remedy}")
