"""From commits to rows: all that one commit writes, table by table.

All SQL stores share it. What may never be here: a connection, SQL, or the order in which
commits reach the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, cast

import pydantic_core
from pydantic import BaseModel

from telic.kernel.codec import Stored, microseconds, quoted, state_hash
from telic.kernel.errors import StoreFailed
from telic.kernel.events import Event
from telic.kernel.snapshot import NOTHING_OPEN, Commit, OpenIntent, OpenWait, Outcome, Record, Snapshot, Status
from telic.kernel.states import Attribute, State
from telic.kernel.storable import refuse_unwritable
from telic.kernel.values import IntentId
from telic.kernel.waits import Deadline, HumanTask, Topic
from telic.runtime.acts import Act
from telic.runtime.claims import IntentState
from telic.runtime.images import CheckpointRow, EntryRow, Image, KnownRow, SnapshotRow
from telic.stores.writes import Row, SqlValue, Step, Write

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["Encoder", "act_row", "searchable", "wait_row"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)
_Steps: TypeAlias = list[tuple[Step, list[Row]]]
_Payloads: TypeAlias = dict[IntentId, Stored]
# Members of an enum are looked up through a descriptor; these names, asked for at every commit, are not.
_MOVE, _LEARN, _RECORD, _CLOSE, _OPEN = Step.MOVE, Step.LEARN, Step.RECORD, Step.CLOSE, Step.OPEN
_PAUSED, _RUNNING, _HELD, _READY = Status.PAUSED, Status.RUNNING, int(IntentState.HELD), int(IntentState.READY)
_STEPPED = Outcome.STEPPED
# Named tuples are made by their base where it counts: their own __new__ costs as much again.
_tuple = tuple.__new__


class Encoder(Generic[S]):
    """Turns the commits of one machine and tenant into rows."""

    def __init__(self, machine: Machine[S, E], tenant: str) -> None:
        """Keep what every row begins with."""
        self._codec = machine.codec
        self._version = machine.version
        self._prefix = (tenant, machine.name)
        self._described = frozenset(cls for cls in machine.states if _describes(cls))

    def written(self, commit: Commit[S]) -> tuple[SnapshotRow, Write]:
        """Return the row of the instance, and all rows that a commit writes.

        Rows that derive from waits and attributes are among them only where they change.

        Raises:
            EncodeError: For what no store can hold.
            StoreFailed: For an id with NUL.
        """
        refuse_unwritable(commit)
        before, after, records = commit
        # Plain texts throughout: a driver has to look for the meaning of any other class.
        instance = (*self._prefix, str(after.meta.id))
        payloads: _Payloads = {}
        row = self._row(after, payloads)
        revision, kind, version, status, state, rest, _, _, _, at_us, _, _ = row
        steps: _Steps = []
        expected = 0
        if before is None:
            _refuse_nul(after.meta.id)
            steps.append((Step.START, [(*instance, *row)]))
        else:
            expected = before.revision
            known_us = microseconds(before.at)
            steps.append((
                _MOVE, [(revision, kind, version, status, state, rest, at_us, *instance, expected, known_us)]
            ))  # fmt: skip
        given = [(str(one.given_id), one.revision) for one in records if one.given_id is not None]
        if given:
            _refuse_nul(*(one.given_id for one in records if one.given_id is not None))
            steps.append((_LEARN, [instance + one for one in given]))
        steps.append((_RECORD, self._recorded(commit, instance, row, payloads)))
        if after.open or (before is not None and before.open):
            steps += self._intents(commit, at_us, payloads)
        if commit.waits_changed:
            steps += _waits(commit, instance)
        if self._described:
            steps += self._attributes(before, after, instance)
        if before is not None and before.status is not after.status:
            steps += self._held(commit, instance)
        if any(one.checkpoint is not None for one in records):
            steps += self._checkpoints(commit, instance, payloads)
        return row, _tuple(Write, (instance, expected, tuple(steps)))

    def admitted(self, image: Image, after: Snapshot[S], commit: Commit[S] | None, act: Act) -> Write:
        """Return the rows by which an instance comes to stand that another store has kept.

        Args:
            image: All that was kept of it.
            after: The instance, after the step that is taken at once, if one is.
            commit: That step.
            act: The trace of it.

        Raises:
            EncodeError: For what no store can hold.
            StoreFailed: For an id with NUL.
        """
        meta = after.meta
        instance = (*self._prefix, str(meta.id))
        _refuse_nul(meta.id, *(one.event_id for one in image.known))
        row, lines, held, known = image.instance, [], list(image.checkpoints), list(image.known)
        if commit is not None:
            refuse_unwritable(commit)
            payloads: _Payloads = {}
            row = self._row(after, payloads)
            lines = self._recorded(commit, instance, row, payloads)
            held += [CheckpointRow(self._row(one.checkpoint, payloads), 0) for one in commit.records if one.checkpoint]
            known += [KnownRow(one.given_id, one.revision) for one in commit.records if one.given_id is not None]
        steps: _Steps = [
            (Step.START, [(*instance, *row)]),
            (Step.RECORD, [(*instance, *one) for one in image.journal] + lines),
            *self._attributes(None, after, instance),
            (Step.CHECKPOINT, [(*instance, *one.row, one.base) for one in held]),
            (Step.ADMIT_EVENT_ID, [(*instance, *one) for one in known]),
            (Step.ADMIT_INTENT, [(*self._prefix, one.intent_id, instance[2], *one[1:]) for one in image.intents]),
            (Step.ADMIT_WAIT, _admitted_waits(image, after, instance)),
            (Step.KEEP_ACT, [(*instance, *one) for one in image.acts] + [act_row(instance, act)]),
        ]
        return Write(instance, 0, tuple(step for step in steps if step[1]))

    def left(self, commit: Commit[S], act: Act) -> Write:
        """Return the rows of a step that halts an instance, after which all that nobody carries out is set aside.

        Args:
            commit: The step.
            act: The trace of it.
        """
        _, write = self.written(commit)
        steps = [step for step in write.rows if step[0] is not Step.HOLD_INTENT]  # one row changes once
        steps.append((Step.KEEP_ACT, [act_row(write.instance, act)]))
        steps.append((Step.LEAVE, [(*write.instance, microseconds(act.at))]))
        return write._replace(rows=tuple(steps))

    def _checkpoints(self, commit: Commit[S], instance: tuple[str, str, str], payloads: _Payloads) -> _Steps:
        records = commit.records
        # One with which an instance begins is what its journal goes back to already.
        first = records[0].revision if commit.before is None else 0
        held = [one.checkpoint for one in records if one.checkpoint is not None]
        return [(Step.CHECKPOINT, [(*instance, *self._row(one, payloads), int(one.revision == first)) for one in held])]

    def _row(self, snapshot: Snapshot[S], payloads: _Payloads) -> SnapshotRow:
        kind, version, state, rest = self._codec.encode_snapshot(snapshot, payloads)
        _, _, key, started_at, parent, root = snapshot.meta
        status = snapshot.status
        at_us = microseconds(snapshot.at)
        row: SnapshotRow = _tuple(
            SnapshotRow, (
                snapshot.revision, kind, version, "running" if status is _RUNNING else str(status), state, rest,
                key, None if parent is None else str(parent),
                microseconds(started_at) if started_at is not None else at_us, at_us,
                *((None, None) if root is None else (root.machine, str(root.id))),
            )
        )  # fmt: skip
        return row

    def _recorded(
        self, commit: Commit[S], instance: tuple[str, str, str], stored: SnapshotRow, payloads: _Payloads
    ) -> list[Row]:
        codec, after = self._codec, commit.after
        known: S | None = after.state
        _, kind, _, _, state, _, _, _, _, at_us, _, _ = stored
        digest = state_hash(state)
        lines: list[Row] = []
        for one in commit.records:
            if one.state is not known:
                known = one.state
                kind, _, data = codec.encode_state(known)
                digest = state_hash(data)
            moment_us = at_us if one.at is after.at else microseconds(one.at)
            lines.append(instance + self._line(one, kind, digest, moment_us, payloads))
        return lines

    def _line(self, record: Record[S], kind: str, digest: bytes, at_us: int, payloads: _Payloads) -> EntryRow:
        _, revision, outcome, _, event, given_id, _, _, emitted, answers, wait, actor, first, why, _, _ = record
        tag, version, data = self._codec.encode_event(event)
        line: EntryRow = _tuple(
            EntryRow, (
                revision, "stepped" if outcome is _STEPPED else str(outcome), at_us, tag, version, data,
                None if given_id is None else str(given_id), None if answers is None else str(answers),
                None if wait is None else str(wait), actor, first,
                _json([str(reason) for reason in why]) if why else None, kind,
                self._intent_list(emitted, payloads) if emitted else None, digest, self._version,
            )
        )  # fmt: skip
        return line

    def line(self, record: Record[S]) -> EntryRow:
        """Return the row of one record.

        Raises:
            EncodeError: For what no store can hold.
        """
        kind, _, data = self._codec.encode_state(record.state)
        return self._line(record, kind, state_hash(data), microseconds(record.at), {})

    def row(self, snapshot: Snapshot[S]) -> SnapshotRow:
        """Return the row of one instance.

        Raises:
            EncodeError: For what no store can hold.
        """
        return self._row(snapshot, {})

    def _intent_list(self, emitted: tuple[OpenIntent, ...], payloads: _Payloads) -> str:
        parts: list[bytes] = []
        for one in emitted:
            stored = payloads.get(one.id)
            if stored is None:
                stored = payloads[one.id] = self._codec.encode_intent(one.intent)
            tag, version, data = stored
            parts.append(b"[%b,%b,%d,%b]" % (quoted(one.id), quoted(tag), version, data))
        return (b"[" + b",".join(parts) + b"]").decode()

    def _intents(self, commit: Commit[S], at_us: int, payloads: _Payloads) -> _Steps:
        before, after, _ = commit
        prefix = self._prefix
        held = before.open if before is not None else NOTHING_OPEN
        steps: _Steps = []
        if held:
            done = commit.done
            withdrawn: list[Row] = [(*prefix, str(key)) for key in commit.withdrawn if key not in done]
            if done:
                steps.append((_CLOSE, [(*prefix, str(key)) for key in done]))
            if withdrawn:
                steps.append((Step.WITHDRAW, withdrawn))
        # An answer that is kept as unplaced leaves its intent open, with nothing left to do.
        kept = {one.answers.id for one in after.parked if one.answers is not None} if after.parked else ()
        opened: list[Row] = []
        id = str(after.meta.id)
        state = _HELD if after.status is _PAUSED else _READY
        traces = _traces(commit)
        for intent_id, one in after.open.items():
            if intent_id not in held and intent_id not in kept:
                tag, version, data = payloads.get(intent_id) or self._codec.encode_intent(one.intent)
                opened.append((
                    *prefix, str(intent_id), id, tag, version, data,
                    int(one.withdrawn), int(one.correlated), at_us, at_us,
                    _READY if one.withdrawn else state,  # there is nothing to wait for
                    traces.get(int(intent_id.rsplit(":", 2)[1])) if traces else None,
                ))  # fmt: skip
        if opened:
            steps.append((_OPEN, opened))
        return steps

    def _held(self, commit: Commit[S], instance: tuple[str, ...]) -> _Steps:
        """Return what a pause halts, and what goes on with its end."""
        before, after, _ = commit
        pauses = after.status is Status.PAUSED
        if before is None or (not pauses and before.status is not Status.PAUSED):
            return []
        done = {*commit.done, *commit.withdrawn}
        kept: list[Row] = [(*self._prefix, id) for id in before.open if id in after.open and id not in done]
        steps: _Steps = [(Step.HOLD_INTENT if pauses else Step.LET_INTENT_GO, kept)] if kept else []
        if after.waits and not commit.waits_changed:
            steps.append((Step.HOLD_DEADLINES if pauses else Step.LET_DEADLINES_GO, [instance]))
        return steps

    def _attributes(self, before: Snapshot[S] | None, after: Snapshot[S], instance: tuple[str, ...]) -> _Steps:
        old = self._attributes_of(before.state) if before is not None else {}
        new = self._attributes_of(after.state)
        gone: list[Row] = [(*instance, name) for name in old if name not in new]
        told: list[Row] = [(*instance, name, *value) for name, value in new.items() if old.get(name) != value]
        return [(step, rows) for step, rows in ((Step.FORGET, gone), (Step.DESCRIBE, told)) if rows]

    def _attributes_of(self, state: S) -> Mapping[str, tuple[str, SqlValue]]:
        if type(state) not in self._described:
            return {}
        return {name: searchable(value) for name, value in cast("State", state).attributes().items()}


def act_row(instance: tuple[str, str, str], act: Act) -> Row:
    """Return the row of an act.

    Args:
        instance: Tenant, machine and id.
        act: The act.
    """
    return (*instance, act.operation, act.subject, act.name, act.actor, microseconds(act.at), act.detail)


def _refuse_nul(*ids: str) -> None:
    # SQL cuts such a text off, or refuses it, depending on where it stands: it would not be found again.
    for id in ids:
        if "\0" in id:
            raise StoreFailed("save", f"expected an id without NUL, got {id!r}; do make ids of other characters")


def _json(value: object) -> str:
    return pydantic_core.to_json(value).decode()


def _describes(state: type[BaseModel]) -> bool:
    """Say whether a class of states names attributes to be searched by."""
    return issubclass(state, State) and state.attributes is not State.attributes


def searchable(value: Attribute) -> tuple[str, SqlValue]:
    """Return the type of an attribute and a value that a database sorts as Python does.

    Args:
        value: The attribute.
    """
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


def _traces(commit: Commit[S]) -> Mapping[int, str]:
    """Return the traces of the records of a commit that have one, by revision."""
    return {one.revision: one.trace for one in commit.records if one.trace}


def _waits(commit: Commit[S], instance: tuple[str, ...]) -> _Steps:
    before = commit.before.waits if commit.before is not None else ()
    after, traces = commit.after, _traces(commit)
    since = {one.key: one.since for one in after.waits}
    # One that was closed and opened again is another one: its row goes, and a new one comes.
    ended: list[Row] = [(*instance, one.key, one.since) for one in before if since.get(one.key) != one.since]
    held = after.status is Status.PAUSED
    # One that stays open keeps the trace that it was opened with.
    declared: list[Row] = [(*wait_row(one, instance, held=held), traces.get(one.since)) for one in after.waits]
    return [(step, rows) for step, rows in ((Step.END_WAIT, ended), (Step.DECLARE_WAIT, declared)) if rows]


def _admitted_waits(image: Image, after: Snapshot[S], instance: tuple[str, ...]) -> list[Row]:
    """Return the rows of waits: what the state declares, and what people wrote beside it."""
    beside = {(one.key, one.since): one[2:] for one in image.waits}
    held = after.status is Status.PAUSED
    return [
        (*wait_row(one, instance, held=held), *beside.get((one.key, one.since), (None, None, None, 0, None)))
        for one in after.waits
    ]


def wait_row(one: OpenWait, instance: tuple[str, ...], *, held: bool) -> Row:
    """Return the row of a wait, but for its trace, which only the commit that opens it knows.

    Args:
        one: The wait.
        instance: Tenant, machine and id.
        held: Whether the instance is paused.
    """
    wait = one.wait
    head = (*instance, one.key)
    event, opened_us, halted = wait.event_type.__tag__, microseconds(one.opened_at), int(held)
    if isinstance(wait, Deadline):
        fired_us = microseconds(one.fired) if one.fired is not None else None
        return (
            *head, "deadline", event, one.since, opened_us, microseconds(wait.at), fired_us,
            *(None,) * 8, halted, None,
        )  # fmt: skip
    if isinstance(wait, HumanTask):
        due_us = microseconds(wait.due) if wait.due is not None else None
        remind = _json([offset.total_seconds() for offset in wait.remind]) if wait.remind else None
        return (
            *head, "task", event, one.since, opened_us, due_us, None, wait.title, wait.description,
            wait.assignee, _json(wait.groups), wait.priority, remind, None, None, halted,
            microseconds(following) if (following := one.next_reminder) is not None else None,
        )  # fmt: skip
    assert isinstance(wait, Topic)
    return (
        *head, "topic", event, one.since, opened_us, None, None, *(None,) * 6,
        wait.name, wait.topic_key, halted, None,
    )  # fmt: skip
