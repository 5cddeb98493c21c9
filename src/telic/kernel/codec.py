"""Bytes in and out: how the values of one machine are stored and read again.

States are stored under their kind, events and intents under their tag, each with a version;
upcasters are applied inside. Each class has one compiled validator and serializer, used
directly. What may never be here: where the bytes go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar, cast

import pydantic_core
from pydantic import BaseModel, ValidationError

from telic.kernel.errors import DecodeError, EncodeError, nearest
from telic.kernel.events import Cancel, Event, Fact, Pause, Resume, Tagged, Terminate
from telic.kernel.gathering import declared_waits
from telic.kernel.intents import Intent
from telic.kernel.orders import IntentDone
from telic.kernel.reminders import Remind, ReminderDue, RemindFailed
from telic.kernel.reporting import Report
from telic.kernel.snapshot import (
    NOTHING_OPEN,
    NOTHING_SEEN,
    Begin,
    Meta,
    OpenIntent,
    OpenWait,
    Outcome,
    Parked,
    Recorded,
    Snapshot,
    Status,
)
from telic.kernel.upcasters import Json, Upcasters
from telic.kernel.values import EventId, IntentId, WaitKey
from telic.kernel.waits import Deadline

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine

__all__ = ["Codec", "Stored", "StoredSnapshot", "microseconds", "moment", "quoted", "state_hash"]

S = TypeVar("S", bound=BaseModel)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Named tuples are made by their base where it counts: their own __new__ costs as much again.
_tuple = tuple.__new__
_BEGIN = "telic.begin:"
_FAILED = "telic.intent_failed:"


def microseconds(at: datetime) -> int:
    """Return an instant as microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at_us: int) -> datetime:
    """Return the instant of a number of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at_us)


def state_hash(state: bytes) -> bytes:
    """Return the 16 bytes by which a journal recognises a stored state."""
    return blake2b(state, digest_size=16).digest()


class Stored(NamedTuple):
    """One stored value.

    Attributes:
        tag: Its stored name.
        version: The version of its shape.
        data: Its JSON.
    """

    tag: str
    version: int
    data: bytes


class StoredSnapshot(NamedTuple):
    """The parts of a snapshot that only the machine can read.

    Attributes:
        kind: The stored name of the state.
        version: The version of its shape.
        state: Its JSON.
        rest: Open and late intents, ages of waits, kept events, why it is paused; ``None`` when there is none of that.
    """

    kind: str
    version: int
    state: bytes
    rest: bytes | None


class Codec(Generic[S]):
    """Turns the values of one machine into bytes and back.

    Args:
        machine: The machine; its states and events must have been checked.
    """

    def __init__(self, machine: AnyMachine) -> None:
        """Collect the stored names of the machine."""
        self._machine = machine
        self._upcasters = Upcasters(machine.upcasters)
        self._states = {info.kind: info.state for info in machine.infos.values()}
        self._kinds = {info.state: info.kind for info in machine.infos.values()}
        self._intents: dict[str, type[Intent[Fact]]] = {intent.__tag__: intent for intent in machine.intents}
        self._intents |= {Report.__tag__: Report, Remind.__tag__: Remind}
        known: tuple[type[Event], ...] = (*machine.events, Cancel, Terminate, Pause, Resume, IntentDone, ReminderDue)
        self._events = {cls.__tag__: cls for cls in known}
        for intent, failure in machine.failures.items():
            self._events[_FAILED + intent.__tag__] = failure
        self._events[_FAILED + Remind.__tag__] = RemindFailed
        self._tags: dict[type[Tagged], str] = {cls: tag for tag, cls in self._events.items()}
        self._tags |= {cls: tag for tag, cls in self._intents.items()}
        # What is looked up for every value that is written: the stored name and its version.
        version = self._upcasters.version
        self._headings: dict[type[BaseModel], tuple[str, int]] = {
            cls: (name, version(name)) for cls, name in (*self._kinds.items(), *self._tags.items())
        }
        self._quoted = {tag: quoted(tag) for tag in self._tags.values()}

    @cached_property
    def refuses_by_itself(self) -> bool:
        """Whether all values of the machine refuse, when they are made, what has no JSON."""
        from telic.kernel.storable import refuses_by_itself  # it knows codecs

        return all(map(refuses_by_itself, self._headings))

    def encode_state(self, state: BaseModel) -> Stored:
        """Return a state under its kind.

        Raises:
            EncodeError: When it has no JSON.
        """
        kind, version = self._headings[type(state)]
        try:
            stored: Stored = _tuple(Stored, (kind, version, state.__pydantic_serializer__.to_json(state)))
        except ValueError as error:
            raise _unencodable(kind, error) from error
        return stored

    def decode_state(self, kind: str, version: int, data: bytes) -> S:
        """Return the state that was stored.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        return cast("S", self._decoded(self._states, kind, version, data))

    def encode_event(self, event: Event | Begin[BaseModel]) -> Stored:
        """Return an event under its tag.

        Raises:
            EncodeError: When it has no JSON.
        """
        if isinstance(event, Begin):
            inner = self.encode_state(event.state)
            return Stored(_BEGIN + inner.tag, inner.version, inner.data)
        return self._encoded(event)

    def decode_event(self, tag: str, version: int, data: bytes) -> Event | Begin[BaseModel]:
        """Return the event that was stored.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        if tag.startswith(_BEGIN):
            return Begin(self.decode_state(tag.removeprefix(_BEGIN), version, data))
        return self._decoded(self._events, tag, version, data)

    def encode_outcome(self, fact: Fact) -> Stored:
        """Return what an ended instance hands to its parent, whose machine reads it.

        It need not be an event of this machine.

        Raises:
            EncodeError: When it has no JSON.
        """
        tag = fact.__tag__
        try:
            return Stored(tag, self.version_of(tag), fact.__pydantic_serializer__.to_json(fact))
        except ValueError as error:
            raise _unencodable(tag, error) from error

    def version_of(self, tag: str) -> int:
        """Return the version under which values of a stored name are written."""
        return self._upcasters.version(tag)

    def encode_intent(self, intent: Intent[Fact]) -> Stored:
        """Return an intent under its tag.

        Raises:
            EncodeError: When it has no JSON.
        """
        return self._encoded(intent)

    def decode_intent(self, tag: str, version: int, data: bytes) -> Intent[Fact]:
        """Return the intent that was stored.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        return self._decoded(self._intents, tag, version, data)

    def encode_snapshot(self, snapshot: Snapshot[S], intents: dict[IntentId, Stored] | None = None) -> StoredSnapshot:
        """Return all of a snapshot that a store cannot keep in columns of its own.

        Args:
            snapshot: The instance.
            intents: Intents that are encoded already; those that are encoded here are added,
                for a store that keeps them in rows of their own as well.
        """
        kind, version, state = self.encode_state(snapshot.state)
        rest = self._encoded_rest(snapshot, intents if intents is not None else {})
        stored: StoredSnapshot = _tuple(StoredSnapshot, (kind, version, state, rest))
        return stored

    def decode_snapshot(
        self,
        stored: StoredSnapshot,
        *,
        meta: Meta,
        revision: int,
        status: Status,
        at: datetime,
        seen: Mapping[EventId, Recorded] = NOTHING_SEEN,
    ) -> Snapshot[S]:
        """Return the snapshot that was stored.

        Args:
            stored: What :meth:`encode_snapshot` returned.
            meta: What never changes about the instance.
            revision: How many records its journal holds.
            status: Where it stands.
            at: The moment of its last record.
            seen: What the journal knows of the event ids that were asked for.

        Raises:
            DecodeError: When today's code cannot read it.
        """
        state = self.decode_state(stored.kind, stored.version, stored.state)
        if stored.rest is None and not self._machine.infos[type(state)].declares_waits:
            whole: Snapshot[S] = _tuple(
                Snapshot, (meta, revision, state, status, at, NOTHING_OPEN, NOTHING_OPEN, (), (), "", seen)
            )
            return whole
        rest: Json = {} if stored.rest is None else _json_object(stored.kind, stored.version, stored.rest)
        try:
            return Snapshot(
                meta, revision, state, status, at,
                self._decoded_open(rest.get("open")), self._decoded_open(rest.get("late")),
                self._decoded_waits(state, rest.get("waits"), status, revision, at),
                tuple(self._decoded_parked(one) for one in _rows(rest.get("parked"))),
                _str(rest.get("paused", "")), seen,
            )  # fmt: skip
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise DecodeError(
                stored.kind,
                stored.version,
                f"expected open intents, waits and kept events, got {error!r}; do restore the row from the journal",
            ) from error

    def parse_event(self, data: bytes | str | Mapping[str, object]) -> Event | tuple[str, ...]:
        """Return the event that somebody sent as ``{"type": TAG, ...fields}``, or what is wrong.

        Args:
            data: JSON text, or what was read from it.
        """
        try:
            given = pydantic_core.from_json(data) if isinstance(data, (bytes, str)) else data
        except ValueError as error:
            return (f"expected a JSON object, got text that is not JSON: {error}",)
        if not isinstance(given, Mapping):
            return (f'expected a JSON object with a "type", got {type(given).__name__}',)
        tag = given.get("type")
        outside = {name: cls for name, cls in self._events.items() if not name.startswith("telic.")}
        if not isinstance(tag, str) or tag not in outside:
            return (
                f'expected "type" to be one of {", ".join(sorted(outside))}, got {tag!r}{nearest(str(tag), outside)}',
            )
        try:
            fields = pydantic_core.to_json({name: value for name, value in given.items() if name != "type"})
        except ValueError as error:
            return (f"expected values that JSON can hold, got {error}",)
        try:
            return outside[tag].model_validate_json(fields)
        except ValidationError as error:
            return tuple(_sentence(tag, one) for one in error.errors(include_url=False, include_context=False))

    def _encoded(self, value: Tagged) -> Stored:
        tag, version = self._headings[type(value)]
        try:
            stored: Stored = _tuple(Stored, (tag, version, value.__pydantic_serializer__.to_json(value)))
        except ValueError as error:
            raise _unencodable(tag, error) from error
        return stored

    def _decoded(self, known: Mapping[str, type[_Model]], tag: str, version: int, data: bytes) -> _Model:
        cls = known.get(tag)
        if cls is None or self._headings.get(cls) != (tag, version):
            raised, plain = self._upcasters.raised(tag, version, _json_object(tag, version, data), known)
            cls, data = known[raised], pydantic_core.to_json(plain)
        try:
            return cast("_Model", cls.__pydantic_validator__.validate_json(data))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            raise DecodeError(
                tag,
                version,
                f"{_sentence(cls.__name__, first)}; do add @upcast({tag!r}, from_version={version}), "
                "or restore the row",
            ) from error

    def _encoded_rest(self, snapshot: Snapshot[S], intents: dict[IntentId, Stored]) -> bytes | None:
        if not (snapshot.open or snapshot.late or snapshot.waits or snapshot.parked or snapshot.paused_for):
            return None
        parts: list[bytes] = []
        if snapshot.open:
            parts.append(b'"open":' + _array([self._encoded_open(one, intents) for one in snapshot.open.values()]))
        if snapshot.late:
            parts.append(b'"late":' + _array([self._encoded_open(one, intents) for one in snapshot.late.values()]))
        if snapshot.waits:
            parts.append(b'"waits":' + _array([_encoded_wait(one) for one in snapshot.waits]))
        if snapshot.parked:
            parts.append(b'"parked":' + _array([self._encoded_parked(one, intents) for one in snapshot.parked]))
        if snapshot.paused_for:
            parts.append(b'"paused":' + quoted(snapshot.paused_for))
        return b"{" + b",".join(parts) + b"}"

    def _encoded_open(self, one: OpenIntent, intents: dict[IntentId, Stored]) -> bytes:
        id, intent, withdrawn, correlated = one
        stored = intents.get(id)
        if stored is None:
            stored = intents[id] = self._encoded(intent)
        tag, version, data = stored
        flags = (2 if correlated else 0) | (1 if withdrawn else 0)
        return b"[%b,%b,%d,%b,%d]" % (quoted(id), self._quoted[tag], version, data, flags)

    def _decoded_open(self, rows: object) -> Mapping[IntentId, OpenIntent]:
        found = [self._decoded_one(row) for row in _rows(rows)]
        return {one.id: one for one in found} if found else NOTHING_OPEN

    def _decoded_one(self, row: list[object]) -> OpenIntent:
        id, tag, version, data, flags = row
        intent = self.decode_intent(_str(tag), _int(version), pydantic_core.to_json(data))
        return OpenIntent(IntentId(_str(id)), intent, bool(_int(flags) & 1), bool(_int(flags) & 2))

    def _decoded_waits(
        self, state: S, rows: object, status: Status, revision: int, at: datetime
    ) -> tuple[OpenWait, ...]:
        if not self._machine.infos[type(state)].declares_waits or status in (Status.CANCELLED, Status.TERMINATED):
            return ()
        known = {_str(row[0]): row for row in _rows(rows)}
        found: list[OpenWait] = []
        for key, wait in declared_waits(state):
            row = known.get(key)
            if row is None:  # the code has come to declare it since
                found.append(OpenWait(WaitKey(key), wait, revision, at))
                continue
            fired = moment(_int(row[3])) if row[3] is not None else None
            still = fired if isinstance(wait, Deadline) and wait.at == fired else None
            reminded = tuple(moment(_int(one)) for one in row[4:])
            found.append(OpenWait(WaitKey(key), wait, _int(row[1]), moment(_int(row[2])), still, reminded))
        return tuple(found)

    def _encoded_parked(self, one: Parked, intents: dict[IntentId, Stored]) -> bytes:
        tag, version, data = self._encoded(one.event)
        answers = self._encoded_open(one.answers, intents) if one.answers is not None else b"null"
        ends = pydantic_core.to_json([one.event_id, one.first, one.outcome, one.wait, one.actor])[1:]
        return b"[%b,%d,%b,%b,%b" % (quoted(tag), version, data, answers, ends)

    def _decoded_parked(self, row: list[object]) -> Parked:
        tag, version, data, answers, event_id, first, outcome, wait, actor = row
        event = self._decoded(self._events, _str(tag), _int(version), pydantic_core.to_json(data))
        return Parked(
            event, EventId(_str(event_id)), _int(first), Outcome(_str(outcome)),
            self._decoded_one(answers) if isinstance(answers, list) else None,
            WaitKey(_str(wait)) if wait is not None else None, _str(actor),
        )  # fmt: skip


_Model = TypeVar("_Model", bound=BaseModel)


def quoted(text: str) -> bytes:
    """Return a text as JSON."""
    return pydantic_core.to_json(str(text))  # of an id as it is, Pydantic has to find out that it is a text


def _unencodable(tag: str, error: ValueError) -> EncodeError:
    return EncodeError(repr(tag), f"expected values that JSON can hold, got {error}; do refuse it where it comes in")


def _array(parts: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(parts) + b"]"


def _encoded_wait(one: OpenWait) -> bytes:
    fired = microseconds(one.fired) if one.fired is not None else None
    return pydantic_core.to_json(
        [one.key, one.since, microseconds(one.opened_at), fired, *map(microseconds, one.reminded)]
    )


def _json_object(tag: str, version: int, data: bytes) -> Json:
    try:
        plain: object = pydantic_core.from_json(data)
    except ValueError as error:
        raise DecodeError(tag, version, f"expected JSON, got {error}; do restore the row") from error
    if not isinstance(plain, dict):
        raise DecodeError(tag, version, f"expected a JSON object, got {type(plain).__name__}; do restore the row")
    return plain


def _rows(given: object) -> list[list[object]]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
        raise TypeError(f"expected an array of arrays, got {given!r}")
    return given


def _str(given: object) -> str:
    if not isinstance(given, str):
        raise TypeError(f"expected a text, got {given!r}")
    return given


def _int(given: object) -> int:
    if not isinstance(given, int):
        raise TypeError(f"expected a whole number, got {given!r}")
    return given


def _sentence(name: str, error: Mapping[str, object]) -> str:
    """Return one finding of Pydantic as a line: where, what was expected, what was found."""
    location = error.get("loc", ())
    path = ".".join((name, *(str(one) for one in location))) if isinstance(location, tuple) else name
    return f"{path}: {error.get('msg')}, got {error.get('input')!r}"
