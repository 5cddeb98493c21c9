"""What may happen next to an instance: each command, each answer, each failure, each wait.

A move names the class of its event and where it comes from; its fields are still to be
filled. What may never be here: the choice between moves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel

from telic.kernel.events import Command, Event
from telic.kernel.machine import AnyMachine
from telic.kernel.orders import IntentDone
from telic.kernel.snapshot import Delivery, OpenIntent, OpenWait, Snapshot, Status
from telic.kernel.table import Row
from telic.kernel.values import EventId
from telic.kernel.waits import Deadline, HumanTask

__all__ = ["FAR", "OVER", "Move", "MoveKind", "distances", "label_of", "moves_of"]

OVER = frozenset({Status.ENDED, Status.CANCELLED, Status.TERMINATED})
# Further than any way through a machine.
FAR = 1_000


class MoveKind(StrEnum):
    """What kind of thing happens."""

    COMMAND = "command"
    ANSWER = "answer"
    LATE = "late answer"
    DONE = "done"
    FAIL = "failure"
    FIRE = "deadline"
    COMPLETE = "task"
    PUBLISH = "topic"


class Move(NamedTuple):
    """One thing that may happen next.

    Attributes:
        kind: What kind of thing.
        event: The class of the event.
        row: The transition that takes it, if the state has one.
        answers: The intent that it answers.
        wait: The wait that it comes from.
    """

    kind: MoveKind
    event: type[Event]
    row: Row | None = None
    answers: OpenIntent | None = None
    wait: OpenWait | None = None

    @property
    def via(self) -> str:
        """Where the event comes from, in words; empty for a command."""
        if self.answers is not None:
            return f"for {type(self.answers.intent).__name__} {self.answers.id}"
        return f"from {self.kind} {self.wait.key}" if self.wait is not None else ""

    def delivery(self, event: Event, event_id: EventId | None = None) -> Delivery:
        """Return the delivery of an event that fills this move in."""
        answers = self.answers.id if self.answers is not None else None
        return Delivery(event, event_id, answers, self.wait.key if self.wait is not None else None)

    def __repr__(self) -> str:
        """Return kind, class and source."""
        return f"{self.kind}: {self.event.__name__}{f' {self.via}' if self.via else ''}"


def moves_of(machine: AnyMachine, snapshot: Snapshot[BaseModel]) -> tuple[Move, ...]:
    """Return what may happen next, in an order that depends on nothing but the instance.

    Args:
        machine: The description of the process.
        snapshot: The instance.
    """
    rows = machine.infos[type(snapshot.state)].rows
    found = [*_answers(machine, snapshot, rows), *_from_waits(snapshot, rows)]
    if snapshot.status not in OVER:
        found += [
            Move(MoveKind.COMMAND, one, rows.get(one))
            for one in machine.events
            if issubclass(one, Command) and one not in machine.task_commands
        ]
    return tuple(found)


def _answers(machine: AnyMachine, snapshot: Snapshot[BaseModel], rows: Mapping[type[Event], Row]) -> Iterator[Move]:
    kept = {one.answers.id for one in snapshot.parked if one.answers is not None}
    for held, kind in ((snapshot.open, MoveKind.ANSWER), (snapshot.late, MoveKind.LATE)):
        for one in held.values():
            if one.id in kept:
                continue
            answers = sorted(machine.intents[type(one.intent)], key=lambda answer: answer.__tag__)
            for answer in answers:
                yield Move(kind, answer, rows.get(answer), one)
            if kind is MoveKind.LATE:
                continue
            if not answers:
                yield Move(MoveKind.DONE, IntentDone, None, one)
            failure = machine.failures[type(one.intent)]
            yield Move(MoveKind.FAIL, failure, rows.get(failure), one)


def _from_waits(snapshot: Snapshot[BaseModel], rows: Mapping[type[Event], Row]) -> Iterator[Move]:
    if snapshot.status is not Status.RUNNING:
        return
    for one in snapshot.waits:
        event, wait = one.wait.event_type, one.wait
        if isinstance(wait, Deadline) and one.fired is not None:
            continue
        kinds = {Deadline: MoveKind.FIRE, HumanTask: MoveKind.COMPLETE}
        yield Move(kinds.get(type(wait), MoveKind.PUBLISH), event, rows.get(event), wait=one)


def label_of(row: Row) -> str:
    """Return a transition as an arrow from its state."""
    return f"{row.state.__name__} --{row.event.__name__}-->"


def distances(machine: AnyMachine, goal: Row) -> Mapping[type[BaseModel], int]:
    """Return for each state how many transitions lead at least to the state of a goal.

    Args:
        machine: The description of the process.
        goal: The transition that is to be taken.
    """
    into: dict[type[BaseModel], set[type[BaseModel]]] = {}
    for info in machine.infos.values():
        for row in info.rows.values():
            for edge in row.edges:
                into.setdefault(edge.target, set()).add(info.state)
    found = {goal.state: 0}
    ahead = deque([goal.state])
    while ahead:
        state = ahead.popleft()
        for source in into.get(state, ()):
            if source not in found:
                found[source] = found[state] + 1
                ahead.append(source)
    return found
