"""What may be open in which state, walked over fingerprints: also over those of old code.

The rules are those of the lost-answer analysis of the kernel, over stored names; a test holds
the two against each other. What may never be here: a class of a machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from telic.kernel.lost import MANY, MAX_WORLDS, ONE, PERHAPS
from telic.verify.fingerprints import EdgePrint, Fingerprint, RowPrint

__all__ = ["Flight", "Flights", "flights_of"]

Open: TypeAlias = "frozenset[tuple[str, int]]"


class Flight(NamedTuple):
    """A state and what may be open in it, by stored names.

    Attributes:
        state: The kind.
        open: The tags of open intents, each with ``PERHAPS``, ``ONE`` or ``MANY``.
        late: The tags of those that were given up and may still succeed.
    """

    state: str
    open: Open = frozenset()
    late: frozenset[str] = frozenset()


class Flights:
    """The walk over one fingerprint.

    Attributes:
        found: Every flight, with the flight before it and the event between.
        broken: Claims to settle an intent that an entry would break: state and intent.
        tracked: The tags of the intents that are counted; all others may be open anywhere.
    """

    def __init__(self, machine: Fingerprint, tracked: frozenset[str]) -> None:
        """Take the fingerprint and the intents to count."""
        self.found: dict[Flight, tuple[Flight | None, str]] = {}
        self.broken: dict[tuple[str, str], Flight] = {}
        self.tracked = tracked
        self._machine = machine
        self._states = {one.kind: one for one in machine.states}
        self._answers = {one.tag: frozenset(one.answers) for one in machine.intents}
        self._failures = {one.failure: one.tag for one in machine.intents}
        self._waited = _waited(machine)
        self._queue: deque[Flight] = deque()

    def begin(self) -> None:
        """Add the flights with which instances begin."""
        for row in self._machine.starts:
            for edge in (one for one in row.edges if not one.verdict):
                self._enter(None, Flight(edge.target), row.event, edge)
        for state in self._machine.start_states:
            self.add(Flight(state))

    def add(self, flight: Flight, before: Flight | None = None, event: str = "") -> None:
        """Add one flight, to be followed by :meth:`run`."""
        if flight not in self.found:
            self.found[flight] = (before, event)
            self._queue.append(flight)

    def run(self, limit: int) -> bool:
        """Walk; return whether the end was reached within so many flights."""
        while self._queue:
            if len(self.found) > limit:
                return False
            self._expand(self._queue.popleft())
        return True

    def story(self, flight: Flight) -> str:
        """Return the shortest way to a flight: kinds and the events between them."""
        parts: list[str] = []
        at: Flight | None = flight
        while at is not None:
            before, event = self.found[at]
            parts.append(f"--{event}--> {at.state}" if event else at.state)
            at = before
        return " ".join(reversed(parts))

    def _expand(self, flight: Flight) -> None:
        state = self._states.get(flight.state)
        if state is None or state.final:
            return
        for row in state.rows:
            for arrived in self._arrivals(flight, row.event, command=row.command):
                self._along(flight, arrived, row)
        taken = {row.event for row in state.rows}
        commands = {one.tag for one in self._machine.events if one.command}
        for event in (one for one in state.ignores if one not in taken):
            is_command = event in commands or event in _CONTROLS
            for arrived in self._arrivals(flight, event, command=is_command):
                self.add(arrived, flight, event)

    def _arrivals(self, flight: Flight, event: str, *, command: bool) -> Iterator[Flight]:
        if command or self._comes_by_itself(flight, event):
            yield flight
        for intent, count in sorted(flight.open):  # in one order, so that the stories are the same everywhere
            failed = self._failures.get(event) == intent
            if failed or event in self._answers[intent]:
                late = failed and bool(self._answers[intent])
                left = flight.open if count == MANY else flight.open - {(intent, count)}
                yield Flight(flight.state, left, flight.late | {intent} if late else flight.late)

    def _comes_by_itself(self, flight: Flight, event: str) -> bool:
        waited = self._waited.get(flight.state, frozenset())
        if event in waited or any(event in self._answers[one] for one in flight.late):
            return True
        if event in self._failures:
            return self._failures[event] not in self.tracked
        asking = {one for one, answers in self._answers.items() if event in answers}
        return not asking or not asking <= self.tracked

    def _along(self, flight: Flight, arrived: Flight, row: RowPrint) -> None:
        for edge in row.edges:
            if edge.verdict == "Defer":
                if row.event in self._failures:
                    kept = {(intent, PERHAPS) for intent, _ in flight.open - arrived.open}
                    self.add(Flight(flight.state, arrived.open | kept, arrived.late), flight, row.event)
            elif edge.verdict:
                self.add(arrived, flight, row.event)
            else:
                self._enter(flight, arrived, row.event, edge)

    def _enter(self, before: Flight | None, arrived: Flight, event: str, edge: EdgePrint) -> None:
        counts, late = dict(arrived.open), arrived.late
        if edge.withdraws:
            late |= {intent for intent in counts if self._answers[intent]}
            counts = {intent: PERHAPS if count == ONE else count for intent, count in counts.items()}
        state = self._states.get(edge.target)
        for claimed in state.settles if state is not None else ():
            if before is not None and counts.get(claimed) == ONE:
                self.broken.setdefault((edge.target, claimed), before)
                return
            counts.pop(claimed, None)
        for intent, many in edge.emits:
            if intent in self.tracked:
                counts[intent] = self._count(intent, several=many or intent in counts)
        self.add(Flight(edge.target, frozenset(counts.items()), late), before, event)

    def _count(self, intent: str, *, several: bool) -> int:
        if several:
            return MANY
        return ONE if self._answers[intent] else PERHAPS


_CONTROLS = frozenset({"telic.cancel", "telic.pause", "telic.resume", "telic.terminate"})


def flights_of(machine: Fingerprint, seeds: Iterable[Flight] | None = None) -> tuple[Flights, ...]:
    """Return the walks that cover a machine: one, or one for each intent where that is too much.

    Args:
        machine: Its fingerprint.
        seeds: The flights to go on from; the starts of the machine when left out.
    """
    asking = sorted(one.tag for one in machine.intents if one.answers or one.at_most_once)
    given = tuple(seeds) if seeds is not None else None
    whole = _begun(machine, frozenset(asking), given)
    if whole.run(MAX_WORLDS):
        return (whole,)
    single = [_begun(machine, frozenset({one}), given) for one in asking]
    for walk in single:
        walk.run(MAX_WORLDS * 10)
    return tuple(single)


def _begun(machine: Fingerprint, tracked: frozenset[str], seeds: tuple[Flight, ...] | None) -> Flights:
    walk = Flights(machine, tracked)
    if seeds is None:
        walk.begin()
    for state, opened, late in seeds or ():
        walk.add(Flight(state, frozenset(one for one in opened if one[0] in tracked), late & tracked))
    return walk


def _waited(machine: Fingerprint) -> Mapping[str, frozenset[str]]:
    waited = {one.kind: frozenset(wait.event for wait in one.waits if wait.event) for one in machine.states}
    deferred = {
        (state.kind, row.event)
        for state in machine.states
        for row in state.rows
        if any(edge.verdict == "Defer" for edge in row.edges)
    }
    kept = {event for state, events in waited.items() for event in events if (state, event) in deferred}
    return {state: events | kept for state, events in waited.items()}
