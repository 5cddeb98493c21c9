"""Between values and rows: what a commit writes, and what stored rows mean.

What may never be here: a connection, or the order in which commits reach the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar, cast

import pydantic_core
from pydantic import BaseModel

from telic.kernel.codec import StoredSnapshot, microseconds, moment, state_hash
from telic.kernel.events import Event
from telic.kernel.journal import JournalEntry
from telic.kernel.snapshot import (
    NOTHING_SEEN,
    Commit,
    Meta,
    OpenIntent,
    OpenWait,
    Outcome,
    Record,
    Recorded,
    Snapshot,
    Status,
)
from telic.kernel.states import Attribute, State
from telic.kernel.values import EventId, IntentId, WaitKey, WorkflowId
from telic.kernel.waits import Deadline, HumanTask, Topic
from telic.stores.sqlite.statements import Row, SqlValue, Step, Write

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["EntryRow", "IntentRow", "Rows", "SnapshotRow", "intent_ids"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)


class SnapshotRow(NamedTuple):
    """A row of ``telic_instance`` without its primary key, as `load` reads it."""

    revision: int
    kind: str
    version: int
    status: str
    state: bytes
    rest: bytes | None
    key: str | None
    parent: str | None
    started_us: int
    at_us: int


class EntryRow(NamedTuple):
    """A row of ``telic_journal`` without its instance."""

    revision: int
    outcome: str
    at_us: int
    tag: str
    version: int
    data: bytes
    event_id: str | None
    answers: str | None
    wait: str | None
    actor: str
    first: int | None
    why: str | None
    kind: str
    intents: str | None
    state_hash: bytes
    code: int


class IntentRow(NamedTuple):
    """What a row of ``telic_outbox`` says of an intent."""

    intent_id: str
    id: str
    tag: str
    version: int
    payload: bytes
    withdrawn: int
    correlated: int


class Rows(Generic[S]):
    """Turns the commits of one machine and tenant into rows, and rows into values."""

    def __init__(self, machine: Machine[S, E], tenant: str) -> None:
        """Keep what every row begins with."""
        self._codec = machine.codec
        self._version = machine.version
        self._prefix = (tenant, machine.name)
        self._tenant = tenant
        self._described = {cls: _describes(cls) for cls in machine.states}

    def written(self, commit: Commit[S]) -> Write:
        """Return the rows of a commit; those derived from waits and attributes only if they change."""
        before, after, records = commit
        meta = after.meta
        prefix = self._prefix
        instance = (*prefix, meta.id)
        stored = self._codec.encode_snapshot(after)
        at_us = microseconds(after.at)
        held = (
            after.revision,
            stored.kind,
            stored.version,
            after.status,
            stored.state,
            stored.rest,
            at_us,
        )
        rows: list[tuple[Step, list[Row]]] = []
        if before is None:
            started_us = microseconds(meta.started_at or after.at)
            rows.append((Step.START, [(*instance, *held, meta.key, meta.parent, started_us)]))
        else:
            rows.append((Step.MOVE, [(*held, *instance, before.revision)]))
        learnt: list[Row] = [
            (*instance, one.given_id, one.revision) for one in records if one.given_id is not None
        ]
        if learnt:
            rows.append((Step.LEARN, learnt))
        rows.append((Step.RECORD, self._recorded(records, after, stored, instance)))
        if after.open or (before is not None and before.open):
            rows += self._intents(commit, at_us)
        if commit.waits_changed:
            rows += _waits(before.waits if before is not None else (), after.waits, instance)
        if self._described[type(after.state)] or (
            before is not None and self._described[type(before.state)]
        ):
            rows += self._attributes(
                before.state if before is not None else None, after.state, instance
            )
        return Write(instance, commit.expected, tuple(rows))

    def _recorded(
        self,
        records: tuple[Record[S], ...],
        after: Snapshot[S],
        stored: StoredSnapshot,
        instance: tuple[str, ...],
    ) -> list[Row]:
        codec = self._codec
        lines: list[Row] = []
        known: S | None = after.state
        kind, digest = stored.kind, state_hash(stored.state)
        for one in records:
            if one.state is not known:
                known = one.state
                kind, _, data = codec.encode_state(known)
                digest = state_hash(data)
            tag, version, event = codec.encode_event(one.event)
            why = _json([str(reason) for reason in one.why]) if one.why else None
            intents = self._intent_list(one.emitted) if one.emitted else None
            lines.append((
                *instance, one.revision, one.outcome, microseconds(one.at), tag, version, event, one.given_id,
                one.answers, one.wait, one.actor, one.first, why, kind, intents, digest, self._version,
            ))  # fmt: skip
        return lines

    def _intent_list(self, emitted: tuple[OpenIntent, ...]) -> str:
        parts: list[bytes] = []
        for one in emitted:
            tag, version, data = self._codec.encode_intent(one.intent)
            parts.append(
                b"[%b,%b,%d,%b]"
                % (pydantic_core.to_json(one.id), pydantic_core.to_json(tag), version, data)
            )
        return (b"[" + b",".join(parts) + b"]").decode()

    def _intents(self, commit: Commit[S], at_us: int) -> Iterable[tuple[Step, list[Row]]]:
        prefix = self._prefix
        done: list[Row] = [(*prefix, key) for key in commit.done]
        withdrawn: list[Row] = [(*prefix, key) for key in commit.withdrawn]
        # An answer that is kept as unplaced leaves its intent open, with nothing left to do.
        kept = {one.answers.id for one in commit.after.parked if one.answers is not None}
        opened = [
            self._opened(one, commit.id, at_us) for one in commit.opened if one.id not in kept
        ]
        steps = ((Step.CLOSE, done), (Step.WITHDRAW, withdrawn), (Step.OPEN, opened))
        return [(step, rows) for step, rows in steps if rows]

    def _opened(self, one: OpenIntent, id: WorkflowId, at_us: int) -> Row:
        tag, version, data = self._codec.encode_intent(one.intent)
        return (
            *self._prefix, one.id, id, tag, version, data,
            int(one.withdrawn), int(one.correlated), at_us, at_us,
        )  # fmt: skip

    def _attributes(
        self, before: S | None, after: S, instance: tuple[str, ...]
    ) -> list[tuple[Step, list[Row]]]:
        old = self._attributes_of(before) if before is not None else {}
        new = self._attributes_of(after)
        if old == new:
            return []
        steps: list[tuple[Step, list[Row]]] = [(Step.FORGET, [instance])] if old else []
        if new:
            steps.append(
                (
                    Step.DESCRIBE,
                    [(*instance, name, *_searchable(value)) for name, value in new.items()],
                )
            )
        return steps

    def _attributes_of(self, state: S) -> Mapping[str, Attribute]:
        return cast("State", state).attributes() if self._described[type(state)] else {}

    def snapshot(
        self, id: WorkflowId, row: SnapshotRow, seen: Mapping[EventId, Recorded] = NOTHING_SEEN
    ) -> Snapshot[S]:
        """Return the instance that a row holds.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        parent = IntentId(row.parent) if row.parent is not None else None
        return self._codec.decode_snapshot(
            StoredSnapshot(row.kind, row.version, row.state, row.rest),
            meta=Meta(id, self._tenant, row.key, moment(row.started_us), parent),
            revision=row.revision,
            status=Status(row.status),
            at=moment(row.at_us),
            seen=seen,
        )

    def entry(self, id: WorkflowId, row: EntryRow) -> JournalEntry:
        """Return the line of a journal that a row holds.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        return JournalEntry(
            id, row.revision, Outcome(row.outcome), moment(row.at_us),
            self._codec.decode_event(row.tag, row.version, row.data),
            _made(EventId, row.event_id), _made(IntentId, row.answers), _made(WaitKey, row.wait),
            row.actor, row.first, tuple(pydantic_core.from_json(row.why)) if row.why is not None else (),
            row.kind, intent_ids(row.intents), row.state_hash, row.code,
        )  # fmt: skip

    def intent(self, row: IntentRow) -> tuple[WorkflowId, OpenIntent]:
        """Return the instance and the intent that a row of the outbox holds.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        intent = self._codec.decode_intent(row.tag, row.version, row.payload)
        opened = OpenIntent(
            IntentId(row.intent_id), intent, bool(row.withdrawn), bool(row.correlated)
        )
        return WorkflowId(row.id), opened


def intent_ids(intents: str | None) -> tuple[IntentId, ...]:
    """Return the ids in the stored list of what a step has emitted."""
    if intents is None:
        return ()
    return tuple(IntentId(one[0]) for one in pydantic_core.from_json(intents))


T = TypeVar("T")


def _made(make: Callable[[str], T], text: str | None) -> T | None:
    return make(text) if text is not None else None


def _json(value: object) -> str:
    return pydantic_core.to_json(value).decode()


def _describes(state: type[BaseModel]) -> bool:
    """Say whether a class of states names attributes to be searched by."""
    return issubclass(state, State) and state.attributes is not State.attributes


def _searchable(value: Attribute) -> tuple[str, SqlValue]:
    """Return the type of an attribute and a value that SQLite sorts as Python does."""
    if isinstance(value, bool):
        return "bool", int(value)
    if isinstance(value, int):
        return "int", value
    if isinstance(value, str):
        return "str", value
    if isinstance(value, datetime):
        return "datetime", microseconds(value)
    if isinstance(value, date):
        return "date", value.isoformat()
    # The nearest number, for the search; the exact one stands in the state.
    return "decimal", float(value)


def _waits(
    before: tuple[OpenWait, ...], after: tuple[OpenWait, ...], instance: tuple[str, ...]
) -> list[tuple[Step, list[Row]]]:
    since = {one.key: one.since for one in after}
    # One that was closed and opened again is another one: its row goes, and a new one comes.
    ended: list[Row] = [(*instance, one.key) for one in before if since.get(one.key) != one.since]
    declared = [_wait(one, instance) for one in after]
    return [
        (step, rows)
        for step, rows in ((Step.END_WAIT, ended), (Step.DECLARE_WAIT, declared))
        if rows
    ]


def _wait(one: OpenWait, instance: tuple[str, ...]) -> Row:
    wait = one.wait
    head = (*instance, one.key)
    event, opened_us = wait.event_type.__tag__, microseconds(one.opened_at)
    none = (None,) * 8
    if isinstance(wait, Deadline):
        fired_us = microseconds(one.fired) if one.fired is not None else None
        return (
            *head,
            "deadline",
            event,
            one.since,
            opened_us,
            microseconds(wait.at),
            fired_us,
            *none,
        )
    if isinstance(wait, HumanTask):
        due_us = microseconds(wait.due) if wait.due is not None else None
        remind = _json([offset.total_seconds() for offset in wait.remind]) if wait.remind else None
        return (
            *head, "task", event, one.since, opened_us, due_us, None, wait.title, wait.description,
            wait.assignee, _json(wait.groups), wait.priority, remind, None, None,
        )  # fmt: skip
    assert isinstance(wait, Topic)
    return (
        *head,
        "topic",
        event,
        one.since,
        opened_us,
        None,
        None,
        *none[2:],
        wait.name,
        wait.topic_key,
    )
