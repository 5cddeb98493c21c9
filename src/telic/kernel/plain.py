"""The short way of the one step, for the transitions that need no more than a look-up.

It writes what the long way in ``advance`` would write, to the letter; a test holds the two
against each other. What may never be here: a case that the long way does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from telic.kernel.context import Context
from telic.kernel.draft import run_transition
from telic.kernel.events import Event, Fact
from telic.kernel.intents import NoIntent
from telic.kernel.snapshot import Commit, Delivery, OpenIntent, Outcome, Record, Recorded, Snapshot, Status
from telic.kernel.values import IntentId

if TYPE_CHECKING:
    from telic.kernel.machine import Machine
    from telic.kernel.table import Row

__all__ = ["plain_step"]

S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Event)

# Named tuples and ids are made by their bases here: their own __new__ costs as much again.
_tuple = tuple.__new__
_text = str.__new__
# Members of an enum are looked up through a descriptor; these names are not.
_RUNNING, _ENDED, _STEPPED = Status.RUNNING, Status.ENDED, Outcome.STEPPED


def plain_step(
    machine: Machine[S, E], row: Row, snapshot: Snapshot[S], delivery: Delivery, ctx: Context
) -> Commit[S] | None:
    """Take one event through a plain transition.

    Args:
        machine: The machine.
        row: A transition out of ``machine.plain_rows`` for this state and event.
        snapshot: The instance.
        delivery: The event; it is no duplicate.
        ctx: The moment and the actor.

    Returns:
        The commit, or ``None`` where the long way has to decide: for a verdict, an event
        that nobody asked for, kept events, waits, a second open intent of one type, the end of a child,
        a checkpoint.
    """
    meta, revision, state, status, _, opened, late, waits, parked, _, seen = snapshot
    event, event_id, answers, _, _, _, _ = delivery
    revision += 1
    if status is not _RUNNING or waits or parked or not revision % machine.checkpoint_every:
        return None
    answered = None
    if row.is_fact:
        answered = _answered(machine, opened, event, answers)
        if answered is None:
            return None
    at = None
    if row.takes_context:
        intent = answered.intent if answered is not None else None
        at = ctx.in_step(meta.id, meta.tenant, ctx.actor, revision, event_id, intent)
    after, out = run_transition(machine.name, row, state, event, at)
    if answered is not None:
        opened = {key: one for key, one in opened.items() if key != answered.id}
    emitted: tuple[OpenIntent, ...] = ()
    kind = type(out)
    if kind in machine.intents:
        if opened and any(type(one.intent) is kind for one in opened.values()):
            return None
        intent_id = _text(IntentId, meta.id + f":{revision}:0")
        one = _tuple(OpenIntent, (intent_id, out, False, False))
        emitted = (one,)
        opened = {**opened, intent_id: one} if opened else {intent_id: one}
    elif kind is not NoIntent:
        return None
    answers = answered.id if answered is not None else None
    record: Record[S] = _tuple(
        Record, (
            meta.id, revision, _STEPPED, ctx.now, event, event_id, after,
            out, emitted, answers, None, ctx.actor, None, (), None, "",
        )
    )  # fmt: skip
    if event_id is not None:
        intent_ids = (emitted[0].id,) if emitted else ()
        recorded = _tuple(Recorded, (_STEPPED, revision, machine.infos[type(after)].kind, intent_ids))
        seen = {**seen, event_id: recorded} if seen else {event_id: recorded}
    if type(after) in machine.final_states:
        if meta.parent is not None:
            return None
        status = _ENDED
    whole: Snapshot[S] = _tuple(
        Snapshot, (meta, revision, after, status, ctx.now, opened, late, waits, parked, "", seen)
    )
    commit: Commit[S] = _tuple(Commit, (snapshot, whole, (record,)))
    return commit


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
