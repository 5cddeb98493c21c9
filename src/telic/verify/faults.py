"""Faults that a world may be put through: an answer that comes twice, a crash and a reload.

Answers that come late, or after a withdrawal, need no switch: they are explored always. What
may never be here: a fault of a store; those are for the store's own tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

from pydantic import BaseModel

from telic.kernel.advance import advance
from telic.kernel.codec import StoredSnapshot
from telic.kernel.errors import DecodeError
from telic.kernel.events import Event
from telic.kernel.machine import AnyMachine
from telic.kernel.results import Duplicate, Unasked
from telic.kernel.snapshot import Commit, Delivery, Snapshot
from telic.kernel.values import EventId, IntentId, WaitKey
from telic.verify.domains import Domain, NoDomain
from telic.verify.judging import Judged
from telic.verify.moves import How, Move, described
from telic.verify.probing import EPOCH, ChanceNeeded, Probe, ProbingContext
from telic.verify.problems import Problem, ProblemKind
from telic.verify.search import Graph

__all__ = ["Faults", "faults_in"]

_TWICE = EventId("the same event")
_COMING = frozenset({How.ANSWER, How.DEADLINE, How.TASK, How.TOPIC, How.COMMAND})


class Faults(NamedTuple):
    """Which faults every world is put through.

    Attributes:
        twice: Each event is delivered again under its id, which has to change nothing; and an
            answer once more under another id, which has to be refused.
        reload: Each world is encoded and decoded, as by a crash, and has to come back equal.
    """

    twice: bool = False
    reload: bool = False


def faults_in(graph: Graph, faults: Faults, domain: Domain) -> list[Judged]:
    """Return what goes wrong, of each kind and state the first.

    Args:
        graph: The worlds of one machine, and the steps between them.
        faults: What to put them through.
        domain: The numbers that ``ctx.random`` may give.
    """
    found: dict[tuple[ProblemKind, str], Judged] = {}
    for place in range(len(graph.worlds)):
        for problem in _at(graph, place, faults, domain):
            found.setdefault((problem.kind, problem.where), Judged(problem, place))
    return list(found.values())


def _at(graph: Graph, place: int, faults: Faults, domain: Domain) -> Iterator[Problem]:
    snapshot = graph.stepper.space.snapshot(graph.worlds[place])
    machine = graph.stepper.space.machine
    if faults.reload:
        yield from _reloaded(machine, snapshot)
    if faults.twice:
        for label, _ in graph.steps(place):
            yield from _delivered_twice(machine, snapshot, graph.move(label), domain)


def _reloaded(machine: AnyMachine, snapshot: Snapshot[BaseModel]) -> Iterator[Problem]:
    codec = machine.codec
    stored: StoredSnapshot = codec.encode_snapshot(snapshot)
    try:
        again = codec.decode_snapshot(
            stored, meta=snapshot.meta, revision=snapshot.revision, status=snapshot.status, at=snapshot.at
        )
        same = again == snapshot._replace(seen=again.seen)
        got = "another one"
    except DecodeError as error:
        same, got = False, str(error)
    if not same:
        where = type(snapshot.state).__name__
        text = f"expected the instance to come back from a store as it was, got {got}"
        yield Problem(ProblemKind.NOT_STORABLE, where, text)


def _delivered_twice(
    machine: AnyMachine, snapshot: Snapshot[BaseModel], move: Move, domain: Domain
) -> Iterator[Problem]:
    """Deliver an event, and the same event again, as any sender may do."""
    if move.how not in _COMING or not isinstance(move.event, Event):
        return
    answers = _open_id(snapshot, move)
    delivery = Delivery(move.event, _TWICE, answers, WaitKey(move.wait) if move.wait else None)
    ctx = _context(machine, snapshot, delivery, move, domain)
    first = advance(machine, snapshot, delivery, ctx) if ctx is not None else None
    if ctx is None or not isinstance(first, Commit):
        return
    after = cast("Commit[BaseModel]", first).after
    where = type(after.state).__name__
    second = advance(machine, after, delivery, ctx)
    if not isinstance(second, Duplicate):
        text = f"expected nothing to change when it comes twice, got {second!r}, on {described(move)}"
        yield Problem(ProblemKind.TWICE, where, text)
    if answers is not None and answers not in after.open:
        other = advance(machine, after, delivery._replace(event_id=None), ctx)
        if not isinstance(other, Unasked) and answers not in after.late:
            text = f"expected a second answer to be refused, got {other!r}, on {described(move)}"
            yield Problem(ProblemKind.TWICE, where, text)


def _context(
    machine: AnyMachine, snapshot: Snapshot[BaseModel], delivery: Delivery, move: Move, domain: Domain
) -> ProbingContext | None:
    """Return a context with a number for each label that the step asks for; any will do."""
    chances: dict[str, float] = {}
    while True:
        ctx = ProbingContext(Probe(chances), EPOCH + move.after, move.actor)
        try:
            advance(machine, snapshot, delivery, ctx)
        except ChanceNeeded as needed:
            try:
                chances[needed.label] = domain.chances(needed.label)[0]
            except NoDomain:
                return None  # told already: the exploration is undetermined
        except Exception:  # noqa: BLE001  (told already, by the step itself)
            return None
        else:
            return ctx


def _open_id(snapshot: Snapshot[BaseModel], move: Move) -> IntentId | None:
    if move.intent is None:
        return None
    return next((key for key, one in snapshot.open.items() if one.intent == move.intent), None)
