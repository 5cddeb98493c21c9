"""``prospects``: what becomes of the instances that are in flight, under the code as it is now.

"312 orders in flight: 309 can finish, 3 are stuck in AwaitingCourier." What may never be
here: reading a store; the snapshots come as values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, TypeVar, cast

from pydantic import BaseModel

from telic.kernel.events import Event
from telic.kernel.machine import AnyMachine, Machine
from telic.kernel.snapshot import Snapshot, Status
from telic.verify.domains import Domain
from telic.verify.judging import ends_of, judged
from telic.verify.problems import Problem
from telic.verify.properties import Predicate
from telic.verify.search import Bound, Graph, searched
from telic.verify.space import Space
from telic.verify.stepping import Deadlines, Stepper
from telic.verify.traces import Trace, trace_to
from telic.verify.worlds import Numbers

__all__ = ["Prospect", "Prospects", "prospects"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

_OVER = frozenset({Status.ENDED, Status.CANCELLED, Status.TERMINATED})


class Prospect(NamedTuple):
    """What may go wrong with some of the instances.

    Attributes:
        problem: What is wrong.
        ids: The instances that may come to it.
        trace: The shortest way from one of them.
    """

    problem: Problem
    ids: tuple[str, ...]
    trace: Trace

    def text(self) -> str:
        """Return the problem, how many it concerns, and the way to it."""
        shown = ", ".join(self.ids[:5]) + (", …" if len(self.ids) > 5 else "")
        return f"{len(self.ids)} may come to this ({shown}): {self.problem}\n{self.trace.text()}"


class Prospects(NamedTuple):
    """What becomes of the instances in flight.

    Attributes:
        machine: The name of the machine.
        in_flight: How many instances were looked at.
        can_finish: How many of them have a way to an end.
        states: How many of them are in each state.
        found: What may go wrong.
        complete: Nothing was left untried.
        limits: The bounds that were hit and the domains that are missing.
    """

    machine: str
    in_flight: int
    can_finish: int
    states: tuple[tuple[str, int], ...]
    found: tuple[Prospect, ...]
    complete: bool
    limits: tuple[str, ...]

    def assert_ok(self) -> None:
        """Raise when something may go wrong, or not everything was tried.

        Raises:
            AssertionError: With each problem and the instances that it concerns.
        """
        if self.found or not self.complete or self.can_finish < self.in_flight:
            raise AssertionError(self.text())

    def text(self) -> str:
        """Return the whole as text."""
        lines = [f"{self.machine}: {self.in_flight} in flight, {self.can_finish} can finish"]
        lines += [f"  {count} in {state}" for state, count in self.states]
        lines += [one.text() for one in self.found]
        lines += [f"not all was tried: {one}" for one in self.limits]
        return "\n".join(lines)


def prospects(
    machine: Machine[S, E],
    snapshots: Iterable[Snapshot[S]],
    *,
    domain: Domain | None = None,
    ends: Predicate | None = None,
    bound: Bound | None = None,
) -> Prospects:
    """Explore from every instance in flight, equal ones once.

    Args:
        machine: The machine as the code has it now.
        snapshots: The instances; those that are over are passed by.
        domain: Which values the world may bring, where the types do not say.
        ends: Further worlds where standing still is right.
        bound: How far to go.
    """
    space = Space(cast("AnyMachine", machine), None)
    stepper = Stepper(space, domain or Domain(), Deadlines(), deferred=(bound or Bound()).deferred)
    living = [one for one in snapshots if one.status not in _OVER]
    at: dict[Numbers, list[str]] = {}
    for one in living:
        at.setdefault(stepper.begun(cast("Snapshot[BaseModel]", one)), []).append(one.id)
    graph = searched(stepper, (), bound or Bound(), worlds=tuple(at))
    ending = ends_of(graph, ends)
    decider = stepper.rows.decider
    complete = not (graph.hit or graph.blind or decider.missing)
    ids = [at[world] for world in graph.worlds[: graph.starts]]
    found = [
        Prospect(one.problem, _concerned(graph, one.world, ids), trace_to(graph, one.world, one.extra))
        for one in judged(graph, ending, complete=complete)
        if one.world >= 0
    ]
    finishing = graph.reaching(ending)
    counts = Counter(type(one.state).__name__ for one in living)
    return Prospects(
        machine.name,
        len(living),
        sum(len(ids[start]) for start in range(graph.starts) if start in finishing),
        tuple(sorted(counts.items())),
        tuple(found),
        complete,
        (*graph.hit, *(f"no domain for {place}: {why}" for place, why in decider.missing.items())),
    )


def _concerned(graph: Graph, place: int, ids: list[list[str]]) -> tuple[str, ...]:
    """Return the instances from which a world can be reached."""
    reaching = graph.reaching({place})
    return tuple(id for start in range(graph.starts) if start in reaching for id in ids[start])
