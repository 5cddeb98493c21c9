"""The short way of the one step, for the transitions that need no more than a look-up.

It writes what the long way in ``advance`` would write, to the letter; a test holds the two
against each other. It is one function, and builds what it returns without the classes' own
``__new__``: each call costs as much as what it does. What may never be here: a case that
the long way does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pydantic import BaseModel

from telic.kernel.context import DERIVED, Context
from telic.kernel.events import Event, Fact
from telic.kernel.snapshot import Begin, OpenIntent, Outcome, Record, Recorded, Snapshot, Status
from telic.kernel.values import EventId, IntentId

if TYPE_CHECKING:
    from telic.kernel.machine import Machine

__all__ = ["Plain", "plain_step"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

Plain: TypeAlias = tuple[Record[S], Snapshot[S]]
"""The one record that a plain step writes, and the instance after it."""

# Named tuples and ids are made by their bases here: their own __new__ costs as much again.
_tuple = tuple.__new__
_text = str.__new__
# Members of an enum are looked up through a descriptor; these names are not.
_RUNNING, _ENDED, _STEPPED = Status.RUNNING, Status.ENDED, Outcome.STEPPED
# How the ids of the first intents of most instances end.
_PLACES = tuple(f":{revision}:0" for revision in range(64))
_KNOWN_PLACES = len(_PLACES)


def plain_step(
    machine: Machine[S, E],
    snapshot: Snapshot[S],
    event: Event | Begin[BaseModel],
    event_id: EventId | None,
    answers: IntentId | None,
    now: datetime,
    actor: str,
    ctx: Context | None,
) -> Plain[S] | None:
    """Take one event through a plain transition.

    Args:
        machine: The machine.
        snapshot: The instance.
        event: The event.
        event_id: The id that the caller gave to it.
        answers: The open intent that it answers.
        now: The moment of the step.
        actor: Who sends it.
        ctx: Makes the context of a transition that takes one; by default a plain one is made.

    Returns:
        The record and the instance after it, or ``None`` where the long way has to decide: for what is
        no plain transition, a verdict, an event id that is known, an event that nobody asked for, kept
        events, waits, a second open intent of one type, the end of a child, a checkpoint.
    """
    meta, revision, state, status, _, opened, late, waits, parked, _, seen = snapshot
    row = machine.plain_rows[type(state)].get(type(event))
    revision += 1
    if row is None or status is not _RUNNING or waits or parked or not revision % machine.checkpoint_every:
        return None
    if event_id is not None and (event_id in seen or event_id.startswith(DERIVED)):
        return None
    id = meta.id
    answered = at = None
    if row.is_fact and (answered := _answered(machine, opened, event, answers)) is None:
        return None
    if row.takes_context:
        intent = answered.intent if answered is not None else None
        at = (ctx or Context(now)).in_step(id, meta.tenant, actor, revision, event_id, intent)
    try:
        result = row.call(state, event) if at is None else row.call(state, event, at)
    except Exception as error:
        error.add_note(row.noted(machine.name))
        raise
    if type(result) is not tuple or len(result) != 2:
        return None
    after, out = result
    try:
        emits, ends, kind = row.landings[type(out)][type(after)]
    except KeyError:
        return None
    key = answered.id if answered is not None else None
    if key is not None:
        opened = {known: one for known, one in opened.items() if known != key}
    if (ends and meta.parent is not None) or (emits and opened and _has_one(opened, type(out))):
        return None
    emitted: tuple[OpenIntent, ...] = ()
    if emits:
        intent_id = _text(IntentId, id + (_PLACES[revision] if revision < _KNOWN_PLACES else f":{revision}:0"))
        one = _tuple(OpenIntent, (intent_id, out, False, False))
        emitted = (one,)
        opened = {**opened, intent_id: one} if opened else {intent_id: one}
    if event_id is not None:
        recorded = _tuple(Recorded, (_STEPPED, revision, kind, (emitted[0].id,) if emitted else ()))
        seen = {**seen, event_id: recorded} if seen else {event_id: recorded}
    record: Record[S] = _tuple(
        Record, (
            id, revision, _STEPPED, now, event, event_id, after,
            out, emitted, key, None, actor, None, (), None, "",
        )
    )  # fmt: skip
    status = _ENDED if ends else status
    whole: Snapshot[S] = _tuple(Snapshot, (meta, revision, after, status, now, opened, late, waits, parked, "", seen))
    return record, whole


def _has_one(opened: Mapping[IntentId, OpenIntent], kind: type) -> bool:
    return any(type(one.intent) is kind for one in opened.values())


def _answered(
    machine: Machine[S, E],
    opened: Mapping[IntentId, OpenIntent],
    event: object,
    answers: IntentId | None,
) -> OpenIntent | None:
    """Return the open intent that a fact answers, where there is nothing to compare."""
    found = opened.get(answers) if answers is not None else None
    if found is None or found.correlated:
        return None
    declared: frozenset[type[Fact]] = machine.intents[type(found.intent)]
    return found if type(event) in declared else None
