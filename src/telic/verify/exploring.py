"""``explore``: finds every world of a machine, and judges them.

What may never be here: anything that looks at the outside; the clock of a world stands
still until a deadline moves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, Protocol, TypeVar, cast, overload

from pydantic import BaseModel

from telic.kernel.events import Event
from telic.kernel.machine import AnyMachine, Machine
from telic.kernel.messages import Publish, Signal
from telic.verify.domains import Domain
from telic.verify.faults import Faults, faults_in
from telic.verify.judging import STEP_KINDS, Judged, ends_of, judged, judged_together, unattended_in
from telic.verify.liveness import lasso_of
from telic.verify.problems import ProblemKind
from telic.verify.properties import Predicate, Property, PropertyKind
from telic.verify.rebuilding import names_in
from telic.verify.report import Check, Report, Stats, Verdict
from telic.verify.search import Bound, Graph, searched, walked_from
from telic.verify.space import Space
from telic.verify.stepping import Deadlines, Stepper
from telic.verify.systems import SystemStepper
from telic.verify.traces import Trace, trace_of, trace_to
from telic.verify.worlds import Ghost, World

__all__ = ["Described", "explore"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_DEADLINES = {"any": Deadlines(), "ordered": Deadlines(ordered=True), "late": Deadlines(late=True)}
# What a search that was broken off cannot deny.
_ABSENCES = frozenset(ProblemKind) - {ProblemKind.GROWTH}


class Described(Protocol):
    """A machine, whatever its states and events."""

    @property
    def name(self) -> str:
        """The name of the machine."""
        ...

    @property
    def states(self) -> tuple[type[BaseModel], ...]:
        """The classes of its states."""
        ...

    @property
    def events(self) -> tuple[type[Event], ...]:
        """The classes of its events."""
        ...


@overload
def explore(
    machine: Machine[S, E],
    /,
    *,
    domain: Domain | None = None,
    check: Sequence[Property] = (),
    starts: Sequence[S] = (),
    ends: Predicate | None = None,
    ghost: Ghost | None = None,
    within: Callable[[World], bool] | None = None,
    deadlines: Literal["any", "ordered", "late"] = "any",
    faults: Faults | None = None,
    bound: Bound | None = None,
) -> Report: ...
@overload
def explore(
    machine: Machine[S, E],
    other: Described,
    /,
    *more: Described,
    domain: Domain | None = None,
    check: Sequence[Property] = (),
    ends: Predicate | None = None,
    within: Callable[[World], bool] | None = None,
    deadlines: Literal["any", "ordered", "late"] = "any",
    bound: Bound | None = None,
) -> Report: ...
def explore(  # noqa: PLR0913  (each says one thing of the world, by keyword)
    machine: Machine[S, E],
    /,
    *others: Described,
    domain: Domain | None = None,
    check: Sequence[Property] = (),
    starts: Sequence[BaseModel] = (),
    ends: Predicate | None = None,
    ghost: Ghost | None = None,
    within: Callable[[World], bool] | None = None,
    deadlines: Literal["any", "ordered", "late"] = "any",
    faults: Faults | None = None,
    bound: Bound | None = None,
) -> Report:
    """Find every world that can come about, and judge them.

    Every open intent answers with each of its facts, every wait is answered, commands come at
    any time; each step is made by the machine's own code.

    With several machines, those that none of them spawns begin with one instance each; the
    others come about as children. Signals reach the instances of their machine, and what is
    published reaches the topics that are open for it. Each instance has a clock of its own.

    Args:
        machine: The machine.
        others: Further machines that belong to it.
        domain: Which values the world may bring, where the types do not say.
        check: What is to hold besides the default checks.
        starts: First states; without any, those that the machine's starts lead to.
        ends: Further worlds where standing still is right.
        ghost: A value that is folded from the events and that properties may look at.
        within: Worlds of which this does not hold are left out; a part of the model.
        deadlines: ``any`` order, since each may fire late; ``ordered`` by their moments;
            ``late``: in any order, and time may pass over them before they fire.
        faults: What every world is put through besides; late answers and answers after a
            withdrawal are explored always. For one machine.
        bound: How far to go.

    Returns:
        The report; ``report.assert_ok()`` is a test.

    Raises:
        DomainError: When the domain holds what cannot be.
        ValueError: When two machines have one name.

    Example:
        ``explore(signup, domain=Domain().each(UserId, UserId("u-1"))).assert_ok()``
    """
    bound = bound or Bound()
    if others:
        names = [machine.name, *(one.name for one in others)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"expected machines of different names, got {twice[0]!r} twice; do name each machine once")
        several = (cast("AnyMachine", machine), *(cast("AnyMachine", one) for one in others))
        return _explored_together(several, domain or Domain(), check, ends, within, _DEADLINES[deadlines], bound)
    space = Space(cast("AnyMachine", machine), ghost)
    stepper = Stepper(space, domain or Domain(), _DEADLINES[deadlines], deferred=bound.deferred)
    graph = searched(stepper, tuple(starts), bound, within)
    ending = ends_of(graph, ends)
    _nothing_begins(graph)
    complete = not (graph.hit or graph.blind or stepper.rows.decider.missing)
    found = judged(graph, ending, complete=complete)
    kinds = [kind for kind in ProblemKind if kind is not ProblemKind.TWICE or (faults is not None and faults.twice)]
    if faults is not None:
        found += faults_in(graph, faults, domain or Domain())
    checks = [
        *_defaults(found, graph, complete=complete, kinds=kinds),
        *(_asked(graph, one, complete=complete) for one in check),
    ]
    decider = stepper.rows.decider
    assumed = list(decider.assumed)
    if graph.outside:
        assumed.append(f"nothing goes beyond `within`; {graph.outside} steps would")
    reached = {type(state) for state in space.states.values}
    return Report(
        machine.name,
        tuple(checks),
        Stats(len(graph.worlds), graph.edges, graph.starts, graph.depth, len(reached), len(machine.states)),
        complete,
        tuple(graph.hit),
        tuple(decider.missing.items()),
        tuple(assumed),
        tuple(type(graph.shown(place).state).__name__ for place in unattended_in(graph, ending)),
        graph,
    )


def _explored_together(
    machines: tuple[AnyMachine, ...],
    domain: Domain,
    check: Sequence[Property],
    ends: Predicate | None,
    within: Callable[[World], bool] | None,
    deadlines: Deadlines,
    bound: Bound,
) -> Report:
    """Explore several machines at once."""
    stepper = SystemStepper(machines, domain, deadlines, deferred=bound.deferred)
    graph = walked_from(stepper, stepper.first(), bound, within)
    ending = {
        place
        for place, world in enumerate(graph.worlds)
        if stepper.is_over(world) or (ends is not None and ends(graph.shown(place)))
    }
    _nothing_begins(graph)
    deciders = [one.rows.decider for one in stepper.steppers]
    missing = {place: why for one in deciders for place, why in one.missing.items()}
    complete = not (graph.hit or graph.blind or missing)
    found = judged_together(graph, ending, complete=complete, perpetual=any(one.perpetual for one in machines))
    kinds = (*STEP_KINDS, ProblemKind.STUCK, ProblemKind.NO_WAY_OUT)
    checks = [*_defaults(found, graph, complete=complete, kinds=kinds)]
    checks += [_asked(graph, one, complete=complete) for one in check]
    assumed = dict.fromkeys(text for one in deciders for text in one.assumed)
    if graph.outside:
        assumed[f"nothing goes beyond `within`; {graph.outside} steps would"] = None
    assumed["each instance has a clock of its own"] = None
    if any(isinstance(move.intent, Signal) for move in stepper.moves):
        assumed["a signal may reach any instance of its machine"] = None
    if any(isinstance(move.intent, Publish) for move in stepper.moves):
        assumed[
            "what is published reaches the topics that are open then, or else the first that open; later ones not"
        ] = None
    reached = sum(len({type(state) for state in one.space.states.values}) for one in stepper.steppers)
    states = sum(len(one.states) for one in machines)
    return Report(
        " + ".join(one.name for one in machines),
        tuple(checks),
        Stats(len(graph.worlds), graph.edges, graph.starts, graph.depth, reached, states),
        complete,
        tuple(graph.hit),
        tuple(missing.items()),
        tuple(assumed),
        (),
        graph,
    )


def _nothing_begins(graph: Graph) -> None:
    """Say so where there is no world: of nothing, nothing is proved."""
    if not graph.worlds:
        graph.hit.append("no world at all: nothing begins")


def _defaults(
    found: list[Judged], graph: Graph, *, complete: bool, kinds: Sequence[ProblemKind] = tuple(ProblemKind)
) -> Iterator[Check]:
    """Yield a check for each problem, and one for each kind that has none."""
    for problem, place, extra in found:
        verdict = Verdict.UNDETERMINED if problem.kind is ProblemKind.GROWTH else Verdict.REFUTED
        trace = trace_to(graph, place, extra) if place >= 0 or extra is not None else None
        yield Check(problem.kind, verdict, problem.where, problem.text, trace)
    failed = {one.problem.kind for one in found}
    for kind in kinds:
        if kind in failed:
            continue
        proved = complete if kind in _ABSENCES else not graph.hit
        yield Check(kind, Verdict.PROVED if proved else Verdict.UNDETERMINED)


def _asked(graph: Graph, asked: Property, *, complete: bool) -> Check:
    if asked.kind is PropertyKind.ALWAYS:
        return _always(graph, asked, complete=complete)
    if asked.kind is PropertyKind.SOMETIMES:
        return _sometimes(graph, asked, complete=complete)
    return _live(graph, asked, complete=complete)


def _always(graph: Graph, asked: Property, *, complete: bool) -> Check:
    for place in range(len(graph.worlds)):
        if not asked.holds(graph.shown(place)):
            text = f"expected it in every world, got one of {len(graph.worlds)} or more where it does not hold"
            return _refuted(asked, text, trace_to(graph, place))
    return _held(asked, complete=complete)


def _sometimes(graph: Graph, asked: Property, *, complete: bool) -> Check:
    for place in range(len(graph.worlds)):
        if asked.holds(graph.shown(place)):
            return Check(asked.name, Verdict.PROVED, trace=trace_to(graph, place))
    if not complete:
        return Check(asked.name, Verdict.UNDETERMINED)
    return Check(asked.name, Verdict.REFUTED, text=f"expected it in some world, got none of {len(graph.worlds)}")


def _live(graph: Graph, asked: Property, *, complete: bool) -> Check:
    """Look for a way on which what is asked for never comes."""
    lacking = {place for place in range(len(graph.worlds)) if not asked.holds(graph.shown(place))}
    if asked.when is None:
        roots = [place for place in range(graph.starts) if place in lacking]
    else:
        roots = [place for place in sorted(lacking) if asked.when(graph.shown(place))]
    lasso = lasso_of(graph, asked, lacking, roots)
    if lasso is None and _by_fresh_names(graph, asked):
        text = "expected fairness by values that last, got ids from ctx.uuid, which are renamed from world to world"
        return Check(asked.name, Verdict.UNDETERMINED, "", f"{text}; do name the moves by another field")
    if lasso is None:
        return _held(asked, complete=complete)
    return _refuted(
        asked, "expected it in the end on every way, got one that never comes to it", trace_of(graph, lasso)
    )


def _by_fresh_names(graph: Graph, asked: Property) -> bool:
    """Say whether fairness was asked for by the value of a fresh id, which no move keeps."""
    parts = (one.part(move) for one in asked.fair if one.by or one.fields for move in graph.walked.moves)
    return any(next(names_in(part), None) is not None for part in parts if part is not None)


def _refuted(asked: Property, text: str, trace: Trace) -> Check:
    where = type(trace.end.state).__name__ if trace.end is not None else ""
    return Check(asked.name, Verdict.REFUTED, where, text, trace)


def _held(asked: Property, *, complete: bool) -> Check:
    return Check(asked.name, Verdict.PROVED if complete else Verdict.UNDETERMINED)
